//===- RandomTest.cpp - Counter-based random numbers ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Random.h"

#include <gtest/gtest.h>
#include <set>

using namespace oqat::numerics;

namespace {
// The published first outputs of splitmix64 for seed 1234567.
TEST(Random, KnownValues) {
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317ull);
  EXPECT_EQ(random.next(), 3203168211198807973ull);
  EXPECT_EQ(random.next(), 9817491932198370423ull);
}

TEST(Random, AnyPlaceOfAStream) {
  Random random(99);
  for (uint64_t i = 0; i < 100; ++i)
    EXPECT_EQ(random.next(), randomAt(99, i));
  EXPECT_EQ(Random(99, 7).next(), randomAt(99, 7));
}

TEST(Random, StaysInItsRange) {
  Random random(5);
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    uint64_t value = random.below(7);
    EXPECT_LT(value, 7u);
    seen.insert(value);
    double real = random.uniform(-2.0, 3.0);
    EXPECT_GE(real, -2.0);
    EXPECT_LT(real, 3.0);
  }
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_EQ(random.below(1), 0u);
}

TEST(Random, NormalHasUnitVariance) {
  Random random(6);
  double sum = 0, squares = 0;
  for (int i = 0; i < 100000; ++i) {
    double value = random.normal();
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / 100000, 0.0, 0.02);
  EXPECT_NEAR(squares / 100000, 1.0, 0.02);
}

TEST(Random, CombinedSeedsDiffer) {
  std::set<uint64_t> seen;
  for (uint64_t x = 0; x < 100; ++x)
    for (uint64_t y = 0; y < 100; ++y)
      seen.insert(combineSeeds(x, y));
  EXPECT_EQ(seen.size(), 10000u);
}
} // namespace
