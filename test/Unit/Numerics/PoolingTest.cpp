//===- PoolingTest.cpp - Order-free pooling (N4) --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Pooling.h"
#include "oqat/Numerics/Random.h"

#include <gtest/gtest.h>
#include <limits>
#include <vector>

using namespace oqat::numerics;

namespace {
TEST(Pooling, FractionCorners) {
  EXPECT_EQ(poolFraction(1, 1.0), 30);
  EXPECT_EQ(poolFraction(1, std::nextafter(1.0, 0.0)), 31);
  EXPECT_EQ(poolFraction(49, 6.0), 22);
  EXPECT_EQ(poolFraction(64, 1.0), 24);
  EXPECT_EQ(poolFraction(65, 1.0), 24);
  EXPECT_EQ(poolFraction(128, 1.0), 23);
  EXPECT_EQ(poolFraction(16, 0.0), 0);
  EXPECT_EQ(poolFraction(1, 1e-60), 126);
  EXPECT_EQ(poolFraction(1, 1e60), -126);
  EXPECT_EQ(poolFraction(1, 0x1p31), -1);
}

TEST(Pooling, FractionIsTheLargest) {
  uint64_t seed = 20260104;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int i = 0; i < 100000; ++i) {
    auto pixels = static_cast<int64_t>(1 + random.below(50176));
    double bound = std::ldexp(random.uniform(0.5, 1.0),
                              static_cast<int>(random.below(40)) - 20);
    int fraction = poolFraction(pixels, bound);
    double total = static_cast<double>(pixels) * bound;
    EXPECT_LT(std::ldexp(total, fraction), 0x1p31);
    EXPECT_GE(std::ldexp(total, fraction + 1), 0x1p31);
  }
}

TEST(Pooling, FixedRoundsHalfToEven) {
  EXPECT_EQ(toFixed(0.5f, 0), 0);
  EXPECT_EQ(toFixed(1.5f, 0), 2);
  EXPECT_EQ(toFixed(-2.5f, 0), -2);
  EXPECT_EQ(toFixed(-0.0f, 5), 0);
  EXPECT_EQ(toFixed(0.375f, 2), 2);
  EXPECT_EQ(toFixed(3.0f, -1), 2);
  EXPECT_EQ(toFixed(1.0f, 31), INT32_MAX);
  EXPECT_EQ(toFixed(-1.0f, 31), INT32_MIN);
  EXPECT_EQ(toFixed(-1e30f, 31), INT32_MIN);
  EXPECT_EQ(toFixed(std::numeric_limits<float>::quiet_NaN(), 3), 0);
}

TEST(Pooling, Mean) {
  EXPECT_EQ(poolMean(6, 1, 2), 1.5f);
  EXPECT_EQ(poolMean(-7, 0, 3), float(-7.0 / 3.0));
  EXPECT_EQ(poolMean(0, 20, 49), 0.0f);
  EXPECT_EQ(poolMean(int64_t(1) << 40, 40, 1), 1.0f);
}

TEST(Pooling, MaxTakesTheFirstOfEqualValues) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(maxStep(-infinity, -3.0f), -3.0f);
  EXPECT_EQ(maxStep(2.0f, -infinity), 2.0f);
  EXPECT_TRUE(std::signbit(maxStep(-0.0f, 0.0f)));
  EXPECT_FALSE(std::signbit(maxStep(0.0f, -0.0f)));
  EXPECT_EQ(maxStep(1.0f, std::numeric_limits<float>::quiet_NaN()), 1.0f);
}

TEST(Pooling, AnyOrderGivesTheSame) {
  uint64_t seed = 20260105;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  std::vector<float> values(49);
  for (float &value : values)
    value = static_cast<float>(random.uniform(-4.0, 4.0));
  int fraction = poolFraction(49, 4.0);
  int64_t forward = 0, backward = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    forward += toFixed(values[i], fraction);
    backward += toFixed(values[values.size() - 1 - i], fraction);
  }
  EXPECT_EQ(forward, backward);
  double mean = 0;
  for (float value : values)
    mean += value / 49.0;
  // Each term is off by at most 2^-F / 2.
  EXPECT_NEAR(poolMean(forward, fraction, 49), mean,
              std::ldexp(0.5, -fraction) + 1e-7);
}

TEST(Pooling, CodesAreRoundedOnce) {
  // Not of a product that is a float already.
  EXPECT_EQ(codePoolMean(19, 0.1f, 7), 0x1.15f16p-2f);
  EXPECT_NE(19 * 0.1f / 7, 0x1.15f16p-2f);
  EXPECT_EQ(codePoolMean(0, 0.1f, 7), 0.0f);
  EXPECT_EQ(codePoolMean(-49, 0.25f, 49), -0.25f);
  // A product that floats can't hold: (2^24 + 1) * 3 / 3.
  EXPECT_EQ(codePoolMean((int64_t(1) << 24) + 1, 3.0f, 3), 16777216.0f);
}
} // namespace
