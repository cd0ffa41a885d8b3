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

#include "oqat/Numerics/Quantizer.h"
#include "oqat/Numerics/Rescale.h"

#include <cmath>
#include <cstdint>
#include <vector>

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

/// What the weights of each sign add up to.
struct SignedSums {
  int64_t up = 0, down = 0;
};

namespace detail {
/// The sum of the weights and of their magnitudes. Compilers make vectors of a
/// loop of a constant count.
template <bool odd, typename Code>
void addWeights(const Code *codes, int64_t count, int64_t &sum,
                int64_t &magnitude) {
  constexpr int64_t kBlock = 1024;
  auto addBlock = [&](const Code *first, int64_t size) {
    int32_t blockSum = 0, blockMagnitude = 0;
    for (int64_t i = 0; i < size; ++i) {
      int32_t weight = odd ? 2 * first[i] + 1 : first[i];
      blockSum += weight;
      blockMagnitude += weight < 0 ? -weight : weight;
    }
    sum += blockSum;
    magnitude += blockMagnitude;
  };
  int64_t done = 0;
  for (; done + kBlock <= count; done += kBlock)
    addBlock(codes + done, kBlock);
  for (; done + 16 <= count; done += 16)
    addBlock(codes + done, 16);
  addBlock(codes + done, count - done);
}
} // namespace detail

/// Of `count` weight codes of at most 16 bits.
template <typename Code>
SignedSums sumWeights(const Code *codes, int64_t count, bool odd) {
  int64_t sum = 0, magnitude = 0;
  if (odd)
    detail::addWeights<true>(codes, count, sum, magnitude);
  else
    detail::addWeights<false>(codes, count, sum, magnitude);
  return {(magnitude + sum) / 2, (sum - magnitude) / 2};
}

/// The whole of an accumulator, for every output channel of `count` codes each,
/// of at most 16 bits. Zero lies in what every tap adds, so this also bounds
/// every partial sum, in any order, and the sum over a part of the taps.
template <typename Codes>
std::vector<Interval> accumulatorIntervals(const Codes &codes, int64_t outputs,
                                           bool odd, CodeRange activation) {
  std::vector<Interval> bounds(static_cast<size_t>(outputs));
  int64_t taps = static_cast<int64_t>(codes.size()) / outputs;
  const auto *first = codes.data();
  for (Interval &bound : bounds) {
    // addTap() of each: what weights of one sign add is a multiple of their
    // sum.
    auto [up, down] = sumWeights(first, taps, odd);
    first += taps;
    bound = {up * activation.lo + down * activation.hi,
             up * activation.hi + down * activation.lo};
  }
  return bounds;
}

/// The smallest interval around both.
inline Interval joinIntervals(Interval x, Interval y) {
  return {x.lo < y.lo ? x.lo : y.lo, x.hi > y.hi ? x.hi : y.hi};
}

/// Whether every value is one of a two's complement integer of `bits` bits.
inline bool fitsBits(Interval bound, int bits) {
  int64_t end = int64_t(1) << (bits - 1);
  return bound.lo >= -end && bound.hi < end;
}

/// How many products of any weight and any activation code may be added in 16
/// bits before the sum must be widened; 0 where not even one fits.
inline int64_t flushLength(CodeRange weight, CodeRange activation) {
  Interval product;
  addTap(product, weight.lo, activation);
  Interval other;
  addTap(other, weight.hi, activation);
  product = joinIntervals(product, other);
  int64_t up = product.hi > 0 ? INT16_MAX / product.hi : INT32_MAX;
  int64_t down = product.lo < 0 ? INT16_MIN / product.lo : INT32_MAX;
  return up < down ? up : down;
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

/// max |x * A + B| over |x| <= bound: float rounding is monotone, so the ends
/// decide.
inline float rescaleFloatBound(float bound, Rescale r) {
  float atLo = std::fabs(rescaleFloat(-bound, r));
  float atHi = std::fabs(rescaleFloat(bound, r));
  return atHi > atLo || atHi != atHi ? atHi : atLo;
}

/// max |sum of w * x| of float dot products (N5) over |x| <= bound, for the
/// largest of `outputs` channels. The 2^-10 covers the rounding of the sums:
/// n products err by less than n * 2^-23 of the sum of their magnitudes.
template <typename Floats>
float floatLayerBound(const Floats &weights, int64_t outputs, float bound) {
  int64_t taps = static_cast<int64_t>(weights.size()) / outputs, index = 0;
  double largest = 0, sum = 0;
  for (float weight : weights) {
    sum += std::fabs(static_cast<double>(weight));
    if (++index % taps == 0) {
      largest = sum > largest ? sum : largest;
      sum = 0;
    }
  }
  return static_cast<float>(largest * static_cast<double>(bound) *
                            (1.0 + 0x1p-10));
}

/// max |x| of a normalized picture (N8) with one map per colour.
template <typename Rescales>
float inputBound(const Rescales &colours) {
  float bound = 0;
  for (Rescale colour : colours) {
    bound = joinBounds(bound, std::fabs(colour.b));
    bound = joinBounds(bound, std::fabs(rescaleFloat(255.0f, colour)));
  }
  return bound;
}

/// relu and h_swish keep a bound.
inline float activationBound(float bound) { return bound; }
inline float hSigmoidBound() { return 1.0f; }
inline float relu6Bound(float bound) { return bound > 6.0f ? 6.0f : bound; }
inline float addBound(float x, float y) { return x + y; }
inline float scaleBound(float bound, float gate) { return bound * gate; }
/// y times a gate in [0, 1].
inline float squeezeExciteBound(float bound) { return bound; }

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_BOUNDS_H
