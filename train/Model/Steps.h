//===- Steps.h - The learned steps of quantizers ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A step parameter holds one step for all bit-widths, or one entry per value of
// its bits choice (elastic bits). An entry of 0 is not yet known.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_STEPS_H
#define OQAT_TRAIN_MODEL_STEPS_H

#include "oqat/Numerics/Quantize.h"
#include "train/Model/Parameters.h"

#include <string>
#include <vector>

namespace oqat::train {

/// The step of one quantizer at one bit-width.
class Step {
public:
  Step() = default;
  Step(const formats::Plan &plan, Parameters &parameters,
       const formats::PlanQuantizer &quantizer, int bits);

  float value() const { return parameter->data()[entry]; }
  bool isKnown() const { return value() != 0; }
  /// LSQ's first step for values of this mean magnitude.
  void initialize(double meanMagnitude, numerics::CodeRange range);
  /// |s|; an error naming the layer where it cannot be a step.
  float checked(const std::string &layer) const;
  /// Adds the scaled sum of a kernel's step gradients.
  void addGradient(double sum, int64_t elements,
                   numerics::CodeRange range) const;
  /// The same of those per channel.
  void addGradient(const float *perChannel, int64_t count, int64_t elements,
                   numerics::CodeRange range) const;
  /// What it is an entry of.
  const Parameter *owner() const { return parameter; }
  int64_t place() const { return entry; }

private:
  Parameter *parameter = nullptr;
  int64_t entry = 0;
};

/// 2 * mean|v| / sqrt(Qp).
float initialStep(double meanMagnitude, numerics::CodeRange range);
/// LSQ's gradient scale over `elements` quantized values, with the sign of s.
double stepGradScale(float step, int64_t elements, numerics::CodeRange range);

/// Takes the steps of `from` bits to `to`: the step, or the entry of `to` where
/// it is unknown, is that of `from` doubled per bit (OQAT.md section 6). From
/// float all steps become unknown. Quantizers of fixed bits keep theirs.
void inheritBits(const formats::Plan &plan, Parameters &parameters, int from,
                 int to);

/// Gives entries that no phase trained the value of the next trained bit-width
/// above, doubled per bit, or else below, halved per bit: what a layer needs to
/// run at bits that training never visited. With `only`, the entries of those
/// bits.
void completeSteps(const formats::Plan &plan, Parameters &parameters,
                   const std::vector<int> &only = {});

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_STEPS_H
