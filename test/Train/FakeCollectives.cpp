//===- FakeCollectives.cpp - Ranks of one machine that share memory -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A plug-in of Collectives.h whose device is the CPU. Every rank has a slot in
// a file that all have mapped; sums are made in the order of ranks.
//
//===----------------------------------------------------------------------===//

#include "train/Dist/Collectives.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;
constexpr int64_t kSlot = 1 << 16, kHeader = 64;

thread_local std::string lastError;

int fail(const std::string &what) {
  lastError = what;
  return 1;
}

struct Group {
  int rank, size;
  std::chrono::milliseconds timeout;
  uint8_t *memory = nullptr;
  int64_t bytes = 0;
  /// How often this rank has waited for the others.
  int64_t rounds = 0;

  ~Group() {
    if (memory)
      munmap(memory, static_cast<size_t>(bytes));
  }
  /// How often all ranks together have come.
  std::atomic<int64_t> &arrived() const {
    return *reinterpret_cast<std::atomic<int64_t> *>(memory);
  }
  uint8_t *slot(int of) const { return memory + kHeader + of * kSlot; }

  int meet() {
    ++arrived();
    ++rounds;
    auto end = Clock::now() + timeout;
    while (arrived() < rounds * size) {
      if (Clock::now() > end)
        return fail("fake: timed out after " + std::to_string(timeout.count()) +
                    " ms");
      std::this_thread::yield();
    }
    return 0;
  }
};

const char *error() { return lastError.c_str(); }

/// The name of the file.
int makeId(unsigned char *id) {
  char name[] = "/tmp/oqat-fake-collectives-XXXXXX";
  int file = mkstemp(name);
  if (file < 0)
    return fail("fake: cannot make a file");
  close(file);
  std::memcpy(id, name, sizeof name);
  return 0;
}

void *join(const unsigned char *id, int32_t rank, int32_t size, int32_t device,
           int32_t timeoutMs) {
  const char *name = reinterpret_cast<const char *>(id);
  auto group = std::make_unique<Group>();
  group->rank = rank;
  group->size = size;
  group->timeout = std::chrono::milliseconds(timeoutMs);
  group->bytes = kHeader + size * kSlot;
  int file = open(name, O_RDWR);
  // Zeros, whoever comes first.
  if (device != 0 || file < 0 || ftruncate(file, group->bytes) != 0) {
    fail("fake: cannot open " + std::string(name));
    return nullptr;
  }
  void *mapped = mmap(nullptr, static_cast<size_t>(group->bytes),
                      PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (mapped == MAP_FAILED) {
    fail("fake: cannot map " + std::string(name));
    return nullptr;
  }
  group->memory = static_cast<uint8_t *>(mapped);
  if (group->meet())
    return nullptr;
  if (rank == 0)
    unlink(name);
  return group.release();
}

template <typename T>
int sumOf(Group &group, T *data, int64_t count) {
  constexpr int64_t most = kSlot / static_cast<int64_t>(sizeof(T));
  for (; count > 0; data += most, count -= most) {
    int64_t part = std::min(most, count);
    std::memcpy(group.slot(group.rank), data,
                sizeof(T) * static_cast<size_t>(part));
    if (group.meet())
      return 1;
    std::fill_n(data, part, T(0));
    for (int rank = 0; rank < group.size; ++rank)
      for (int64_t i = 0; i < part; ++i)
        data[i] += reinterpret_cast<const T *>(group.slot(rank))[i];
    // Before anyone writes again.
    if (group.meet())
      return 1;
  }
  return 0;
}

int sum(void *handle, void *data, int64_t count, int32_t element, void *) {
  Group &group = *static_cast<Group *>(handle);
  switch (element) {
  case OQAT_INT64:
    return sumOf(group, static_cast<int64_t *>(data), count);
  case OQAT_FLOAT32:
    return sumOf(group, static_cast<float *>(data), count);
  case OQAT_FLOAT64:
    return sumOf(group, static_cast<double *>(data), count);
  }
  return fail("fake: no such element");
}

int wait(void *, void *) { return 0; }
void leave(void *handle) { delete static_cast<Group *>(handle); }

constexpr OqatCollectives kCollectives = {
    OQAT_COLLECTIVES_VERSION, error, makeId, join, sum, wait, leave};

} // namespace

extern "C" __attribute__((visibility("default"))) const OqatCollectives *
oqatCollectives() {
  return &kCollectives;
}
