//===- GpuLayers.h - How layers share their work on a GPU -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the kernels and their launches agree on, beside oqat/Numerics/GpuGrid.h.
// A thread has one vector of channels here, too; blocks in x are groups of
// rows or pixels, which may be many, blocks in y groups of channels.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_GPULAYERS_H
#define OQAT_NUMERICS_GPULAYERS_H

#include "oqat/Numerics/GpuGrid.h"

namespace oqat::numerics {

/// `blockX` vectors of channels at most, powers of two like `threads`; a thread
/// has one of `items` and one vector.
constexpr GpuGrid gpuItemGrid(int64_t items, int64_t channels, int64_t blockX,
                              int64_t threads) {
  int64_t vectors = channels / kGpuVector;
  GpuGrid grid;
  while (grid.blockX < vectors && grid.blockX < blockX)
    grid.blockX *= 2;
  grid.blockY = threads / grid.blockX;
  grid.gridX = (items + grid.blockY - 1) / grid.blockY;
  grid.gridY = (vectors + grid.blockX - 1) / grid.blockX;
  return grid;
}

/// Rows of one thread of a float dot product: neighbours share the loads of
/// weights, unless there would be too few threads to hide what a load takes.
constexpr int64_t gpuDotRows(int64_t rows, int64_t channels) {
  constexpr int64_t kShared = 4, kEnough = int64_t(1) << 16;
  return rows * (channels / kGpuVector) >= kShared * kEnough ? kShared : 1;
}

constexpr GpuGrid gpuDotGrid(int64_t rows, int64_t channels) {
  int64_t ofThread = gpuDotRows(rows, channels);
  // Small blocks spread few threads over the device.
  int64_t threads = ofThread == 1 ? 2 * kGpuWarp : kGpuThreads;
  return gpuItemGrid((rows + ofThread - 1) / ofThread, channels, kGpuWarp,
                     threads);
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_GPULAYERS_H
