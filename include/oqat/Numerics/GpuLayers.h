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

/// Elements that lie side by side, for threads that do: item() counts from the
/// first to the last, and goes on as many further as there are threads.
constexpr GpuGrid gpuElementGrid(int64_t elements) {
  GpuGrid grid;
  grid.gridX = std::clamp<int64_t>((elements + kGpuThreads - 1) / kGpuThreads,
                                   1, kGpuSumBlocks);
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

/// Neighbouring pixels of a thread of a depthwise convolution, which share
/// loads: the more the larger the kernel is.
constexpr int64_t gpuDepthwiseStrip(int64_t kernel, int64_t stride) {
  return stride == 1 && kernel > 3 ? 8 : 4;
}
/// The same of the gradient of its input.
constexpr int64_t gpuGradientStrip(int64_t kernel, int64_t stride) {
  return stride == 1 && kernel == 3 ? 4 : 8;
}

/// For pictures [images, height, width, channels] that are written.
constexpr GpuGrid gpuDepthwiseGrid(int64_t images, int64_t height,
                                   int64_t width, int64_t channels,
                                   int64_t strip) {
  // Few channels per block leave it many rows, which overlap.
  return gpuItemGrid(images * height * ((width + strip - 1) / strip), channels,
                     kGpuWarp / 2, kGpuThreads);
}

/// For the gradient of the weights, from gradients of that shape: a warp of a
/// block for each row of taps, the strips shared among blocks in x.
constexpr GpuGrid gpuWeightGrid(int64_t images, int64_t height, int64_t width,
                                int64_t channels, int64_t kernel,
                                int64_t strip) {
  constexpr int64_t kStrips = 16, kBlocks = 1024;
  int64_t items = images * height * ((width + strip - 1) / strip);
  GpuGrid grid = gpuItemGrid(items, channels, kGpuWarp, kGpuWarp);
  grid.gridX = std::clamp<int64_t>((grid.gridX + kStrips - 1) / kStrips, 1,
                                   std::max<int64_t>(1, kBlocks / grid.gridY));
  grid.blockY *= kernel;
  return grid;
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_GPULAYERS_H
