//===- Kernels.h - Layers on plain buffers ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What one op does to its numbers: plain loops over include/oqat/Numerics, no
// IR. Activations are NHWC, weights OHWI.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_INTERPRETER_KERNELS_H
#define OQAT_LIB_INTERPRETER_KERNELS_H

#include "oqat/Numerics/Shape.h"

#include <cstdint>
#include <vector>

namespace oqat::interpreter {

/// A convolution with padding kernel/2; depthwise has one input per output.
struct ConvShape {
  int64_t images, height, width, inputs;
  int64_t outputs, kernel, stride;
  bool depthwise;

  int64_t outHeight() const {
    return numerics::convOutput(height, kernel, stride);
  }
  int64_t outWidth() const {
    return numerics::convOutput(width, kernel, stride);
  }
  int64_t outSize() const {
    return images * outHeight() * outWidth() * outputs;
  }
};

/// Exact integer accumulators of a convolution on codes; padding is code 0.
std::vector<int64_t> convolveCodes(const ConvShape &shape,
                                   const std::vector<int16_t> &codes,
                                   const std::vector<int16_t> &weights);

/// Float convolution in the order of N5; padding is 0.
std::vector<float> convolveFloat(const ConvShape &shape,
                                 const std::vector<float> &input,
                                 const std::vector<float> &weights);

/// Global average pooling (N4) of [images, pixels, channels].
std::vector<float> poolFixed(const std::vector<float> &input, int64_t images,
                             int64_t pixels, int64_t channels, int fraction);

/// The same of codes, as their distances from a zero point.
std::vector<float> poolCodes(const std::vector<int16_t> &codes,
                             int16_t zeroPoint, float step, int64_t images,
                             int64_t pixels, int64_t channels);

/// The largest value of each window; taps outside the picture are left out.
std::vector<float> poolMax(const ConvShape &shape,
                           const std::vector<float> &input);

/// Fully connected layer (N5) of [images, weights.size() / outputs].
std::vector<float> linearFloat(const std::vector<float> &input, int64_t images,
                               const std::vector<float> &weights,
                               const std::vector<float> &bias);

} // namespace oqat::interpreter

#endif // OQAT_LIB_INTERPRETER_KERNELS_H
