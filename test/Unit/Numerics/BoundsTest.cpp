//===- BoundsTest.cpp - Accumulator and value bounds ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Bounds.h"
#include "oqat/Numerics/Random.h"

#include <gtest/gtest.h>
#include <limits>

using namespace oqat::numerics;

namespace {
TEST(Bounds, UnsignedActivations) {
  int8_t weights[] = {-2, 1, 0, 1, -1};
  Interval bound = accumulatorInterval(weights, 5, codeRange(2, false));
  EXPECT_EQ(bound.lo, -9);
  EXPECT_EQ(bound.hi, 6);
  EXPECT_EQ(maxMagnitude(bound), 9);
}

TEST(Bounds, SignedActivations) {
  int8_t weights[] = {-2, 1};
  Interval bound = accumulatorInterval(weights, 2, codeRange(2, true));
  EXPECT_EQ(bound.lo, -2 - 2);
  EXPECT_EQ(bound.hi, 4 + 1);
}

TEST(Bounds, NoWeightsNoRange) {
  Interval bound = accumulatorInterval(nullptr, 0, codeRange(8, false));
  EXPECT_EQ(bound.lo, 0);
  EXPECT_EQ(bound.hi, 0);
  EXPECT_EQ(rescaleBound(bound, {3.0f, -0.5f}), 0.5f);
}

TEST(Bounds, AreReachedAndNeverPassed) {
  uint64_t seed = 20260106;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 500; ++round) {
    int bits = static_cast<int>(1 + random.below(8));
    bool isSigned = random.below(2);
    CodeRange range = codeRange(bits, isSigned);
    int8_t weights[9];
    for (int8_t &w : weights)
      w = static_cast<int8_t>(random.below(256));
    Interval bound = accumulatorInterval(weights, 9, range);
    int64_t lowest = 0, highest = 0;
    for (int8_t w : weights) {
      lowest += w < 0 ? w * range.hi : w * range.lo;
      highest += w < 0 ? w * range.lo : w * range.hi;
    }
    EXPECT_EQ(bound.lo, lowest);
    EXPECT_EQ(bound.hi, highest);
    Rescale r = {static_cast<float>(random.normal()),
                 static_cast<float>(random.normal())};
    float limit = rescaleBound(bound, r);
    for (int i = 0; i < 100; ++i) {
      auto spread = static_cast<uint64_t>(bound.hi - bound.lo + 1);
      int64_t acc = bound.lo + static_cast<int64_t>(random.below(spread));
      EXPECT_LE(std::fabs(rescale(acc, r)), limit);
    }
  }
}

TEST(Bounds, NaNIsNotHidden) {
  float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(joinBounds(1.0f, nan)));
  EXPECT_TRUE(std::isnan(joinBounds(nan, 1.0f)));
  EXPECT_TRUE(std::isnan(rescaleBound({-1, 1}, {nan, 0.0f})));
  EXPECT_EQ(joinBounds(1.0f, 2.0f), 2.0f);
  EXPECT_EQ(addBound(1.0f, 2.0f), 3.0f);
  EXPECT_EQ(hSigmoidBound(), 1.0f);
}
} // namespace
