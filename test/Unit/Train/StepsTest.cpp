//===- StepsTest.cpp - One step per bit-width -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/Steps.h"
#include "train/Model/Selection.h"
#include "train/Model/Support.h"

#include <gtest/gtest.h>

using namespace oqat;
using namespace oqat::train;

namespace {

/// Quantizers of three layers: @elastic with an entry per bit-width, @shared
/// with one step for all, @fixed at 8 bits.
formats::Plan makePlan() {
  formats::Plan plan;
  plan.choices.push_back({"bits", "bits_w", {}, true, {2, 3, 4, 8}});
  plan.parameters = {
      {"elastic", "step", {4}}, {"shared", "step", {}}, {"fixed", "step", {}}};
  for (const char *step : {"elastic", "shared", "fixed"}) {
    formats::PlanNode node;
    node.kind = formats::PlanNode::Kind::Conv2d;
    node.weightQuantizer.emplace();
    node.weightQuantizer->step = step;
    if (step == std::string("fixed"))
      node.weightQuantizer->bits = 8;
    else
      node.weightQuantizer->bitsChoice = "bits";
    plan.body.push_back(node);
  }
  return plan;
}

std::vector<float> valuesOf(const Parameters &parameters,
                            const std::string &name) {
  const Parameter &p = parameters[name];
  return {p.data(), p.data() + p.value.numel()};
}

using Floats = std::vector<float>;

} // namespace

TEST(Steps, TheEntryOfTheBits) {
  formats::Plan plan = makePlan();
  Parameters parameters(plan, 0);
  const formats::PlanQuantizer &elastic = *plan.body[0].weightQuantizer;
  Step step(plan, parameters, elastic, 3);
  EXPECT_FALSE(step.isKnown());
  EXPECT_THROW(step.checked("layer"), Error);
  numerics::CodeRange range = numerics::codeRange(3, true);
  step.initialize(6, range);
  EXPECT_EQ(step.value(), initialStep(6, range));
  EXPECT_EQ(valuesOf(parameters, "elastic"), (Floats{0, step.value(), 0, 0}));
  const float sums[] = {1, 2};
  step.addGradient(sums, 2, 16, range);
  float grad = static_cast<float>(3 * stepGradScale(step.value(), 16, range));
  EXPECT_EQ(parameters["elastic"].gradData()[1], grad);
  EXPECT_EQ(parameters["elastic"].gradData()[2], 0);
  EXPECT_THROW(Step(plan, parameters, elastic, 5), Error);
}

TEST(Steps, InheritancePerBit) {
  formats::Plan plan = makePlan();
  Parameters parameters(plan, 0);
  parameters["elastic"].data()[2] = -0.3f;
  parameters["shared"].data()[0] = 0.1f;
  parameters["fixed"].data()[0] = 0.7f;
  inheritBits(plan, parameters, 4, 3);
  EXPECT_EQ(valuesOf(parameters, "elastic"), (Floats{0, -0.6f, -0.3f, 0}));
  EXPECT_EQ(valuesOf(parameters, "shared"), Floats{0.2f});
  EXPECT_EQ(valuesOf(parameters, "fixed"), Floats{0.7f});
  // Two bits at once: doubled twice.
  inheritBits(plan, parameters, 4, 2);
  EXPECT_EQ(valuesOf(parameters, "elastic"), (Floats{-1.2f, -0.6f, -0.3f, 0}));
  EXPECT_EQ(valuesOf(parameters, "shared"), Floats{0.8f});
  // An entry that was trained stays.
  parameters["elastic"].data()[1] = 5;
  inheritBits(plan, parameters, 4, 3);
  EXPECT_EQ(valuesOf(parameters, "elastic"), (Floats{-1.2f, 5, -0.3f, 0}));
  // A phase of as many bits takes all as they are.
  inheritBits(plan, parameters, 2, 2);
  EXPECT_EQ(valuesOf(parameters, "shared"), Floats{1.6f});
  EXPECT_THROW(inheritBits(plan, parameters, 6, 4), Error);
  inheritBits(plan, parameters, kFloatBits, 4);
  EXPECT_EQ(valuesOf(parameters, "elastic"), Floats(4, 0));
  EXPECT_EQ(valuesOf(parameters, "shared"), Floats{0});
}

TEST(Steps, UnknownEntriesFromTheNextAbove) {
  formats::Plan plan = makePlan();
  Parameters parameters(plan, 0);
  completeSteps(plan, parameters);
  EXPECT_EQ(valuesOf(parameters, "elastic"), Floats(4, 0));
  parameters["elastic"].data()[1] = 0.5f;
  completeSteps(plan, parameters, {2, 3});
  EXPECT_EQ(valuesOf(parameters, "elastic"), (Floats{1.0f, 0.5f, 0, 0}));
  parameters["elastic"].data()[0] = 0;
  completeSteps(plan, parameters);
  // 2 bits from 3, 4 and 8 from 3 as well: there is nothing above.
  EXPECT_EQ(valuesOf(parameters, "elastic"),
            (Floats{1.0f, 0.5f, 0.25f, 0.5f / 32}));
  // Known entries stay, whatever their neighbours are.
  parameters["elastic"].data()[2] = 7;
  completeSteps(plan, parameters);
  EXPECT_EQ(valuesOf(parameters, "elastic"),
            (Floats{1.0f, 0.5f, 7, 0.5f / 32}));
  EXPECT_EQ(valuesOf(parameters, "shared"), Floats{0});
}
