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
