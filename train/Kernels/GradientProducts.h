//===- GradientProducts.h - Products of rounded gradients -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In phases with "gradients": "bfloat16" the factors of the products that take
// gradients through dense layers are rounded to bfloat16 (8 significant bits);
// products and sums are float32. Products of two such factors are exact in
// float32, so both forms below compute the same up to the order of sums.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_KERNELS_GRADIENTPRODUCTS_H
#define OQAT_TRAIN_KERNELS_GRADIENTPRODUCTS_H

#include <cstdint>

namespace oqat::train {

/// How rounded factors are held.
enum class Bfloat16Form {
  /// As float32: what CPUs without a unit for bfloat16 multiply fastest. The
  /// dot products of AVX-512 are none: on Sapphire Rapids they take twice the
  /// time of float32's.
  Floats,
  /// In two bytes each, for AMX.
  Packed
};

/// The faster one on this CPU, for the whole process.
Bfloat16Form bfloat16Form();

/// Rounds `count` numbers, half to even, to a place of `count` floats.
void toFactors(Bfloat16Form form, const float *x, int64_t count, float *to);

// Row-major, all matrices dense; `y`, `w` and `x` by toFactors().
/// out[m][k] = scale * y[m][n] * w[n][k].
void multiplyFactorsNN(Bfloat16Form form, const float *y, const float *w,
                       int64_t m, int64_t n, int64_t k, float scale,
                       float *out);
/// out[n][k] = y[m][n]^T * x[m][k].
void multiplyFactorsTN(Bfloat16Form form, const float *y, const float *x,
                       int64_t m, int64_t n, int64_t k, float *out);

} // namespace oqat::train

#endif // OQAT_TRAIN_KERNELS_GRADIENTPRODUCTS_H
