//===- PlanTest.cpp - Training plans, whole and broken --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Plan.h"

#include <gtest/gtest.h>

using namespace oqat::formats;

namespace {
const std::string kText = R"({"format": "oqat-plan", "formatVersion": 3,
 "network": "net", "classes": 10,
 "space": {"choices": [
  {"name": "ks_0", "key": "ks", "index": 0, "values": [3, 5]},
  {"name": "e_0", "key": "e", "index": 0, "values": [2, 4]},
  {"name": "d_0", "key": "d", "index": 0, "values": [1, 2]},
  {"name": "bits", "key": "bits_w", "perLayer": true, "values": [2, 4]}]},
 "parameters": [
  {"name": "w", "kind": "weight", "shape": [16, 5, 5, 1]},
  {"name": "t", "kind": "transform", "shape": [9, 9]},
  {"name": "s", "kind": "step", "shape": []},
  {"name": "v", "kind": "gamma", "shape": [16]},
  {"name": "m", "kind": "weight", "shape": [10, 16]},
  {"name": "g", "kind": "weight", "shape": [8, 1, 1, 16]}],
 "input": 0, "output": 9,
 "body": [
  {"op": "normalize", "in": 0, "out": 1, "mean": [0.5], "std": [0.25]},
  {"op": "conv2d", "name": "c", "in": 1, "out": 2, "stride": 2,
   "depthwise": true,
   "weight": {"parameter": "w", "out": {"base": 4, "choice": "e_0"},
    "in": null, "kernel": {"choice": "ks_0"},
    "transforms": [{"from": 5, "to": 3, "parameter": "t"}]},
   "weightQuantizer": {"step": "s", "signed": true,
    "bits": {"choice": "bits"}}},
  {"op": "gate", "in": 2, "out": 3, "name": "se",
   "reduce": {"weight": "g", "bias": "v"},
   "expand": {"weight": "g", "bias": "v"}},
  {"op": "pointwise", "in": 2, "out": 4, "kernel": "k", "floatKernel": "",
   "stages": [
    {"op": "rescale", "batchNorm": {"gamma": "v", "beta": "v", "mean": "v",
     "variance": "v", "eps": 1e-5}},
    {"op": "relu"}, {"op": "scale", "in": 3}, {"op": "add", "in": 1},
    {"op": "quantize", "step": "s", "signed": false, "bits": 4,
     "name": "c.input"}]},
  {"op": "stage", "choice": "d_0", "in": 4, "out": 7, "blocks": [
   {"arg": 5, "body": [{"op": "pool", "in": 5, "out": 6}], "result": 6},
   {"arg": 10, "body": [], "result": 10}]},
  {"op": "pool", "in": 7, "out": 8},
  {"op": "linear", "in": 8, "out": 9, "name": "f", "weight": "m",
   "bias": "v"}],
 "kernels": {"file": "kernels.so", "sha256": "00", "functions": ["k"],
  "weightFunctions": ["weight", "weight_quantize", "weight_transform",
   "weight_transform_quantize"]}})";

TEST(Plan, Reads) {
  std::string error;
  std::optional<Plan> plan = parsePlan(kText, "p", error);
  ASSERT_TRUE(plan) << error;
  ASSERT_EQ(plan->body.size(), 7u);
  const PlanNode &conv = plan->body[1];
  EXPECT_EQ(conv.kind, PlanNode::Kind::Conv2d);
  EXPECT_EQ(conv.stride, 2);
  EXPECT_TRUE(conv.depthwise);
  EXPECT_EQ(conv.weight.out->base, 4);
  EXPECT_FALSE(conv.weight.in);
  EXPECT_EQ(conv.weight.kernelChoice, "ks_0");
  EXPECT_EQ(conv.weight.transforms.at(0).to, 3);
  EXPECT_EQ(conv.weightQuantizer->bitsChoice, "bits");
  const PlanNode &chain = plan->body[3];
  ASSERT_EQ(chain.stages.size(), 5u);
  EXPECT_EQ(chain.stages[0].batchNorm->eps, 1e-5);
  EXPECT_EQ(chain.stages[2].in, 3);
  EXPECT_EQ(chain.stages[4].quantizer.bits, 4);
  EXPECT_EQ(chain.stages[4].quantizer.name, "c.input");
  EXPECT_EQ(plan->body[4].blocks.at(0).body.at(0).kind, PlanNode::Kind::Pool);
  EXPECT_TRUE(plan->findChoice("bits")->perLayer);
  EXPECT_EQ(plan->findParameter("x"), nullptr);
  EXPECT_EQ(plan->weightFunctions.size(), 4u);
}

