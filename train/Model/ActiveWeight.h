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

#include "train/Model/Operations.h"
#include "train/Model/Steps.h"

#include <array>
#include <vector>

namespace oqat::train {

class ActiveWeight {
public:
  ActiveWeight(const BuildContext &context, const formats::PlanNode &node);

  /// Cuts and quantizes.
  void prepare();
  /// From the gradient of the weight in units of values(); once after
  /// prepare(), since it writes over what it has used.
  void finishBackward(float *grad);

  int64_t outputs() const { return out; }
  int64_t inputs() const { return in; }
  int64_t kernel() const { return size; }
  int64_t depth() const { return size * size * in; }
  bool isQuantized() const { return quantized; }
  /// [out][ky][kx][in]: codes of a quantized layer, else the weight itself.
  const float *values() const { return current.data_ptr<float>(); }
  /// |s|, or 1 for a float layer.
  float step() const;
  const std::vector<int8_t> &codes() const { return codeBytes; }
  /// The parameters that finishBackward() adds to.
  std::vector<const Parameter *> trained() const;

private:
  /// The centre of kernels, and a matrix over its taps if there is one.
  struct Cut {
    int64_t from, to;
    Parameter *matrix;
    at::Tensor product; // where it is another's input or a quantizer's
  };

  const BuildContext context;
  std::string layer;
  Parameter *parameter;
  int64_t out, in, size, maxIn, maxSize;
  /// At least one; the last is quantized.
  std::vector<Cut> cuts;
  bool quantized = false;
  Step learned;
  numerics::CodeRange range{0, 0};
  at::Tensor current;
  std::vector<int8_t> codeBytes;

  Weight centre(float *data, const Cut &cut, int64_t columns) const;
  Weight dense(const at::Tensor &values, const Cut &cut) const;
  /// Of a cut, but for what a quantizer takes.
  WeightOperands operands(size_t i) const;
  const WeightKernel &kernelOf(size_t i) const;
  at::Tensor toFloats(size_t i) const;
  void initializeStep();
  std::array<float, 3> quantizer() const;
  void quantize();
  at::Tensor backward(size_t i, float *grad) const;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_ACTIVEWEIGHT_H
