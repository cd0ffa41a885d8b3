// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernels of layers that every plan has, against this CPU.

#ifndef OQAT_BENCH_GPU_LAYERS_H
#define OQAT_BENCH_GPU_LAYERS_H

#include "measure.h"
#include "train/Device/LayerLaunch.h"

namespace oqat::train {

/// Throws where a depthwise layer has other bits than the trainer's kernels for
/// CPUs, or the gradient of its weights is another sum.
void checkDepthwise(CudaDevice &device, Launcher &kernels,
                    const DeviceDepthwise &shape);
formats::Json measureDepthwise(CudaDevice &device, Launcher &kernels,
                               const DeviceDepthwise &shape, int rounds);

/// A picture size's layer with its outputs.
DeviceDepthwise depthwiseOf(int64_t images, int64_t size, int64_t channels,
                            int64_t kernel, int64_t stride);

/// x [rows][depth] times weights [depth][outputs].
struct DotShape {
  int64_t rows, depth, outputs;
};
void checkFloatDot(CudaDevice &device, Launcher &kernels,
                   const DotShape &shape);
formats::Json measureFloatDot(CudaDevice &device, Launcher &kernels,
                              const std::string &name, const DotShape &shape,
                              int rounds);

} // namespace oqat::train

#endif // OQAT_BENCH_GPU_LAYERS_H
