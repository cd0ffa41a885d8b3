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

TEST(Bounds, WeightsWithoutZero) {
  EXPECT_EQ(weightValue(-1, true), -1);
  EXPECT_EQ(weightValue(0, true), 1);
  EXPECT_EQ(weightValue(-3, false), -3);
  std::vector<int8_t> codes = {-2, 0, 1, -1}; // -3, 1, 3, -1 where odd
  std::vector<Interval> bounds =
      accumulatorIntervals(codes, 2, true, codeRange(2, false));
  EXPECT_EQ(bounds.at(0).lo, -9);
  EXPECT_EQ(bounds.at(0).hi, 3);
  EXPECT_EQ(bounds.at(1).lo, -3);
  EXPECT_EQ(bounds.at(1).hi, 9);
}

// Long enough for more than one block of sums, and for sums past 32 bits.
TEST(Bounds, ManyWeightsAreTheSumOfTheirTaps) {
  Random random(20261127);
  for (int64_t taps : {1, 100, 16384, 40001})
    for (bool odd : {false, true}) {
      std::vector<int16_t> codes(2 * static_cast<size_t>(taps));
      for (int16_t &code : codes)
        code = static_cast<int16_t>(random.below(65536) - 32768);
      std::fill_n(codes.begin(), taps, -32768);
      CodeRange range{-3, 255};
      std::vector<Interval> bounds = accumulatorIntervals(codes, 2, odd, range);
      for (size_t channel = 0; channel < 2; ++channel) {
        Interval bound;
        for (int64_t tap = 0; tap < taps; ++tap)
          addTap(bound, weightValue(codes[channel * taps + tap], odd), range);
        EXPECT_EQ(bounds[channel].lo, bound.lo);
        EXPECT_EQ(bounds[channel].hi, bound.hi);
      }
    }
}

TEST(Bounds, ZeroPoints) {
  CodeRange range = aroundZeroPoint(codeRange(3, false), 5);
  EXPECT_EQ(range.lo, -5);
  EXPECT_EQ(range.hi, 2);
  int8_t weights[] = {3, -1};
  Interval bound = accumulatorInterval(weights, 2, range);
  EXPECT_EQ(bound.lo, -15 - 2);
  EXPECT_EQ(bound.hi, 6 + 5);
}

TEST(Bounds, Fits) {
  EXPECT_TRUE(fitsBits({-32768, 32767}, 16));
  EXPECT_FALSE(fitsBits({-32769, 0}, 16));
  EXPECT_FALSE(fitsBits({0, 32768}, 16));
  EXPECT_TRUE(fitsBits({INT32_MIN, INT32_MAX}, 32));
  EXPECT_FALSE(fitsBits({0, int64_t(INT32_MAX) + 1}, 32));
}

TEST(Bounds, FlushLengthIsTheLongest) {
  for (int weightBits = 1; weightBits <= 8; ++weightBits)
    for (int inputBits = 1; inputBits <= 8; ++inputBits)
      for (bool odd : {false, true}) {
        CodeRange codes = codeRange(weightBits, true);
        CodeRange weights = {static_cast<int32_t>(weightValue(codes.lo, odd)),
                             static_cast<int32_t>(weightValue(codes.hi, odd))};
        CodeRange input = codeRange(inputBits, false);
        int64_t flush = flushLength(weights, input);
        auto fits = [&](int64_t count) {
          return fitsBits(
              {count * weights.lo * input.hi, count * weights.hi * input.hi},
              16);
        };
        EXPECT_TRUE(fits(flush)) << weightBits << " " << inputBits;
        EXPECT_FALSE(fits(flush + 1)) << weightBits << " " << inputBits;
      }
  // An odd weight of 8 bits times 8 bits leaves them at once.
  EXPECT_EQ(flushLength({-255, 255}, {0, 255}), 0);
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
