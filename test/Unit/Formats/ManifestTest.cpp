//===- ManifestTest.cpp - Manifests of compiled networks ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Manifest.h"

#include <gtest/gtest.h>

using namespace oqat::formats;

namespace {
const std::string kText = R"({"format": "oqat-manifest", "formatVersion": 1,
  "name": "net", "target": "generic",
  "input": {"height": 32, "width": 32, "channels": 3}, "classes": 10,
  "subnet": {"d": [1]},
  "tensors": [{"index": 0, "name": "logits", "dtype": "f32", "shape": [10]}],
  "layers": [{"name": "b1.ib", "kind": "pointwise", "bitsW": 2, "bitsA": 4,
              "macs": 100, "inputBytes": 20, "weightBytes": 8, "kernel": "plain",
              "accumulator": {"min": -30, "max": 45, "bits": 16}},
             {"name": "classifier", "kind": "linear", "bitsW": 32,
              "bitsA": 32, "macs": 10, "weightBytes": 40}],
  "weightBytes": {"stored": 64, "ideal": 60}, "artifactBytes": 1000,
  "scratchBytes": 2000, "preparedBytes": 3000, "weightsSha256": "ab"})";

TEST(Manifest, Reads) {
  std::string error;
  std::optional<Manifest> manifest = parseManifest(kText, "m", error);
  ASSERT_TRUE(manifest) << error;
  EXPECT_EQ(manifest->name, "net");
  EXPECT_EQ(manifest->height, 32);
  EXPECT_EQ(manifest->subnet, "{\"d\":[1]}");
  EXPECT_EQ(manifest->tensors.at(0).name, "logits");
  EXPECT_EQ(manifest->layers.at(0).bitsA, 4);
  EXPECT_EQ(manifest->storedWeightBytes, 64);
  EXPECT_EQ(manifest->layers.at(0).inputBytes, 20);
  EXPECT_FALSE(manifest->layers.at(1).inputBytes);
  ASSERT_TRUE(manifest->layers.at(0).accumulator);
  EXPECT_EQ(manifest->layers.at(0).accumulator->min, -30);
  EXPECT_EQ(manifest->layers.at(0).accumulator->max, 45);
  EXPECT_EQ(manifest->layers.at(0).accumulator->bits, 16);
  EXPECT_FALSE(manifest->layers.at(1).accumulator);
  EXPECT_FALSE(manifest->emulated);
  std::string text = kText;
  text.insert(text.find("\"input\""), "\"emulated\": true,");
  manifest = parseManifest(text, "m", error);
  ASSERT_TRUE(manifest) << error;
  EXPECT_TRUE(manifest->emulated);
}

std::string errorAfter(const std::string &from, const std::string &to) {
  std::string text = kText, error;
  text.replace(text.find(from), from.size(), to);
  EXPECT_FALSE(parseManifest(text, "m", error));
  return error;
}

/// The same network for two targets.
std::string several() {
  std::string text = kText;
  text.insert(text.find("\"input\""), R"("targets": [
    {"name": "avx2", "features": ["avx", "avx2"], "preparedBytes": 3000,
     "kernels": ["fast", "faster"]},
    {"name": "generic", "emulated": true, "preparedBytes": 2500,
     "kernels": ["slow", "slower"]}],)");
  return text;
}

TEST(Manifest, ReadsSeveralTargets) {
  std::string error;
  std::optional<Manifest> manifest = parseManifest(several(), "m", error);
  ASSERT_TRUE(manifest) << error;
  ASSERT_EQ(manifest->targets.size(), 2u);
  EXPECT_EQ(manifest->targets[0].features,
            (std::vector<std::string>{"avx", "avx2"}));
  EXPECT_FALSE(manifest->targets[0].emulated);
  EXPECT_TRUE(manifest->targets[1].emulated);
  EXPECT_EQ(manifest->targets[1].preparedBytes, 2500);
  manifest->select(0);
  EXPECT_EQ(manifest->target, "avx2");
  EXPECT_EQ(manifest->layers[1].kernel, "faster");
  manifest->select(1);
  EXPECT_TRUE(manifest->emulated);
  EXPECT_EQ(manifest->layers[0].kernel, "slow");
}

TEST(Manifest, OneTargetIsAListOfOne) {
  std::string error;
  std::optional<Manifest> manifest = parseManifest(kText, "m", error);
  ASSERT_TRUE(manifest) << error;
  ASSERT_EQ(manifest->targets.size(), 1u);
  EXPECT_EQ(manifest->targets[0].name, "generic");
  EXPECT_EQ(manifest->targets[0].preparedBytes, 3000);
  EXPECT_EQ(manifest->targets[0].kernels,
            (std::vector<std::string>{"plain", ""}));
  manifest->select(0);
  EXPECT_EQ(manifest->layers[0].kernel, "plain");
}

std::string errorOfTargets(const std::string &from, const std::string &to) {
  std::string text = several(), error;
  text.replace(text.find(from), from.size(), to);
  EXPECT_FALSE(parseManifest(text, "m", error));
  return error;
}

TEST(Manifest, ErrorsOfTargets) {
  EXPECT_EQ(errorOfTargets("[\"fast\", \"faster\"]", "[\"fast\"]"),
            "m: targets[0].kernels: expected one per layer, 2, but got 1");
  EXPECT_EQ(errorOfTargets("\"name\": \"generic\"", "\"name\": \"avx2\""),
            "m: targets[1].name: 'avx2' is another target's, too");
  EXPECT_EQ(errorOfTargets("\"avx\"", "1"),
            "m: targets[0].features[0]: expected a string, but got number");
  EXPECT_EQ(errorAfter("\"input\"", "\"targets\": [], \"input\""),
            "m: targets: expected at least one");
}

TEST(Manifest, Errors) {
  EXPECT_EQ(errorAfter("oqat-manifest", "other"),
            "m: expected format 'oqat-manifest', but got 'other'");
  EXPECT_EQ(errorAfter("formatVersion\": 1", "formatVersion\": 2"),
            "m: expected formatVersion 1, but got 2");
  EXPECT_EQ(errorAfter("\"height\"", "\"high\""),
            "m: input: key 'height' is missing");
  EXPECT_EQ(errorAfter("\"bitsW\": 2", "\"bitsW\": \"2\""),
            "m: layers[0].bitsW: expected a number, but got string");
  EXPECT_EQ(errorAfter("\"bits\": 16", "\"bits\": 64"),
            "m: layers[0].accumulator.bits: expected an integer from 16 to 32, "
            "but got 64");
}
} // namespace
