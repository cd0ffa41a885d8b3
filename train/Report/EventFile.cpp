//===- EventFile.cpp - Scalars for TensorBoard
//------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Report/EventFile.h"
#include "train/Model/Support.h"

#include <array>
#include <cstring>
#include <filesystem>
#include <unistd.h>

namespace oqat::train {

namespace fs = std::filesystem;

uint32_t crc32c(std::string_view bytes) {
  static const std::array<uint32_t, 256> table = [] {
    std::array<uint32_t, 256> made{};
    for (uint32_t i = 0; i < made.size(); ++i) {
      uint32_t crc = i;
      for (int bit = 0; bit < 8; ++bit)
        crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
      made[i] = crc;
    }
    return made;
  }();
  uint32_t crc = ~0u;
  for (char c : bytes)
    crc = crc >> 8 ^ table[(crc ^ static_cast<uint8_t>(c)) & 255];
  return ~crc;
}

namespace {

/// Fields of a protobuf message. Numbers are little-endian, as are the machines
/// that this runs on.
class Message {
public:
  void addDouble(int field, double value) { addFixed(field, 1, value); }
  void addFloat(int field, float value) { addFixed(field, 5, value); }
  void addInteger(int field, int64_t value) {
    addVarint(static_cast<uint64_t>(field) << 3);
    addVarint(static_cast<uint64_t>(value));
  }
  void addBytes(int field, std::string_view value) {
    addVarint(static_cast<uint64_t>(field) << 3 | 2);
    addVarint(value.size());
    bytes += value;
  }
  const std::string &text() const { return bytes; }

private:
  std::string bytes;

  void addVarint(uint64_t value) {
    for (; value >= 128; value >>= 7)
      bytes += static_cast<char>(value | 128);
    bytes += static_cast<char>(value);
  }
  template <typename T>
  void addFixed(int field, int wireType, T value) {
    addVarint(static_cast<uint64_t>(field) << 3 | wireType);
    bytes.append(reinterpret_cast<const char *>(&value), sizeof(value));
  }
};

// Numbers of fields in event.proto and summary.proto.
enum EventField { kWallTime = 1, kStep = 2, kVersion = 3, kSummary = 5 };
enum { kSessionLog = 7, kSessionStatus = 1, kSessionStart = 1 };
enum { kSummaryValue = 1, kValueTag = 1, kValueSimple = 2 };

std::string maskedCrc(std::string_view bytes) {
  uint32_t crc = crc32c(bytes);
  uint32_t masked = (crc >> 15 | crc << 17) + 0xa282ead8u;
  return {reinterpret_cast<const char *>(&masked), sizeof(masked)};
}

std::string recordOf(const Message &event) {
  uint64_t length = event.text().size();
  std::string head(reinterpret_cast<const char *>(&length), sizeof(length));
  return head + maskedCrc(head) + event.text() + maskedCrc(event.text());
}

Message eventAt(double wallTime, int64_t step) {
  Message event;
  event.addDouble(kWallTime, wallTime);
  event.addInteger(kStep, step);
  return event;
}

std::string newPath(const std::string &folder, double wallTime) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code)
    throw Error(folder + ": cannot be made: " + code.message());
  char host[256] = "host";
  gethostname(host, sizeof(host) - 1);
  return folder + "/events.out.tfevents." +
         std::to_string(static_cast<int64_t>(wallTime)) + "." + host + "." +
         std::to_string(getpid());
}

} // namespace

EventFile::EventFile(const std::string &folder, double wallTime,
                     int64_t firstStep)
    : file(newPath(folder, wallTime)) {
  Message version, session;
  version.addDouble(kWallTime, wallTime);
  version.addBytes(kVersion, "brain.Event:2");
  session.addInteger(kSessionStatus, kSessionStart);
  Message start = eventAt(wallTime, firstStep);
  start.addBytes(kSessionLog, session.text());
  std::string error;
  // What can't be written now goes with the first scalars.
  file.append(recordOf(version) + recordOf(start), error);
}

bool EventFile::add(double wallTime, int64_t step, const Scalars &scalars,
                    std::string &error) {
  Message summary;
  for (const auto &[tag, number] : scalars) {
    Message value;
    value.addBytes(kValueTag, tag);
    value.addFloat(kValueSimple, static_cast<float>(number));
    summary.addBytes(kSummaryValue, value.text());
  }
  Message event = eventAt(wallTime, step);
  event.addBytes(kSummary, summary.text());
  return file.append(recordOf(event), error);
}

} // namespace oqat::train
