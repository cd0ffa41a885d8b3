//===- SearchSpaceTest.cpp - A plan's choices as genes --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Search/SearchSpace.h"
#include "train/Model/Support.h"

#include <gtest/gtest.h>
#include <set>

using namespace oqat;
using namespace oqat::train;

namespace {
// Two blocks of one stage, each with a kernel and a width of its own, values
// in no order; a choice that nothing uses.
const char *kText = R"({"format": "oqat-plan", "formatVersion": 3,
 "network": "net", "classes": 2,
 "space": {"choices": [
  {"name": "size", "key": "image_size", "values": [32, 24]},
  {"name": "k0", "key": "ks", "index": 0, "values": [5, 3]},
  {"name": "k1", "key": "ks", "index": 1, "values": [3, 5]},
  {"name": "e0", "key": "e", "index": 0, "values": [4, 2, 3]},
  {"name": "e1", "key": "e", "index": 1, "values": [2, 4]},
  {"name": "d0", "key": "d", "index": 0, "values": [1, 2]},
  {"name": "idle", "key": "x", "values": [1, 2]},
  {"name": "bw", "key": "bits_w", "perLayer": true, "values": [2, 4]},
  {"name": "ba", "key": "bits_a", "perLayer": true, "values": [2, 4]}]},
 "parameters": [{"name": "w", "kind": "weight", "shape": [16, 5, 5, 16]}],
 "input": 0, "output": 10,
 "body": [{"op": "stage", "choice": "d0", "in": 0, "out": 10, "blocks": [
  {"arg": 1, "result": 2, "body": [
   {"op": "conv2d", "name": "a", "in": 1, "out": 2, "stride": 1,
    "depthwise": false, "weight": {"parameter": "w",
     "out": {"base": 4, "choice": "e0"}, "in": null,
     "kernel": {"choice": "k0"}, "transforms": []},
    "weightQuantizer": null}]},
  {"arg": 3, "result": 4, "body": [
   {"op": "conv2d", "name": "b", "in": 3, "out": 4, "stride": 1,
    "depthwise": false, "weight": {"parameter": "w", "out": null,
     "in": {"base": 4, "choice": "e1"},
     "kernel": {"choice": "k1"}, "transforms": []},
    "weightQuantizer": null}]}]}],
 "kernels": {"file": "k.so", "functions": [],
  "weightFunctions": ["weight", "weight_quantize", "weight_transform",
   "weight_transform_quantize"]}})";

formats::Plan plan() {
  std::string error;
  auto plan = formats::parsePlan(kText, "p", error);
  EXPECT_TRUE(plan) << error;
  return *plan;
}

TEST(SearchSpace, OptionsAscend) {
  formats::Plan p = plan();
  SearchSpace space(p, {2});
  ASSERT_EQ(space.genes().size(), 7u);
  EXPECT_EQ(formats::writeSubnet(space.subnet({0, 0, 0, 0, 0, 0, 0})),
            "{\"image_size\":24,\"ks\":[3,3],\"e\":[2,2],\"d\":[1],"
            "\"bits_w\":2,\"bits_a\":2,\"x\":1}\n");
  EXPECT_EQ(formats::writeSubnet(space.subnet({1, 1, 1, 2, 1, 1, 1})),
            "{\"image_size\":32,\"ks\":[5,5],\"e\":[4,4],\"d\":[2],"
            "\"bits_w\":2,\"bits_a\":2,\"x\":2}\n");
}

TEST(SearchSpace, ABlockIsAGroup) {
  formats::Plan p = plan();
  std::vector<solver::Gene> genes = SearchSpace(p, {4}).genes();
  EXPECT_EQ(genes[1].group, genes[3].group);
  EXPECT_EQ(genes[2].group, genes[4].group);
  std::set<int> groups;
  for (const solver::Gene &gene : genes)
    groups.insert(gene.group);
  EXPECT_EQ(groups.size(), 5u);
  EXPECT_EQ(genes[0].mutation, 0.5);
  EXPECT_EQ(genes[5].mutation, 0.1);
}

TEST(SearchSpace, WhatDoesNotRunIsZero) {
  formats::Plan p = plan();
  SearchSpace space(p, {2});
  solver::Candidate candidate = {1, 1, 1, 2, 1, 1, 1};
  space.canonicalize(candidate);
  EXPECT_EQ(candidate, (solver::Candidate{1, 1, 1, 2, 1, 1, 0}));
  candidate[5] = 0;
  space.canonicalize(candidate);
  EXPECT_EQ(candidate, (solver::Candidate{1, 1, 0, 2, 0, 0, 0}));
}

// The same network with its layers quantized: a gene per layer for weights and
// one for activations, behind those of the choices.
TEST(SearchSpace, MixedBits) {
  std::string text = kText, error;
  const std::string none = "\"weightQuantizer\": null",
                    some = "\"weightQuantizer\": {\"step\": \"s\", \"signed\": "
                           "true, \"bits\": {\"choice\": \"bw\"}}";
  for (size_t at = 0; (at = text.find(none, at)) != std::string::npos;)
    text.replace(at, none.size(), some);
  text.replace(text.find("\"parameters\": ["), 15,
               "\"parameters\": [{\"name\": \"s\", \"kind\": \"step\", "
               "\"shape\": [2]}, ");
  auto p = formats::parsePlan(text, "p", error);
  ASSERT_TRUE(p) << error;
  SearchSpace space(*p, {4, 2, 4});
  ASSERT_EQ(space.genes().size(), 11u);
  EXPECT_EQ(space.genes()[7].options, 2);
  EXPECT_NE(space.genes()[7].group, space.genes()[9].group);
  solver::Candidate candidate = {0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0};
  EXPECT_EQ(formats::writeSubnet(space.subnet(candidate)),
            "{\"image_size\":24,\"ks\":[3,3],\"e\":[2,2],\"d\":[2],"
            "\"bits_w\":[2,4],\"bits_a\":[4,2],\"x\":1}\n");
  // The second block does not run: neither do its bits.
  candidate[5] = 0;
  space.canonicalize(candidate);
  EXPECT_EQ(candidate, (solver::Candidate{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}));
  EXPECT_EQ(formats::writeSubnet(space.subnet(candidate)),
            "{\"image_size\":24,\"ks\":[3,3],\"e\":[2,2],\"d\":[1],"
            "\"bits_w\":[2],\"bits_a\":[4],\"x\":1}\n");
}

TEST(SearchSpace, BitsMustBeOffered) {
  formats::Plan p = plan();
  try {
    SearchSpace space(p, {3});
    FAIL();
  } catch (const Error &error) {
    EXPECT_STREQ(error.what(), "the space offers no 3 bits for 'bits_w'");
  }
}
} // namespace