std::string errorAfter(const std::string &from, const std::string &to) {
  std::string text = kText, error;
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  EXPECT_FALSE(parsePlan(text, "p", error)) << from;
  return error;
}

TEST(Plan, BrokenReferences) {
  EXPECT_EQ(errorAfter("\"parameter\": \"w\"", "\"parameter\": \"x\""),
            "p: body[1]: unknown parameter 'x'");
  EXPECT_EQ(errorAfter("\"choice\": \"e_0\"", "\"choice\": \"x\""),
            "p: body[1]: unknown choice 'x'");
  EXPECT_EQ(errorAfter("\"kernel\": \"k\"", "\"kernel\": \"x\""),
            "p: body[3]: kernel 'x' is not among kernels.functions");
  EXPECT_EQ(errorAfter("\"in\": 3}, {", "\"in\": 6}, {"),
            "p: body[3]: value 6 is not defined here");
  EXPECT_EQ(errorAfter("\"in\": 7, \"out\": 8", "\"in\": 6, \"out\": 8"),
            "p: body[5]: value 6 is not defined here");
  EXPECT_EQ(errorAfter("\"in\": 5, \"out\": 6", "\"in\": 5, \"out\": 2"),
            "p: body[4].body[0]: value 2 is defined twice");
  EXPECT_EQ(errorAfter("\"output\": 9", "\"output\": 11"),
            "p: value 11 is not defined here");
}

TEST(Plan, MissingWeightKernels) {
  const std::string whole = kText.substr(kText.find("[\"weight\""));
  for (bool transforms : {false, true})
    for (bool quantizes : {false, true}) {
      std::string name = weightKernelName(transforms, quantizes), list = whole;
      list.replace(list.find('"' + name + '"'), name.size() + 2, "\"k\"");
      EXPECT_EQ(errorAfter(whole, list),
                "p: body[1]: kernel '" + name +
                    "' is not among kernels.weightFunctions");
    }
  // A network without transforms needs two.
  std::string text = kText, error;
  for (const std::string &unused :
       {std::string(R"({"from": 5, "to": 3, "parameter": "t"})"),
        std::string(
            ", \"weight_transform\",\n   \"weight_transform_quantize\"")})
    text.replace(text.find(unused), unused.size(), "");
  EXPECT_TRUE(parsePlan(text, "p", error)) << error;
}

TEST(Plan, OldVersions) {
  EXPECT_EQ(errorAfter("\"formatVersion\": 3", "\"formatVersion\": 2"),
            "p: expected formatVersion 3, but got 2");
}

TEST(Plan, BrokenShapes) {
  EXPECT_EQ(errorAfter("[9, 9]", "[9, 8]"),
            "p: body[1]: transform 't' is not 9x9");
  EXPECT_EQ(errorAfter("[16, 5, 5, 1]", "[16, 5, 5]"),
            "p: body[1]: expected parameter 'w' of rank 4, but got rank 3");
  EXPECT_EQ(errorAfter("[16, 5, 5, 1]", "[16, 4, 4, 1]"),
            "p: body[1]: parameter 'w' has no odd square kernel");
  EXPECT_EQ(errorAfter("\"kind\": \"step\", \"shape\": []",
                       "\"kind\": \"step\", \"shape\": [2, 2]"),
            "p: body[1]: step 's' has more than one dimension");
  EXPECT_EQ(errorAfter("\"kind\": \"step\", \"shape\": []",
                       "\"kind\": \"step\", \"shape\": [3]"),
            "p: body[1]: step 's' has 3 entries for 2 bit-widths");
  EXPECT_EQ(errorAfter("\"bits\": 4,", "\"bits\": 4, \"entry\": 1,"),
            "p: body[3]: step 's' has no entry 1");
  EXPECT_EQ(errorAfter("\"from\": 5, \"to\": 3", "\"from\": 7, \"to\": 3"),
            "p: body[1]: transform 't' goes from 7 to 3, but the kernel is 5");
  EXPECT_EQ(errorAfter("\"from\": 5, \"to\": 3", "\"from\": 5, \"to\": 4"),
            "p: body[1]: transform 't' goes from 5 to 4, but the kernel is 5");
  EXPECT_EQ(errorAfter("\"mean\": [0.5]", "\"mean\": [0.5, 0.5]"),
            "p: body[0]: mean and std differ in length");
}

