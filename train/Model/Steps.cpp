//===- Steps.cpp - The learned steps of quantizers ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/Steps.h"
#include "train/Model/Selection.h"
#include "train/Model/Support.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

namespace oqat::train {

using formats::Plan;
using formats::PlanNode;
using formats::PlanQuantizer;

//===----------------------------------------------------------------------===//
// One step
//===----------------------------------------------------------------------===//

Step::Step(const Plan &plan, Parameters &parameters,
           const PlanQuantizer &quantizer, int bits)
    : parameter(&parameters[quantizer.step]) {
  if (parameter->value.numel() == 1)
    return;
  entry = plan.stepEntry(quantizer, bits);
  if (entry < 0)
    throw Error("step '" + quantizer.step + "' has no entry for " +
                std::to_string(bits) + " bits");
}

void Step::initialize(double meanMagnitude, numerics::CodeRange range) {
  parameter->data()[entry] = initialStep(meanMagnitude, range);
}

float Step::checked(const std::string &layer) const {
  float s = value();
  if (!numerics::isValidStep(s))
    throw Error("layer '" + layer + "': step '" + parameter->name + "' is " +
                (s == 0 ? "0" : "not finite"));
  return std::fabs(s);
}

void Step::addGradient(double sum, int64_t elements,
                       numerics::CodeRange range) const {
  parameter->gradData()[entry] +=
      static_cast<float>(sum * stepGradScale(value(), elements, range));
}

void Step::addGradient(const float *perChannel, int64_t count, int64_t elements,
                       numerics::CodeRange range) const {
  double sum = 0;
  for (int64_t c = 0; c < count; ++c)
    sum += static_cast<double>(perChannel[c]);
  addGradient(sum, elements, range);
}

float initialStep(double meanMagnitude, numerics::CodeRange range) {
  double highest = range.hi > 0 ? range.hi : 1;
  return static_cast<float>(2.0 * meanMagnitude / std::sqrt(highest));
}

double stepGradScale(float step, int64_t elements, numerics::CodeRange range) {
  double highest = range.hi > 0 ? range.hi : 1;
  double g = 1.0 / std::sqrt(static_cast<double>(elements) * highest);
  return step < 0 ? -g : g;
}

//===----------------------------------------------------------------------===//
// All steps
//===----------------------------------------------------------------------===//

using Visit = std::function<void(const PlanQuantizer &)>;

static void visitQuantizers(const std::vector<PlanNode> &body,
                            const Visit &visit) {
  for (const PlanNode &node : body) {
    if (node.weightQuantizer)
      visit(*node.weightQuantizer);
    for (const formats::PlanStage &stage : node.stages)
      if (stage.kind == formats::PlanStage::Kind::Quantize)
        visit(stage.quantizer);
    for (const formats::PlanBlock &block : node.blocks)
      visitQuantizers(block.body, visit);
  }
}

/// Quantizers may share a step, which is visited once.
static void visitSteps(const Plan &plan, const Visit &visit) {
  std::set<std::string> seen;
  visitQuantizers(plan.body, [&](const PlanQuantizer &quantizer) {
    if (seen.insert(quantizer.step).second)
      visit(quantizer);
  });
}

/// `value` doubled per bit from `from` down to `to`, or halved per bit up.
static float perBit(float value, int from, int to) {
  return std::ldexp(value, from - to);
}

void inheritBits(const Plan &plan, Parameters &parameters, int from, int to) {
  visitSteps(plan, [&](const PlanQuantizer &quantizer) {
    Parameter &step = parameters[quantizer.step];
    if (from == kFloatBits) {
      step.value.zero_();
    } else if (from != to && !quantizer.bitsChoice.empty()) {
      bool isElastic = step.value.numel() > 1;
      int64_t source = isElastic ? plan.stepEntry(quantizer, from) : 0;
      int64_t target = isElastic ? plan.stepEntry(quantizer, to) : 0;
      if (source < 0 || target < 0)
        throw Error("the space offers no " +
                    std::to_string(source < 0 ? from : to) + " bits for '" +
                    quantizer.step + "'");
      if (!isElastic || step.data()[target] == 0)
        step.data()[target] = perBit(step.data()[source], from, to);
    }
  });
}

static void completeEntries(const std::vector<double> &bits,
                            const std::vector<int> &only, Parameter &step) {
  const at::Tensor trained = step.value.clone();
  const float *known = trained.data_ptr<float>();
  for (size_t to = 0; to < bits.size(); ++to) {
    bool isWanted =
        only.empty() || std::find(only.begin(), only.end(),
                                  static_cast<int>(bits[to])) != only.end();
    if (known[to] != 0 || !isWanted)
      continue;
    std::optional<size_t> above, below;
    for (size_t from = 0; from < bits.size(); ++from) {
      if (known[from] == 0)
        continue;
      if (bits[from] > bits[to] && (!above || bits[from] < bits[*above]))
        above = from;
      if (bits[from] < bits[to] && (!below || bits[from] > bits[*below]))
        below = from;
    }
    if (std::optional<size_t> from = above ? above : below)
      step.data()[to] = perBit(known[*from], static_cast<int>(bits[*from]),
                               static_cast<int>(bits[to]));
  }
}

void completeSteps(const Plan &plan, Parameters &parameters,
                   const std::vector<int> &only) {
  visitSteps(plan, [&](const PlanQuantizer &quantizer) {
    Parameter &step = parameters[quantizer.step];
    if (step.value.numel() > 1 && !quantizer.bitsChoice.empty())
      completeEntries(plan.findChoice(quantizer.bitsChoice)->values, only,
                      step);
  });
}

} // namespace oqat::train
