//===- ChainOperation.h - What chains have on all devices -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The pointwise stages between two convolutions, which one kernel of the plan
// runs: what they read, rescale and quantize.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_CHAINOPERATION_H
#define OQAT_TRAIN_MODEL_CHAINOPERATION_H

#include "train/Model/Operations.h"
#include "train/Model/Steps.h"

#include <array>

namespace oqat::train {

class ChainOperation : public Operation {
public:
  /// Gives `out` its shape, its codes where the chain quantizes, else its data.
  ChainOperation(const BuildContext &context, const formats::PlanNode &node,
                 Value *in, Value *out, Value *residual, Value *gate);

  std::string name() const override;
  Value *result() const override { return out; }
  std::vector<Use *> uses() override;
  std::vector<const Parameter *> trained() const override;

protected:
  const BuildContext context;
  const formats::PlanNode &node;
  Use in, residual, gate;
  Value *out;
  bool isRescale = false;
  const formats::PlanBatchNorm *batchNorm = nullptr;
  const formats::PlanQuantizer *quantizer = nullptr;
  Step step;

  const std::string &kernelName() const {
    return context.selection.isFloat() ? node.floatKernel : node.kernel;
  }
  /// The kernel's: r, Qn, Qp of the step that `out` has.
  std::array<float, 3> quantizerFactors() const;
  /// Where the step's gradient is the sum of these, one of each channel.
  void addStepGradient(const float *perChannel) {
    step.addGradient(perChannel, out->channels,
                     context.batchImages * out->perImage(), out->range);
  }

private:
  void checkShape(const Value *value, int64_t pixels) const;
  void read(const formats::PlanStage &stage);
  void readRescale(const formats::PlanStage &stage);
  void readQuantizer(const formats::PlanQuantizer &q);
};

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_CHAINOPERATION_H
