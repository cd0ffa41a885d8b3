//===- GpuGrid.h - How training kernels share their work on a GPU ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The grid decides in which order a GPU kernel adds, so it depends on the shape
// alone: the sums have the same bits on every device. A thread has four
// neighbouring channels, a block up to 32 such vectors of channels and some
// pixels, a layer of the grid one image. Thread (x, y) of block (i, j) adds the
// pixels y + blockY * (j + k * gridY), k ascending; a warp adds its threads
// pairwise, then the first threads of a block its warps in ascending order.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_GPUGRID_H
#define OQAT_NUMERICS_GPUGRID_H

#include <algorithm>
#include <cstdint>

namespace oqat::numerics {

/// Channels of one thread.
inline constexpr int64_t kGpuVector = 4;
inline constexpr int64_t kGpuWarp = 32;
inline constexpr int64_t kGpuWarps = 8;
inline constexpr int64_t kGpuThreads = kGpuWarp * kGpuWarps;
/// Pixels of one thread, unless there are too many for the grid.
inline constexpr int64_t kGpuPixels = 16;
/// Blocks that leave sums, which few others then add.
inline constexpr int64_t kGpuSumBlocks = 2048;
/// Vectors of channels of a block that adds them: 64 bytes, and many rows.
inline constexpr int64_t kGpuSumVectors = 4;
/// Such rows that are on their way at the same time.
inline constexpr int64_t kGpuUnrolled = 8;
/// What CUDA allows in y and z.
inline constexpr int64_t kGpuGridLimit = 65535;

struct GpuGrid {
  int64_t blockX = 1, blockY = kGpuThreads; // powers of two
  int64_t gridX = 1, gridY = 1, gridZ = 1;
};

/// For [images, pixels, channels]; channels is a multiple of kGpuVector.
constexpr GpuGrid gpuGrid(int64_t images, int64_t pixels, int64_t channels,
                          int64_t maxVectors = kGpuWarp) {
  int64_t vectors = channels / kGpuVector;
  GpuGrid grid;
  while (grid.blockX < vectors && grid.blockX < maxVectors)
    grid.blockX *= 2;
  grid.blockY = kGpuThreads / grid.blockX;
  grid.gridX = (vectors + grid.blockX - 1) / grid.blockX;
  int64_t rows = grid.blockY * kGpuPixels;
  grid.gridY =
      std::clamp<int64_t>((pixels + rows - 1) / rows, 1, kGpuGridLimit);
  grid.gridZ = images;
  return grid;
}

/// The grid of a kernel whose blocks leave sums.
constexpr GpuGrid gpuPartialGrid(int64_t images, int64_t pixels,
                                 int64_t channels) {
  GpuGrid grid = gpuGrid(images, pixels, channels);
  int64_t most =
      std::max<int64_t>(1, kGpuSumBlocks / (grid.gridX * grid.gridZ));
  grid.gridY = std::min(grid.gridY, most);
  return grid;
}

/// The grid that adds what the blocks of another left: one block for each group
/// of channels and image.
constexpr GpuGrid gpuSumGrid(int64_t images, int64_t channels) {
  return gpuGrid(images, 1, channels, kGpuSumVectors);
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_GPUGRID_H
