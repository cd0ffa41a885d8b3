//===- ShapeTest.cpp - Widths and picture sizes ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Shape.h"
#include "oqat/Numerics/Digest.h"

#include <gtest/gtest.h>

using namespace oqat::numerics;

namespace {
TEST(Shape, MakeDivisible) {
  struct Row {
    int64_t v, n;
  };
  for (Row row : {Row{0, 8},
                  {1, 8},
                  {8, 8},
                  {11, 16},
                  {12, 16},
                  {19, 24},
                  {20, 24},
                  {27, 32},
                  {28, 32},
                  {44, 48},
                  {59, 56},
                  {60, 64},
                  {83, 80},
                  {84, 88},
                  {100, 104},
                  {240, 240}})
    EXPECT_EQ(makeDivisible(row.v), row.n) << row.v;
}

TEST(Shape, Widths) {
  EXPECT_EQ(scaledWidth(16, 3), 48);
  EXPECT_EQ(scaledWidth(24, 2), 48);
  EXPECT_EQ(scaledWidth(24, 1.2), 32);
  EXPECT_EQ(squeezeWidth(48), 16);
  EXPECT_EQ(squeezeWidth(64), 16);
  EXPECT_EQ(squeezeWidth(960), 240);
  EXPECT_EQ(squeezeWidth(16), 8);
}

TEST(Shape, Convolutions) {
  // 188 -> 94 -> 47 -> 24 -> 12 -> 6, whatever the kernel.
  for (int64_t k : {1, 3, 5, 7}) {
    EXPECT_EQ(convOutput(188, k, 2), 94);
    EXPECT_EQ(convOutput(47, k, 2), 24);
    EXPECT_EQ(convOutput(1, k, 2), 1);
    EXPECT_EQ(convOutput(33, k, 1), 33);
  }
}

TEST(Digest, KnownValues) {
  EXPECT_EQ(fnv1a64(""), 0xcbf29ce484222325ull);
  EXPECT_EQ(fnv1a64("a"), 0xaf63dc4c8601ec8cull);
  EXPECT_EQ(fnv1a64("foobar"), 0x85944171f73967e8ull);
  EXPECT_EQ(fnv1a64("bar", 3, fnv1a64("foo")), fnv1a64("foobar"));
}
} // namespace
