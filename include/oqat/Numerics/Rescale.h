//===- Rescale.h - Accumulator to real value (N1) -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// z = f32(f32(acc) * A) + B, multiply then add, never fused. A and B come from
// f64 and are rounded once.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_RESCALE_H
#define OQAT_NUMERICS_RESCALE_H

#include <cmath>
#include <cstdint>

namespace oqat::numerics {

/// The affine map of one output channel.
struct Rescale {
  float a, b;
};

/// Batch norm over a value whose unit is `product` (sa * sw, or 1).
inline Rescale foldBatchNormOver(double product, float gamma, float beta,
                                 float mean, float var, double eps) {
  double deviation = std::sqrt(static_cast<double>(var) + eps);
  double a = (product * static_cast<double>(gamma)) / deviation;
  double shift =
      (static_cast<double>(gamma) * static_cast<double>(mean)) / deviation;
  return {static_cast<float>(a),
          static_cast<float>(static_cast<double>(beta) - shift)};
}

/// Batch norm after the integer accumulator of a quantized layer. Steps enter
/// as |s|.
inline Rescale foldBatchNorm(float sa, float sw, float gamma, float beta,
                             float mean, float var, double eps = 1e-5) {
  double product =
      std::fabs(static_cast<double>(sa)) * std::fabs(static_cast<double>(sw));
  return foldBatchNormOver(product, gamma, beta, mean, var, eps);
}

/// Batch norm after a float convolution.
inline Rescale foldBatchNorm(float gamma, float beta, float mean, float var,
                             double eps = 1e-5) {
  return foldBatchNormOver(1.0, gamma, beta, mean, var, eps);
}

/// A quantized layer that has no batch norm.
inline Rescale rescaleWithoutNorm(float sa, float sw, float bias) {
  double product =
      std::fabs(static_cast<double>(sa)) * std::fabs(static_cast<double>(sw));
  return {static_cast<float>(product), bias};
}

inline float rescaleFloat(float x, Rescale r) {
  float scaled = x * r.a;
  return scaled + r.b;
}

inline float rescale(int64_t acc, Rescale r) {
  return rescaleFloat(static_cast<float>(acc), r);
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_RESCALE_H
