//===- Bounds.h - Accumulator and value bounds (N4, N13) ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bounds are floats made by the same operations as the values: rounding is
// monotone, so a bound of the operands is one of the result.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_BOUNDS_H
#define OQAT_NUMERICS_BOUNDS_H

#include "oqat/Numerics/Quantize.h"
#include "oqat/Numerics/Rescale.h"

#include <cmath>
#include <cstdint>

namespace oqat::numerics {

/// All values from `lo` to `hi`, both included. Contains 0.
struct Interval {
  int64_t lo = 0, hi = 0;
};

/// Adds what one tap with weight code `w` can contribute. Zero is a code of
/// every quantizer, so taps outside the picture are covered.
inline void addTap(Interval &bound, int64_t w, CodeRange activation) {
  int64_t atLo = w * activation.lo, atHi = w * activation.hi;
  bound.lo += atLo < atHi ? atLo : atHi;
  bound.hi += atLo < atHi ? atHi : atLo;
}

/// The accumulator of one output channel with these `count` weight codes.
inline Interval accumulatorInterval(const int8_t *weights, int64_t count,
                                    CodeRange activation) {
  Interval bound;
  for (int64_t i = 0; i < count; ++i)
    addTap(bound, weights[i], activation);
  return bound;
}

/// max |acc| of the interval.
inline int64_t maxMagnitude(Interval bound) {
  return -bound.lo > bound.hi ? -bound.lo : bound.hi;
}

/// max |f32(acc) * A + B| over the interval, for one channel.
inline float rescaleBound(Interval bound, Rescale r) {
  float atLo = std::fabs(rescale(bound.lo, r));
  float atHi = std::fabs(rescale(bound.hi, r));
  return atHi > atLo || atHi != atHi ? atHi : atLo;
}

/// The larger of two bounds: of a tensor from those of its channels.
inline float joinBounds(float x, float y) { return y > x || y != y ? y : x; }

/// relu and h_swish keep a bound.
inline float activationBound(float bound) { return bound; }
inline float hSigmoidBound() { return 1.0f; }
inline float addBound(float x, float y) { return x + y; }
inline float scaleBound(float bound, float gate) { return bound * gate; }
/// y times a gate in [0, 1].
inline float squeezeExciteBound(float bound) { return bound; }

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_BOUNDS_H
