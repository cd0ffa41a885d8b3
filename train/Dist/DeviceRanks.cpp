//===- DeviceRanks.cpp - Ranks whose steps run on GPUs --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Dist/DeviceRanks.h"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <unistd.h>
#include <vector>

namespace oqat::train {
namespace {

/// Ends with a slash; empty where the system does not say.
std::string programFolder() {
  std::vector<char> path(4096);
  ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  std::string text(path.data(),
                   static_cast<size_t>(std::max(length, ssize_t(0))));
  return text.substr(0, text.rfind('/') + 1);
}

class DeviceRanks : public Communicator {
public:
  DeviceRanks(const OqatCollectives &collectives, Communicator &control,
              at::Device device, void *stream, int timeout)
      : Communicator(control.rank(), control.size()), collectives(collectives),
        control(control), device(device), stream(stream) {
    int32_t index = std::max<int32_t>(device.index(), 0);
    std::vector<unsigned char> id = shareId();
    group =
        collectives.join(id.data(), static_cast<int32_t>(rank()),
                         static_cast<int32_t>(size()), index, timeout * 1000);
    if (!group)
      throw Error(prefix() + "no connection between the GPUs (" +
                  collectives.error() + ")");
  }
  ~DeviceRanks() override { collectives.leave(group); }

  void sum(int64_t *values, int64_t count) override {
    control.sum(values, count);
  }
  void sum(double *values, int64_t count) override {
    control.sum(values, count);
  }
  void meet() override { control.meet(); }
  void meetFirst() override { control.meetFirst(); }

  /// Gradients are on the host.
  void startSum(const at::Tensor &values) override {
    running.push_back({values, values.to(device)});
    sumOnDevice(running.back().there);
  }
  void finishSums() override {
    awaitDevice();
    for (Running &one : running)
      one.here.copy_(one.there);
    running.clear();
  }

  void sumOnDevice(const at::Tensor &values) override {
    if (collectives.sum(group, values.data_ptr(), values.numel(),
                        elementOf(values), stream))
      lose();
  }
  void awaitDevice() override {
    if (collectives.wait(group, stream))
      lose();
  }

private:
  struct Running {
    at::Tensor here, there;
  };
  const OqatCollectives &collectives;
  Communicator &control;
  at::Device device;
  void *stream, *group = nullptr;
  std::vector<Running> running;

  /// That of the first rank.
  std::vector<unsigned char> shareId() {
    // A driver may have compiled the plan's kernels for one of them only.
    control.meet();
    std::vector<unsigned char> id(OQAT_COLLECTIVES_ID_BYTES);
    int64_t hasFailed = isFirst() && collectives.makeId(id.data());
    std::string why = hasFailed ? collectives.error() : "on rank 0";
    control.sum(&hasFailed, 1);
    if (hasFailed)
      throw Error(prefix() + "no connection between the GPUs (" + why + ")");
    std::vector<int64_t> words(id.size() / sizeof(int64_t));
    std::memcpy(words.data(), id.data(), id.size());
    control.sum(words.data(), static_cast<int64_t>(words.size()));
    std::memcpy(id.data(), words.data(), id.size());
    return id;
  }

  static int32_t elementOf(const at::Tensor &values) {
    switch (values.scalar_type()) {
    case at::kLong:
      return OQAT_INT64;
    case at::kFloat:
      return OQAT_FLOAT32;
    case at::kDouble:
      return OQAT_FLOAT64;
    default:
      throw std::logic_error("ranks sum no such elements");
    }
  }

  [[noreturn]] void lose() const {
    throw RankLost(others() + " is lost (" + collectives.error() + ")");
  }
};

} // namespace

const OqatCollectives &loadCollectives(const std::string &library) {
  std::string beside = programFolder() + library;
  bool isBeside = library.find('/') == std::string::npos &&
                  ::access(beside.c_str(), F_OK) == 0;
  void *handle = dlopen(isBeside ? beside.c_str() : library.c_str(),
                        RTLD_NOW | RTLD_LOCAL);
  std::string why = handle ? "" : dlerror();
  auto *entry = handle ? reinterpret_cast<OqatCollectivesEntry *>(
                             dlsym(handle, OQAT_COLLECTIVES_ENTRY))
                       : nullptr;
  if (handle && !entry)
    why = library + ": has no " OQAT_COLLECTIVES_ENTRY;
  else if (entry && entry()->version != OQAT_COLLECTIVES_VERSION)
    why = library + ": expected version " +
          std::to_string(OQAT_COLLECTIVES_VERSION) + ", but got " +
          std::to_string(entry()->version);
  if (!why.empty())
    throw Error("several processes on GPUs need " + library +
                ", for which Gloo is no substitute: " + why);
  return *entry();
}

std::unique_ptr<Communicator> joinDevices(const OqatCollectives &collectives,
                                          Communicator &control,
                                          at::Device device, void *stream,
                                          int timeout) {
  return std::make_unique<DeviceRanks>(collectives, control, device, stream,
                                       timeout);
}

} // namespace oqat::train
