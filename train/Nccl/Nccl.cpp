//===- Nccl.cpp - Sums over GPUs by NCCL ------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The plug-in liboqat_nccl.so, out of NCCL's and the CUDA runtime's C APIs. It
// goes without c10d's ProcessGroupNCCL, whose classes have the size of NCCL's
// own configuration in them, so that they would tie the plug-in to the headers
// that LibTorch was built with. Communicators don't block: every wait has an
// end, after which they are aborted.
//
//===----------------------------------------------------------------------===//

#include "train/Dist/Collectives.h"

#include <cuda_runtime_api.h>
#include <nccl.h>

#include <array>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <thread>

namespace {

using Clock = std::chrono::steady_clock;

static_assert(sizeof(ncclUniqueId) == OQAT_COLLECTIVES_ID_BYTES);

thread_local std::string lastError;

/// Sums that a stream may hold. What a sum waits for keeps all behind it in the
/// stream, and a launch that finds its stream full (after 1024) waits as well,
/// without an end: so many layers are less than that.
constexpr int64_t kAhead = 32;

struct Group {
  ncclComm_t comm = nullptr;
  std::chrono::milliseconds timeout{0};
  /// After the last sums that were started, and how many there were.
  std::array<cudaEvent_t, kAhead> done{};
  int64_t sums = 0;

  ~Group() {
    for (cudaEvent_t event : done)
      if (event)
        cudaEventDestroy(event);
  }
};

int fail(const std::string &what) {
  lastError = what;
  return 1;
}

int check(cudaError_t result) {
  return result == cudaSuccess
             ? 0
             : fail(std::string("CUDA: ") + cudaGetErrorString(result));
}

int check(ncclResult_t result) {
  if (result == ncclSuccess || result == ncclInProgress)
    return 0;
  return fail(std::string("NCCL: ") + ncclGetErrorString(result));
}

/// An aborted communicator lets go of what waits for other ranks on the GPU.
int abort(Group &group) {
  if (group.comm)
    ncclCommAbort(group.comm);
  group.comm = nullptr;
  return 1;
}

/// Calls `isDone` until it says so (1), fails (-1) or time is over, and looks
/// after the communicator meanwhile.
template <typename IsDone>
int poll(Group &group, IsDone &&isDone) {
  auto end = Clock::now() + group.timeout;
  while (true) {
    ncclResult_t state = ncclSuccess;
    if (check(ncclCommGetAsyncError(group.comm, &state)) || check(state))
      return abort(group);
    int done = isDone(state);
    if (done > 0)
      return 0;
    if (done < 0)
      return abort(group);
    if (Clock::now() > end) {
      fail("timed out after " + std::to_string(group.timeout.count()) + " ms");
      return abort(group);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
}

/// Until a call that does not block is through.
int settle(Group &group, ncclResult_t result) {
  if (check(result))
    return abort(group);
  return poll(group, [](ncclResult_t state) { return state == ncclSuccess; });
}

/// For poll().
int reached(cudaError_t state) {
  if (state == cudaErrorNotReady)
    return 0;
  return check(state) ? -1 : 1;
}

const char *error() { return lastError.c_str(); }

int makeId(unsigned char *id) {
  ncclUniqueId made;
  if (check(ncclGetUniqueId(&made)))
    return 1;
  std::memcpy(id, &made, sizeof made);
  return 0;
}

void *join(const unsigned char *id, int32_t rank, int32_t size, int32_t device,
           int32_t timeoutMs) {
  if (check(cudaSetDevice(device)))
    return nullptr;
  ncclUniqueId given;
  std::memcpy(&given, id, sizeof given);
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;
  auto group = std::make_unique<Group>();
  group->timeout = std::chrono::milliseconds(timeoutMs);
  for (cudaEvent_t &event : group->done)
    if (check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming)))
      return nullptr;
  ncclResult_t result =
      ncclCommInitRankConfig(&group->comm, size, given, rank, &config);
  if (!group->comm) {
    check(result == ncclInProgress ? ncclInternalError : result);
    return nullptr;
  }
  return settle(*group, result) ? nullptr : group.release();
}

int sum(void *handle, void *data, int64_t count, int32_t element,
        void *stream) {
  Group &group = *static_cast<Group *>(handle);
  if (!group.comm)
    return fail("NCCL: the communicator was aborted");
  ncclDataType_t type = element == OQAT_INT64     ? ncclInt64
                        : element == OQAT_FLOAT32 ? ncclFloat32
                                                  : ncclFloat64;
  cudaEvent_t event = group.done[static_cast<size_t>(group.sums++ % kAhead)];
  // One that was never recorded is done.
  if (poll(group, [&](ncclResult_t) { return reached(cudaEventQuery(event)); }))
    return 1;
  auto queue = static_cast<cudaStream_t>(stream);
  if (settle(group, ncclAllReduce(data, data, static_cast<size_t>(count), type,
                                  ncclSum, group.comm, queue)))
    return 1;
  return check(cudaEventRecord(event, queue));
}

int wait(void *handle, void *stream) {
  Group &group = *static_cast<Group *>(handle);
  if (!group.comm)
    return fail("NCCL: the communicator was aborted");
  return poll(group, [&](ncclResult_t) {
    return reached(cudaStreamQuery(static_cast<cudaStream_t>(stream)));
  });
}

void leave(void *handle) {
  std::unique_ptr<Group> group(static_cast<Group *>(handle));
  if (!group->comm || settle(*group, ncclCommFinalize(group->comm)))
    return;
  ncclCommDestroy(group->comm);
}

constexpr OqatCollectives kCollectives = {
    OQAT_COLLECTIVES_VERSION, error, makeId, join, sum, wait, leave};

} // namespace

extern "C" __attribute__((visibility("default"))) const OqatCollectives *
oqatCollectives() {
  return &kCollectives;
}
