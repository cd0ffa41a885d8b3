//===- SubnetTest.cpp - Subnet files --------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Subnet.h"
#include "oqat/Formats/File.h"

#include <gtest/gtest.h>

using namespace oqat::formats;

namespace {
const char *kText = R"({"image_size": 28, "ks": [3, 5], "e": [2, 4], "d": [1],
  "bits_w": 4, "bits_a": [2, 3], "supernet": "x", "top1": 1.5, "exact": {}})";

std::string errorOf(const std::string &fileOrText) {
  std::string error;
  EXPECT_FALSE(readSubnet(fileOrText, error));
  return error;
}

TEST(Subnet, ParsesNumbersAndLists) {
  std::string error;
  std::optional<SubnetConfig> config = readSubnet(kText, error);
  ASSERT_TRUE(config) << error;
  EXPECT_EQ(config->imageSize(), 28);
  EXPECT_EQ(config->find("ks")->entries, (std::vector<double>{3, 5}));
  EXPECT_FALSE(config->find("bits_w")->isList);
  EXPECT_EQ(config->find("bits_w")->at(7), 4);
  EXPECT_EQ(config->find("bits_a")->at(1), 3);
  EXPECT_EQ(config->find("bits_a")->at(2), std::nullopt);
  EXPECT_EQ(config->find("supernet"), nullptr);
  EXPECT_EQ(config->find("exact"), nullptr);
}

TEST(Subnet, WritesInAFixedOrder) {
  std::string error;
  SubnetConfig config = *readSubnet(kText, error);
  EXPECT_EQ(writeSubnet(config),
            "{\"image_size\":28,\"ks\":[3,5],\"e\":[2,4],\"d\":[1],"
            "\"bits_w\":4,\"bits_a\":[2,3],\"top1\":1.5}\n");
  EXPECT_EQ(writeSubnet(*readSubnet(writeSubnet(config), error)),
            writeSubnet(config));
}

TEST(Subnet, SpellsTheResidualPolicyInWords) {
  std::string error;
  for (auto [text, bits] : {std::pair("f32", 32.0), std::pair("i8", 8.0)}) {
    std::string line = std::string("{\"bits_w\":4,\"bits_ends\":8,"
                                   "\"residual\":\"") +
                       text + "\"}\n";
    std::optional<SubnetConfig> config = readSubnet(line, error);
    ASSERT_TRUE(config) << error;
    EXPECT_EQ(config->find("residual")->at(0), bits);
    EXPECT_EQ(writeSubnet(*config), line);
  }
  for (const char *text : {"8", "\"f16\"", "[\"i8\"]", "null"})
    EXPECT_EQ(errorOf(std::string("{\"residual\": ") + text + "}"),
              "subnet: residual: expected \"f32\" or \"i8\"");
}

TEST(Subnet, PicksAnEntryById) {
  std::string error, path = testing::TempDir() + "oqat-subnets.json";
  ASSERT_TRUE(writeFileAtomically(
      path, {R"({"subnets": [{"id": "a", "d": [1]}, {"id": "b", "d": [2]}]})"},
      error));
  std::optional<SubnetConfig> config = readSubnet(path + "#b", error);
  ASSERT_TRUE(config) << error;
  EXPECT_EQ(config->id, "b");
  EXPECT_EQ(config->find("d")->at(0), 2);
  EXPECT_EQ(errorOf(path + "#c"),
            path + ": no subnet has the id 'c': there are 'a', 'b'");
  EXPECT_EQ(errorOf(path), path + ": subnets: say which one by its id, as "
                                  "FILE#ID: there are 'a', 'b'");
  EXPECT_EQ(errorOf("{\"subnets\": [{\"id\": 1}, 2]}"),
            "subnet: subnets: say which one by its id, as FILE#ID: none has "
            "an id");
}

TEST(Subnet, Errors) {
  EXPECT_EQ(errorOf("{\"ks\": \"big\"}"),
            "subnet: ks: expected a number or a list of numbers");
  EXPECT_EQ(errorOf("{\"e\": [1, null]}"),
            "subnet: e: expected a number or a list of numbers");
  EXPECT_EQ(errorOf("/no/such.json#x"),
            "/no/such.json: cannot open: No such file or directory");
  EXPECT_EQ(errorOf("{\"a\": " + std::string(100, '[')),
            "subnet:1:70: nested more than 64 deep");
  std::string error;
  EXPECT_FALSE(parseSubnet("[1]", "x", "", error));
  EXPECT_EQ(error, "x: expected an object");
}

TEST(Subnet, ImageSizeMustBeAPositiveInteger) {
  for (double size : {0.0, -4.0, 24.5, 1e18}) {
    SubnetConfig config;
    config.set("image_size", size);
    EXPECT_EQ(config.imageSize(), std::nullopt) << size;
  }
}
} // namespace
