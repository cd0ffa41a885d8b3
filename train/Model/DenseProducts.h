//===- DenseProducts.h - The products of a dense layer ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Of rows [rows][depth] or gradients [rows][outputs] with the weight, in the
// layout and with the arithmetic that suit each. Forward's are exact (N13), or
// in the order of N5; those of gradients are ordinary float32, or take factors
// of bfloat16, to which codes are exact.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_DENSEPRODUCTS_H
#define OQAT_TRAIN_MODEL_DENSEPRODUCTS_H

#include "train/Model/ActiveWeight.h"

namespace oqat::train {

class DenseProducts {
public:
  /// `isExactFloat`: forward by N5. `isRounded`: factors of gradients' products
  /// are bfloat16.
  DenseProducts(const ActiveWeight &weight, bool isExactFloat, bool isRounded);

  /// After the weight's.
  void prepare();
  /// `isWide`: sums may be above 2^24.
  void forward(const float *x, int64_t rows, bool isWide, float *y) const;

  /// Gradients are those of the input times `inputScale`.
  void beginBackward(float inputScale);
  /// A gradient as the next two take it; in scratch, if not as it was.
  const float *factors(const float *grad, int64_t rows) const;
  void weightGrad(const float *grad, const float *x, bool areCodes,
                  int64_t rows, float *to) const;
  void inputGrad(const float *grad, int64_t rows, float *to) const;
  void finishBackward() { inputWeights = at::Tensor(); }

private:
  const ActiveWeight &weight;
  bool isExactFloat, isRounded;
  float inputScale = 1;
  at::Tensor transposed, inputWeights;

  bool isSmall() const;
  at::Tensor perInput() const;
  at::Tensor perOutput() const;
  at::Tensor roundedWeights() const;
  void forwardWide(const float *x, int64_t rows, float *y) const;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_DENSEPRODUCTS_H