TEST(Plan, BrokenChains) {
  EXPECT_EQ(errorAfter("{\"op\": \"relu\"}, {\"op\": \"scale\", \"in\": 3}",
                       "{\"op\": \"rescale\"}"),
            "p: body[3]: 'rescale' is not the first stage");
  EXPECT_EQ(errorAfter("\"name\": \"c.input\"}]",
                       "\"name\": \"c.input\"}, {\"op\": \"relu\"}]"),
            "p: body[3]: 'quantize' is not the last stage");
}

TEST(Plan, StepEntries) {
  std::string text = kText, error;
  for (auto [from, to] : {std::pair<std::string, std::string>{
                              "\"kind\": \"step\", \"shape\": []",
                              "\"kind\": \"step\", \"shape\": [2]"},
                          {"\"bits\": 4,", "\"bits\": 4, \"entry\": 1,"}})
    text.replace(text.find(from), from.size(), to);
  std::optional<Plan> plan = parsePlan(text, "p", error);
  ASSERT_TRUE(plan) << error;
  const PlanQuantizer &elastic = *plan->body[1].weightQuantizer;
  EXPECT_EQ(plan->stepEntry(elastic, 2), 0);
  EXPECT_EQ(plan->stepEntry(elastic, 4), 1);
  EXPECT_EQ(plan->stepEntry(elastic, 3), -1);
  EXPECT_EQ(plan->stepEntry(plan->body[3].stages[4].quantizer, 4), 1);
}

TEST(Plan, BrokenChoices) {
  EXPECT_EQ(errorAfter("\"values\": [3, 5]", "\"values\": [3, 7]"),
            "p: body[1]: choice 'ks_0' has a kernel size that is not odd and "
            "at most 5");
  EXPECT_EQ(errorAfter("\"values\": [1, 2]", "\"values\": [1, 3]"),
            "p: body[4]: choice 'd_0' has a depth that is not from 1 to 2");
  EXPECT_EQ(errorAfter("\"values\": [2, 4]}]", "\"values\": [2, 9]}]"),
            "p: body[1]: choice 'bits' has a bit-width that is not an integer "
            "from 1 to 8");
  EXPECT_EQ(errorAfter("\"values\": [3, 5]", "\"values\": []"),
            "p: space.choices[0].values: expected at least one value");
  EXPECT_EQ(errorAfter("\"values\": [3, 5]", "\"values\": [3, 3]"),
            "p: choice 'ks_0' has a value twice");
}

TEST(Plan, BrokenSyntax) {
  EXPECT_EQ(errorAfter("\"op\": \"relu\"", "\"op\": \"gelu\""),
            "p: body[3].stages[1].op: unknown op 'gelu'");
  EXPECT_EQ(errorAfter("\"depthwise\": true", "\"depthwise\": 1"),
            "p: body[1].depthwise: expected true or false, but got number");
  EXPECT_EQ(errorAfter("\"blocks\": [", "\"blocks\": {}, \"old\": ["),
            "p: body[4].blocks: expected a list, but got object");
  EXPECT_EQ(errorAfter("\"stride\": 2", "\"stride\": 0"),
            "p: body[1].stride: expected an integer from 1 to 16, but got 0");
  EXPECT_EQ(errorAfter("\"classes\": 10,", ""), "p: key 'classes' is missing");
  EXPECT_EQ(errorAfter("kernels.so", "../evil.so"),
            "p: kernels.file: expected a file name, but got '../evil.so'");
}
} // namespace
