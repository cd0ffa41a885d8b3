//===- Pooling.h - Order-free average pooling (N4), max pooling -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values of an average become integers of 2^-F first, so their sum has no
// order. Sums are 64-bit: rounding each term may carry a sum that is bounded by
// 2^31 over it. Codes are integers already: their sum is exact.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_POOLING_H
#define OQAT_NUMERICS_POOLING_H

#include <cmath>
#include <cstdint>

namespace oqat::numerics {

inline constexpr int kMinPoolFraction = -126, kMaxPoolFraction = 126;

/// The largest F in [-126, 126] with pixels * maxAbs * 2^F < 2^31; 0 when
/// nothing but zero can occur. `maxAbs` must be finite.
inline int poolFraction(int64_t pixels, double maxAbs) {
  double total = static_cast<double>(pixels) * maxAbs;
  if (!(total > 0.0))
    return 0;
  // total = m * 2^exponent with m in [1/2, 1).
  int exponent = 0;
  std::frexp(total, &exponent);
  int fraction = 31 - exponent;
  if (fraction < kMinPoolFraction)
    return kMinPoolFraction;
  return fraction > kMaxPoolFraction ? kMaxPoolFraction : fraction;
}

/// rne(y * 2^F), saturated; a NaN gives 0.
inline int32_t toFixed(float y, int fraction) {
  float scaled = std::nearbyintf(y * std::ldexp(1.0f, fraction));
  if (scaled >= 0x1p31f)
    return INT32_MAX;
  if (scaled < -0x1p31f)
    return INT32_MIN;
  return scaled != scaled ? 0 : static_cast<int32_t>(scaled);
}

/// f32(f64(sum) * 2^-F / pixels).
inline float poolMean(int64_t sum, int fraction, int64_t pixels) {
  double total = static_cast<double>(sum) * std::ldexp(1.0, -fraction);
  return static_cast<float>(total / static_cast<double>(pixels));
}

/// f32(f64(sum) * f64(step) / pixels), of codes as their distances from the
/// zero point.
inline float codePoolMean(int64_t sum, float step, int64_t pixels) {
  double total = static_cast<double>(sum) * static_cast<double>(step);
  return static_cast<float>(total / static_cast<double>(pixels));
}

/// One step of a max pool, which starts at -inf: the first of equal values
/// stays, a NaN is passed over.
inline float maxStep(float largest, float x) {
  return x > largest ? x : largest;
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_POOLING_H
