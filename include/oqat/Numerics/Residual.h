//===- Residual.h - An integer residual stream (N7) -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The stream holds signed 8-bit codes of one step. What is added is rounded on
// its own and not clamped before the sum is.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_RESIDUAL_H
#define OQAT_NUMERICS_RESIDUAL_H

#include "oqat/Numerics/Quantize.h"

namespace oqat::numerics {

inline constexpr int kStreamBits = 8;

/// f32(code) * |s|: what a code stands for.
inline float codeValue(int32_t code, float step) {
  return static_cast<float>(code) * std::fabs(step);
}

/// The largest magnitude that a code of the range stands for.
inline float codeBound(CodeRange range, float step) {
  float lo = std::fabs(codeValue(range.lo, step));
  float hi = std::fabs(codeValue(range.hi, step));
  return lo > hi ? lo : hi;
}

/// clamp(code + rne(z * r)). The float sum is exact where it matters: a summand
/// that it would round is far outside the range. A NaN adds nothing.
inline int32_t addToStream(int32_t code, float z, float r) {
  CodeRange range = codeRange(kStreamBits, /*isSigned=*/true);
  float lo = static_cast<float>(range.lo), hi = static_cast<float>(range.hi);
  float sum = static_cast<float>(code) + std::nearbyintf(z * r);
  sum = sum < lo ? lo : sum;
  sum = sum > hi ? hi : sum;
  return sum != sum ? code : static_cast<int32_t>(sum);
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_RESIDUAL_H
