//===- Buffers.h - Places of a program's buffers ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The values of a program and their gradients lie in one slab; those that are
// never needed at the same time share a place.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_BUFFERS_H
#define OQAT_TRAIN_MODEL_BUFFERS_H

#include <cstdint>
#include <vector>

namespace oqat::train {

/// Needed from time `first` to time `last`, both included.
struct Buffer {
  int64_t bytes, first, last;
  int64_t offset = 0;
};

/// Sets offsets, multiples of 64, and returns the bytes of the slab. Large
/// buffers come first, each at the lowest place that is free.
int64_t placeBuffers(std::vector<Buffer> &buffers);

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_BUFFERS_H
