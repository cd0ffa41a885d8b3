//===- Activations.h - relu, relu6, h_sigmoid, h_swish (N2) -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every clamp is a compare and a select in this order, so NaN propagates and
// relu(-0) is -0.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_ACTIVATIONS_H
#define OQAT_NUMERICS_ACTIVATIONS_H

namespace oqat::numerics {

/// The float nearest to 1/6; N2 multiplies by it, it never divides by 6.
inline constexpr float kSixth = 0x1.555556p-3f;

inline float relu(float z) { return z < 0.0f ? 0.0f : z; }

inline float relu6(float z) {
  z = relu(z);
  return z > 6.0f ? 6.0f : z;
}

/// min(max(z + 3, 0), 6).
inline float relu6plus3(float z) {
  float t = z + 3.0f;
  t = t < 0.0f ? 0.0f : t;
  return t > 6.0f ? 6.0f : t;
}

inline float hSigmoid(float z) { return relu6plus3(z) * kSixth; }

inline float hSwish(float z) {
  float product = z * relu6plus3(z);
  return product * kSixth;
}

/// 0 at 0 and below.
inline float reluGrad(float z) {
  if (z <= 0.0f)
    return 0.0f;
  return z != z ? z : 1.0f;
}

/// 1 strictly inside (0, 6).
inline float relu6Grad(float z) {
  if (z <= 0.0f || z >= 6.0f)
    return 0.0f;
  return z != z ? z : 1.0f;
}

inline float hSwishGrad(float z) {
  if (z <= -3.0f)
    return 0.0f;
  if (z >= 3.0f)
    return 1.0f;
  float doubled = 2.0f * z;
  return (doubled + 3.0f) * kSixth;
}

/// 1/6 strictly inside (-3, 3).
inline float hSigmoidGrad(float z) {
  if (z <= -3.0f || z >= 3.0f)
    return 0.0f;
  return z != z ? z : kSixth;
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_ACTIVATIONS_H
