//===- WeightLaunch.h - Launches of the kernels of weights ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the shared weight to that of one subnet, and the gradient's way back:
// lib/Conversion/KernelsToGPU/WeightThreads.h.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DEVICE_WEIGHTLAUNCH_H
#define OQAT_TRAIN_DEVICE_WEIGHTLAUNCH_H

#include "train/Device/ChainLaunch.h"

#include <array>

namespace oqat::train {

/// f32 [filters][ky][kx][inputs], from element `offset` of `data` on.
struct DeviceWeight {
  DevicePointer data = 0;
  int64_t offset = 0;
  std::array<int64_t, 4> sizes{}, strides{};

  int64_t elements() const { return sizes[0] * sizes[1] * sizes[2] * sizes[3]; }
  /// All of it, side by side.
  static DeviceWeight dense(DevicePointer data,
                            const std::array<int64_t, 4> &sizes);
  /// The first rows and columns and the centre of the kernels of filters
  /// [from][from][inputs].
  static DeviceWeight centre(DevicePointer data, int64_t from, int64_t inputs,
                             const std::array<int64_t, 4> &sizes);
};

/// With a matrix [taps][taps] the weight is transformed, with `quant` (r, Qn,
/// Qp) quantized; where both, `product` is room for as many elements as the
/// weight has, which go from forward to backward.
struct DeviceWeightOperands {
  DeviceWeight w;
  DevicePointer matrix = 0, quant = 0, product = 0;
};

/// Writes `values`, codes as floats or the weight itself, and, where they have
/// a place, codes as bytes [filters][ky][kx][inputs]; all with the CPU's bits.
void launchWeight(Launcher &launcher, const DeviceWeightOperands &in,
                  const DeviceWeight &values, DevicePointer codes = 0);

/// All are added to: dw once per element, with the CPU's bits; dmatrix, and
/// dsteps[entry] by stepScale times the step's gradient, sums in an order that
/// depends on the shape alone.
struct DeviceWeightGradients {
  DeviceWeight dw;
  DevicePointer dmatrix = 0, dsteps = 0;
  int64_t entries = 1, entry = 0;
  double stepScale = 1;
};

/// From `grad`, the gradient of launchWeight()'s values; after it there are
/// other numbers in `product`.
void launchWeightGradient(Launcher &launcher, const DeviceWeightOperands &in,
                          const DeviceWeight &grad,
                          const DeviceWeightGradients &out,
                          DevicePointer workspace);
/// Bytes that it needs for a weight of so many elements.
size_t weightWorkspace(int64_t elements);

/// ends, f32 [2][filters]: the least and the greatest sum of products of each
/// filter's codes (as floats) with inputs from `lowest` to `highest`.
void launchAccumulatorEnds(Launcher &launcher, const DeviceWeight &codes,
                           int64_t lowest, int64_t highest, DevicePointer ends);

} // namespace oqat::train

#endif // OQAT_TRAIN_DEVICE_WEIGHTLAUNCH_H
