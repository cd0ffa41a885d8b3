//===- HeadOperations.h - What ends have on all devices ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program's input, and its operations with a result of one pixel: pools,
// gates of squeeze-excites, classifiers.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_HEADOPERATIONS_H
#define OQAT_TRAIN_MODEL_HEADOPERATIONS_H

#include "oqat/Numerics/Rescale.h"
#include "train/Model/Operations.h"

namespace oqat::train {

/// N8: bytes of pictures to floats, a factor and a summand for each colour.
class NormalizeOperation : public Operation {
public:
  NormalizeOperation(const BuildContext &context, const formats::PlanNode &node,
                     Value *in, Value *out);

protected:
  Value *out;
  std::vector<numerics::Rescale> factors;
};

class HeadOperation : public Operation {
public:
  HeadOperation(const BuildContext &context, std::string label, Value *in,
                Value *out, int64_t channels);

  std::string name() const override { return label; }
  Value *result() const override { return out; }
  std::vector<Use *> uses() override { return {&in}; }

protected:
  std::string label;
  int64_t images;
  /// A warm start, where nothing has an integer bound.
  bool isFloat;
  Use in;
  Value *out;
};

/// The first `outputs` and `inputs` of a shared fully connected layer.
class AffinePart {
public:
  AffinePart(const BuildContext &context, const formats::PlanAffine &names,
             int64_t outputs, int64_t inputs);

  std::vector<const Parameter *> trained() const { return {weight, bias}; }

protected:
  Parameter *weight, *bias;
  int64_t outputs, inputs;
  /// Inputs of the shared one.
  int64_t stride;
  /// Whether the factors of gradients' products are bfloat16.
  bool isRounded;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_HEADOPERATIONS_H
