//===- LayerLaunch.h - Launches of what layers need -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernels of `gpu.module @kernels` that every plan has beside its chains:
// the factors of batch norm, float dot products, depthwise convolutions. All
// channels are multiples of kGpuVector.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DEVICE_LAYERLAUNCH_H
#define OQAT_TRAIN_DEVICE_LAYERLAUNCH_H

#include "train/Device/ChainLaunch.h"

namespace oqat::train {

/// What batch norm folds: sums and squares as launchStatistics() leaves them,
/// gamma and beta f32, [channels] each.
struct DeviceNorm {
  DevicePointer sums = 0, squares = 0, gamma = 0, beta = 0;
  /// The unit of an accumulator, how many there are of a channel, epsilon.
  double product = 1, count = 1, eps = 1e-5;
};

/// N1 with the statistics of the batch: a and b are f32, mean, variance and
/// deviation f64, [channels] each, with the bits of the CPU's.
void launchFoldNorm(Launcher &launcher, bool areIntegers, int64_t channels,
                    const DeviceNorm &norm, DevicePointer a, DevicePointer b,
                    DevicePointer mean, DevicePointer variance,
                    DevicePointer deviation);

/// What launchNormGradient() takes, p and q, from the sums da and db of the
/// whole batch; all f32 but mean and deviation. The gradients of gamma and beta
/// are added to.
void launchFoldNormGradient(Launcher &launcher, int64_t channels,
                            DevicePointer da, DevicePointer db,
                            DevicePointer mean, DevicePointer deviation,
                            DevicePointer a, double product, double count,
                            DevicePointer p, DevicePointer q,
                            DevicePointer gammaGrad, DevicePointer betaGrad);

/// y[row][n] = sum of x[row][k] * weights[k][n] by ascending k, then bias[n]
/// (N5). All f32; rows of weights, bias and y are as long as `outputs` is when
/// padded to a multiple of kGpuVector. `bias` may be 0.
void launchFloatDot(Launcher &launcher, int64_t rows, int64_t depth,
                    int64_t outputs, DevicePointer x, DevicePointer weights,
                    DevicePointer bias, DevicePointer y);

/// A depthwise convolution of pictures [images][height][width][channels], with
/// a border of kernel / 2. The kernel is 3, 5 or 7, the stride 1 or 2.
struct DeviceDepthwise {
  int64_t images = 0, height = 0, width = 0, channels = 0;
  int64_t outHeight = 0, outWidth = 0, kernel = 0, stride = 0;
};

/// x is u8 where `isCodes`, else f32, weights are f32 [taps][channels]. y is
/// f32 and has the CPU's bits, as long as sums of codes stay below 2^24.
void launchDepthwise(Launcher &launcher, const DeviceDepthwise &shape,
                     bool isCodes, DevicePointer x, DevicePointer weights,
                     DevicePointer y);

/// dx, as x, from grad, as y; both f32. It is written, with the CPU's bits.
void launchDepthwiseInputGradient(Launcher &launcher,
                                  const DeviceDepthwise &shape,
                                  DevicePointer grad, DevicePointer weights,
                                  DevicePointer dx);

/// weightGrad, f32 [taps][channels], is added to, in an order that depends on
/// the shape alone.
void launchDepthwiseWeightGradient(Launcher &launcher,
                                   const DeviceDepthwise &shape, bool isCodes,
                                   DevicePointer x, DevicePointer grad,
                                   DevicePointer weightGrad,
                                   DevicePointer workspace);
/// Bytes that it needs.
size_t depthwiseWeightWorkspace(const DeviceDepthwise &shape);

} // namespace oqat::train

#endif // OQAT_TRAIN_DEVICE_LAYERLAUNCH_H
