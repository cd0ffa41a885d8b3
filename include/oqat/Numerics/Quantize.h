//===- Quantize.h - Learned-step quantization (N3) ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Clamp first, then round half to even. Clamps are a compare and a select, so
// that a NaN stays one until the integer conversion, which maps it to code 0.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_QUANTIZE_H
#define OQAT_NUMERICS_QUANTIZE_H

#include <cmath>
#include <cstdint>

namespace oqat::numerics {

/// The codes of a quantizer, both ends included (Qn and Qp of the papers).
struct CodeRange {
  int32_t lo, hi;
};

/// [0, 2^bits - 1] or [-2^(bits-1), 2^(bits-1) - 1].
inline CodeRange codeRange(int bits, bool isSigned) {
  if (isSigned)
    return {-(int32_t(1) << (bits - 1)), (int32_t(1) << (bits - 1)) - 1};
  return {0, (int32_t(1) << bits) - 1};
}

/// A step must be neither zero nor infinite nor NaN (N1).
inline bool isValidStep(float step) { return std::isfinite(step) && step != 0; }

/// r of N3: f32(1 / f64|s|).
inline float reciprocalStep(float step) {
  return static_cast<float>(1.0 / std::fabs(static_cast<double>(step)));
}

/// The code of `y` as a float; a NaN stays a NaN.
inline float quantizeToFloat(float y, float r, CodeRange range) {
  float lo = static_cast<float>(range.lo), hi = static_cast<float>(range.hi);
  float u = y * r;
  u = u < lo ? lo : u;
  u = u > hi ? hi : u;
  return std::nearbyintf(u);
}

/// The code of `y`; a NaN has code 0.
inline int32_t quantize(float y, float r, CodeRange range) {
  float code = quantizeToFloat(y, r, range);
  return code != code ? 0 : static_cast<int32_t>(code);
}

/// |s| * code, what training calls the quantized value.
inline float fakeQuantize(float y, float step, CodeRange range) {
  return quantizeToFloat(y, reciprocalStep(step), range) * std::fabs(step);
}

/// d(quantized)/dy: 1 strictly inside the range, 0 at the edges and outside.
inline float quantizeGrad(float y, float r, CodeRange range) {
  float u = y * r;
  if (u <= static_cast<float>(range.lo) || u >= static_cast<float>(range.hi))
    return 0.0f;
  return u != u ? u : 1.0f;
}

/// d(quantized)/d|s| of one element, without the gradient scale g of LSQ.
inline float quantizeStepGrad(float y, float r, CodeRange range) {
  float lo = static_cast<float>(range.lo), hi = static_cast<float>(range.hi);
  float u = y * r;
  if (u <= lo)
    return lo;
  if (u >= hi)
    return hi;
  return std::nearbyintf(u) - u;
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_QUANTIZE_H
