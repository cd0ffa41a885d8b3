//===- ActiveWeight.h - The weight of a layer in one subnet ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cuts the maximal parameter to the subnet (first rows and columns, kernel
// centre and transforms), quantizes it with the plan's kernel, and takes the
// gradient of the quantized weight back to the parameter, the transforms and
// the step (OQAT.md sections 3 and 4).
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_ACTIVEWEIGHT_H
#define OQAT_TRAIN_MODEL_ACTIVEWEIGHT_H

#include "train/Model/Operations.h"
#include "train/Model/Steps.h"

#include <vector>

namespace oqat::train {

class ActiveWeight {
public:
  ActiveWeight(const BuildContext &context, const formats::PlanNode &node);

  /// Cuts and quantizes.
  void prepare();
  /// From the gradient of the weight in units of values().
  void finishBackward(const float *grad);

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
  struct Transform {
    int64_t from, to;
    Parameter *matrix;
    at::Tensor cropped; // its input, for backward
  };

  const BuildContext context;
  std::string layer;
  Parameter *parameter;
  int64_t out, in, size, maxIn, maxSize;
  std::vector<Transform> transforms;
  bool quantized = false;
  Step learned;
  numerics::CodeRange range{0, 0};
  at::Tensor sliced;  // before quantization
  at::Tensor current; // after it
  std::vector<int8_t> codeBytes;

  at::Tensor cut() const;
  at::Tensor crop(const at::Tensor &weight, int64_t from, int64_t to) const;
  at::Tensor apply(Transform &transform, const at::Tensor &weight) const;
  at::Tensor undo(Transform &transform, const at::Tensor &grad) const;
  void uncut(const at::Tensor &grad) const;
  void quantize();
  at::Tensor unquantize(const float *grad) const;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_ACTIVEWEIGHT_H
