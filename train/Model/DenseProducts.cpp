//===- DenseProducts.cpp - The products of a dense layer ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/DenseProducts.h"
#include "train/Kernels/GradientProducts.h"
#include "train/Kernels/Kernels.h"
#include "train/Model/Support.h"

namespace oqat::train {

DenseProducts::DenseProducts(const ActiveWeight &weight, bool isExactFloat,
                             bool isRounded)
    : weight(weight), isExactFloat(isExactFloat), isRounded(isRounded) {}

/// Weights that stay in the second-level cache, where BLAS would spend its time
/// on copies of them.
bool DenseProducts::isSmall() const {
  constexpr int64_t kCacheFloats = 64 << 10;
  return padChannels(weight.depth()) * padChannels(weight.outputs()) <=
         kCacheFloats;
}

/// [depth][padded outputs] for floatDot() and product().
at::Tensor DenseProducts::perInput() const {
  int64_t depth = weight.depth(), padded = padChannels(weight.outputs());
  at::Tensor result = makeZeros({depth, padded});
  float *to = result.data_ptr<float>();
  const float *values = weight.values();
  for (int64_t n = 0; n < weight.outputs(); ++n)
    for (int64_t k = 0; k < depth; ++k)
      to[k * padded + n] = values[n * depth + k];
  return result;
}

/// [outputs][depth] times the scale, rows padded for product().
at::Tensor DenseProducts::perOutput() const {
  int64_t depth = weight.depth();
  int64_t stride = isSmall() ? padChannels(depth) : depth;
  at::Tensor result = makeZeros({weight.outputs(), stride});
  float *to = result.data_ptr<float>();
  const float *values = weight.values();
  for (int64_t n = 0; n < weight.outputs(); ++n)
    for (int64_t k = 0; k < depth; ++k)
      to[n * stride + k] = values[n * depth + k] * inputScale;
  return result;
}

/// [outputs][depth] as a factor, without the scale: codes stay exact.
at::Tensor DenseProducts::roundedWeights() const {
  int64_t count = weight.outputs() * weight.depth();
  at::Tensor result = makeFloats({count});
  toFactors(bfloat16Form(), weight.values(), count, result.data_ptr<float>());
  return result;
}

void DenseProducts::prepare() {
  if (isExactFloat || isSmall())
    transposed = perInput();
}

void DenseProducts::forward(const float *x, int64_t rows, bool isWide,
                            float *y) const {
  if (isExactFloat)
    kernels().floatDot(x, rows, weight.depth(), transposed.data_ptr<float>(),
                       nullptr, weight.outputs(), y);
  else if (isWide)
    forwardWide(x, rows, y);
  else if (isSmall())
    kernels().product(x, rows, weight.depth(), transposed.data_ptr<float>(),
                      weight.outputs(), y);
  else
    multiplyNT(x, weight.values(), rows, weight.depth(), weight.outputs(), y);
}

/// Exact to 2^53, then f32(acc) as N1 has it.
void DenseProducts::forwardWide(const float *x, int64_t rows, float *y) const {
  int64_t depth = weight.depth();
  const float *values = weight.values();
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t n = 0; n < weight.outputs(); ++n) {
      double sum = 0;
      for (int64_t k = 0; k < depth; ++k)
        sum += static_cast<double>(x[r * depth + k]) *
               static_cast<double>(values[n * depth + k]);
      y[r * weight.outputs() + n] = static_cast<float>(sum);
    }
}

void DenseProducts::beginBackward(float scale) {
  inputScale = scale;
  inputWeights = isRounded ? roundedWeights() : perOutput();
}

const float *DenseProducts::factors(const float *grad, int64_t rows) const {
  if (!isRounded)
    return grad;
  int64_t count = rows * weight.outputs();
  float *to = scratch(kRoundedGrad, count);
  toFactors(bfloat16Form(), grad, count, to);
  return to;
}

void DenseProducts::weightGrad(const float *grad, const float *x, bool areCodes,
                               int64_t rows, float *to) const {
  int64_t n = weight.outputs(), depth = weight.depth();
  if (!isRounded)
    return multiplyTN(grad, x, rows, n, depth, to);
  Bfloat16Form form = bfloat16Form();
  // Codes are what they would be rounded to.
  if (form == Bfloat16Form::Packed || !areCodes) {
    float *rounded = scratch(kRoundedInput, rows * depth);
    toFactors(form, x, rows * depth, rounded);
    x = rounded;
  }
  multiplyFactorsTN(form, grad, x, rows, n, depth, to);
}

void DenseProducts::inputGrad(const float *grad, int64_t rows,
                              float *to) const {
  int64_t n = weight.outputs(), depth = weight.depth();
  const float *weights = inputWeights.data_ptr<float>();
  if (isRounded)
    multiplyFactorsNN(bfloat16Form(), grad, weights, rows, n, depth, inputScale,
                      to);
  else if (isSmall())
    kernels().product(grad, rows, n, weights, depth, to);
  else
    multiplyNN(grad, weights, rows, n, depth, to);
}

} // namespace oqat::train
