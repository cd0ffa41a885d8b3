//===- ActiveWeight.h - The weight of a layer in one subnet ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The plan's kernels cut the maximal parameter to the subnet (first rows and
// columns, kernel centre and transforms) and quantize it, and take the gradient
// of the quantized weight back to the parameter, the transforms and the step
// (OQAT.md sections 3 and 4). Here are the places that they work on.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_ACTIVEWEIGHT_H
#define OQAT_TRAIN_MODEL_ACTIVEWEIGHT_H

#include "train/Model/WeightPart.h"

namespace oqat::train {

class ActiveWeight : public WeightPart {
public:
  using WeightPart::WeightPart;

  /// Cuts and quantizes.
  void prepare();
  /// From the gradient of the weight in units of values(); once after
  /// prepare(), since it writes over what it has used.
  void finishBackward(float *grad);

  /// [out][ky][kx][in]: codes of a quantized layer, else the weight itself.
  const float *values() const { return current.data_ptr<float>(); }
  const std::vector<int8_t> &codes() const { return codeBytes; }

private:
  /// Of a cut, where it is another's input or a quantizer's.
  std::vector<at::Tensor> products;
  at::Tensor current;
  std::vector<int8_t> codeBytes;

  Weight centre(float *data, size_t cut) const;
  Weight dense(const at::Tensor &values, size_t cut) const;
  /// Of a cut, but for what a quantizer takes.
  WeightOperands operands(size_t i) const;
  const WeightKernel &kernelOf(size_t i) const;
  at::Tensor toFloats(size_t i) const;
  void initializeStep();
  void quantize();
  at::Tensor backward(size_t i, float *grad) const;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_ACTIVEWEIGHT_H
