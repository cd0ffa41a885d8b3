//===- FakeNccl.cpp - NCCL and the CUDA runtime without a GPU -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Preloaded in tests of liboqat_nccl.so: what that calls, with sums by
// FakeCollectives.cpp. Calls are in progress for a while, as those of a
// communicator that does not block are; a sum for which a rank did not come
// keeps the stream busy until the communicator is aborted.
//
//===----------------------------------------------------------------------===//

#include "train/Dist/Collectives.h"

#include <cuda_runtime_api.h>
#include <nccl.h>

#include <cstdio>
#include <cstring>

extern "C" const OqatCollectives *oqatCollectives();

namespace {

constexpr int kPolls = 3, kTimeoutMs = 200;

struct Comm {
  void *group;
  /// Polls until what was called last is through; sums on the way to the end.
  int busy = 0;
};

bool isStuck = false;
int streamBusy = 0, started = 0, recorded = 0;

Comm &of(ncclComm_t comm) { return *reinterpret_cast<Comm *>(comm); }

ncclResult_t begin(ncclComm_t comm) {
  of(comm).busy = kPolls;
  return ncclInProgress;
}

} // namespace

extern "C" {

cudaError_t cudaSetDevice(int device) {
  return device == 0 ? cudaSuccess : cudaErrorInvalidDevice;
}
const char *cudaGetErrorString(cudaError_t) { return "fake"; }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned) {
  *event = reinterpret_cast<cudaEvent_t>(new int(0));
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete reinterpret_cast<int *>(event);
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) {
  ++recorded;
  return cudaSuccess;
}
cudaError_t cudaEventQuery(cudaEvent_t) {
  return isStuck ? cudaErrorNotReady : cudaSuccess;
}
cudaError_t cudaStreamQuery(cudaStream_t) {
  return isStuck || streamBusy-- > 0 ? cudaErrorNotReady : cudaSuccess;
}

const char *ncclGetErrorString(ncclResult_t) { return "fake"; }
ncclResult_t ncclGetUniqueId(ncclUniqueId *id) {
  return oqatCollectives()->makeId(reinterpret_cast<unsigned char *>(id))
             ? ncclSystemError
             : ncclSuccess;
}
ncclResult_t ncclCommInitRankConfig(ncclComm_t *comm, int size, ncclUniqueId id,
                                    int rank, ncclConfig_t *config) {
  *comm = nullptr;
  if (config->blocking != 0)
    return ncclInvalidArgument;
  void *group =
      oqatCollectives()->join(reinterpret_cast<const unsigned char *>(&id),
                              rank, size, /*device=*/0, kTimeoutMs);
  if (!group)
    return ncclSystemError;
  *comm = reinterpret_cast<ncclComm_t>(new Comm{group});
  return begin(*comm);
}
ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t *state) {
  *state = of(comm).busy-- > 0 ? ncclInProgress : ncclSuccess;
  return ncclSuccess;
}
ncclResult_t ncclAllReduce(const void *from, void *to, size_t count,
                           ncclDataType_t type, ncclRedOp_t operation,
                           ncclComm_t comm, cudaStream_t) {
  // The one before must be through.
  if (of(comm).busy > 0 || from != to || operation != ncclSum ||
      started++ != recorded)
    return ncclInvalidUsage;
  int32_t element = type == ncclInt64     ? OQAT_INT64
                    : type == ncclFloat32 ? OQAT_FLOAT32
                                          : OQAT_FLOAT64;
  isStuck |=
      oqatCollectives()->sum(of(comm).group, to, static_cast<int64_t>(count),
                             element, nullptr) != 0;
  streamBusy = kPolls;
  return begin(comm);
}
ncclResult_t ncclCommAbort(ncclComm_t comm) {
  std::fprintf(stderr, "aborted\n");
  isStuck = false;
  delete &of(comm);
  return ncclSuccess;
}
ncclResult_t ncclCommFinalize(ncclComm_t comm) { return begin(comm); }
ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  if (of(comm).busy > 0)
    return ncclInvalidUsage;
  std::fprintf(stderr, "destroyed\n");
  delete &of(comm);
  return ncclSuccess;
}
}
