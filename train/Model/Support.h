//===- Support.h - Errors, threads and scratch of the trainer -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_SUPPORT_H
#define OQAT_TRAIN_MODEL_SUPPORT_H

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

namespace oqat::train {

/// An error that the user gets to see as one line.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Threads of the whole process, the caller's included. LibTorch itself gets
/// one: its work here is matrix products inside our own chunks.
void setThreads(int threads);

/// Runs body(0) … body(count - 1) on all threads, whichever is free next. The
/// grid must not depend on the number of threads, and no two bodies may write
/// the same place: then neither do the results.
void forEach(int64_t count, const std::function<void(int64_t)> &body);

/// At least `count` floats of this thread, aligned to 64 bytes, that keep their
/// place until the next call with the same slot.
float *scratch(int slot, int64_t count);

/// Large buffers come from the heap and stay there: fresh pages for every
/// tensor would cost more than the arithmetic.
void keepFreedMemory();

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_SUPPORT_H
