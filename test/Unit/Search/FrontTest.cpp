//===- FrontTest.cpp - Results of a search --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Search/Front.h"
#include "oqat/Formats/Json.h"

#include <gtest/gtest.h>

using namespace oqat::formats;
using namespace oqat::train;

namespace {
Found make(int64_t macs, int64_t bops, double top1, bool isEvolved) {
  SubnetConfig config;
  config.set("d", std::vector<double>{double(macs)});
  return {config, {macs, 7, bops, 9}, top1, isEvolved};
}

std::vector<Found> examples() {
  return {make(10, 5, 50, true), make(20, 4, 60, true), make(30, 3, 60, false),
          make(40, 9, 70, true)};
}

TEST(Front, ByTheLimitedCosts) {
  Limits none, bops, both;
  bops.bops = 10;
  both.bops = 10;
  both.macs = 100;
  EXPECT_EQ(frontOf(examples(), none), (std::vector<size_t>{0, 1, 3}));
  EXPECT_EQ(frontOf(examples(), bops), (std::vector<size_t>{2, 3}));
  EXPECT_EQ(frontOf(examples(), both), (std::vector<size_t>{0, 1, 2, 3}));
}

TEST(Front, Limits) {
  Limits limits;
  limits.macs = 20;
  EXPECT_TRUE(limits.allow({20, 1, 1, 1}));
  EXPECT_FALSE(limits.allow({21, 1, 1, 1}));
  limits.weightBytes = 5;
  EXPECT_FALSE(limits.allow({20, 1, 1, 6}));
}

TEST(Front, BestIsTheCheaperOfEquals) {
  std::vector<Found> found = examples();
  EXPECT_EQ(bestOf(found), 3u);
  found[3].top1 = 60;
  EXPECT_EQ(bestOf(found), 1u);
}

TEST(Front, FileNamesItsEntries) {
  std::string error, text = writeFront(examples(), {});
  auto parsed = parseJson(text, "front", error);
  ASSERT_TRUE(parsed) << error;
  const Json &json = *parsed;
  EXPECT_EQ(json["format"], "oqat-front");
  EXPECT_EQ(json["subnets"].size(), 3u);
  EXPECT_EQ(json["evaluated"].size(), 4u);
  auto picked = parseSubnet(text, "front", "front-2", error);
  ASSERT_TRUE(picked) << error;
  EXPECT_EQ(picked->find("d")->entries, (std::vector<double>{20}));
}

TEST(Front, TableShowsBothKinds) {
  std::string text = describe(examples(), {});
  EXPECT_NE(text.find("evolved: 3 subnets, top-1 best 70.00 %, mean 60.00 %"),
            std::string::npos);
  EXPECT_NE(text.find("random : 1 subnets, top-1 best 60.00 %"),
            std::string::npos);
  EXPECT_NE(text.find("front-3"), std::string::npos);
  EXPECT_EQ(text.find("front-4"), std::string::npos);
}
} // namespace
