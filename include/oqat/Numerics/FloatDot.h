//===- FloatDot.h - Float dot products in a fixed order (N5) --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From +0, k ascending (ky, kx, ci), multiply then add, bias last. Taps of a
// convolution that lie outside the picture take part with x = 0.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_FLOATDOT_H
#define OQAT_NUMERICS_FLOATDOT_H

#include <cstdint>

namespace oqat::numerics {

/// One step of the sum.
inline float dotStep(float sum, float x, float w) {
  float product = x * w;
  return sum + product;
}

/// Without a bias.
inline float floatDot(const float *x, const float *w, int64_t count) {
  float sum = 0.0f;
  for (int64_t k = 0; k < count; ++k)
    sum = dotStep(sum, x[k], w[k]);
  return sum;
}

/// With a bias, which is added last.
inline float floatDot(const float *x, const float *w, int64_t count,
                      float bias) {
  return floatDot(x, w, count) + bias;
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_FLOATDOT_H
