//===- Collectives.h - Sums over ranks where steps run ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a plug-in library (train/Nccl) gives to ranks whose steps run on GPUs:
// a C ABI, so that neither side has to know the other's libraries. Functions
// that return an int give 0, or another number where something failed; error()
// then says what, until the thread calls the next one.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DIST_COLLECTIVES_H
#define OQAT_TRAIN_DIST_COLLECTIVES_H

#include <cstdint>

extern "C" {

enum { OQAT_COLLECTIVES_VERSION = 1, OQAT_COLLECTIVES_ID_BYTES = 128 };

enum OqatElement { OQAT_INT64, OQAT_FLOAT32, OQAT_FLOAT64 };

typedef struct OqatCollectives {
  /// OQAT_COLLECTIVES_VERSION of the plug-in.
  int32_t version;
  const char *(*error)(void);
  /// Made by the first rank, of OQAT_COLLECTIVES_ID_BYTES, and given to all.
  int (*makeId)(unsigned char *id);
  /// Waits for all ranks, at most `timeoutMs` milliseconds, as every function
  /// of the group does. Null where something failed.
  void *(*join)(const unsigned char *id, int32_t rank, int32_t size,
                int32_t device, int32_t timeoutMs);
  /// Sums `count` numbers in memory of the device over all ranks, in place and
  /// with the same bits on all; behind what is in `stream` (a cudaStream_t). It
  /// may return before that is done.
  int (*sum)(void *group, void *data, int64_t count, int32_t element,
             void *stream);
  /// Waits until all that is in `stream` is done. After an error the group is
  /// of no more use.
  int (*wait)(void *group, void *stream);
  void (*leave)(void *group);
} OqatCollectives;

/// The one symbol that a plug-in exports.
typedef const OqatCollectives *OqatCollectivesEntry(void);
#define OQAT_COLLECTIVES_ENTRY "oqatCollectives"
}

#endif // OQAT_TRAIN_DIST_COLLECTIVES_H
