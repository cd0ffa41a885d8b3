//===- CodeRunsTest.cpp - Codes of intervals ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Analysis/Requantization.h"

#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace mlir::oqat;
using mlir::bitpack::ActivationKind;
using Interval = ::oqat::numerics::Interval;

namespace {

ChannelEpilogue epilogueOf(float scale, float bias, float reciprocal,
                           std::optional<ActivationKind> activation,
                           int32_t zeroPoint) {
  ChannelEpilogue epilogue;
  epilogue.rescale = {scale, bias};
  epilogue.activation = activation;
  epilogue.reciprocal = reciprocal;
  epilogue.zeroPoint = zeroPoint;
  epilogue.range = {-zeroPoint, 255 - zeroPoint};
  return epilogue;
}

/// Every accumulator has the code of its run, and neighbours differ.
void check(const ChannelEpilogue &epilogue, Interval interval) {
  std::vector<CodeRun> runs = findCodeRuns(epilogue, interval);
  ASSERT_FALSE(runs.empty());
  ASSERT_EQ(runs.front().first, interval.lo);
  size_t run = 0;
  for (int64_t acc = interval.lo; acc <= interval.hi; ++acc) {
    if (run + 1 < runs.size() && runs[run + 1].first == acc) {
      ++run;
      ASSERT_NE(runs[run].code, runs[run - 1].code);
    }
    ASSERT_EQ(runs[run].code, epilogue(acc)) << "accumulator " << acc;
  }
  EXPECT_EQ(run + 1, runs.size());
}

const std::optional<ActivationKind> kActivations[] = {
    std::nullopt, ActivationKind::Relu, ActivationKind::Relu6,
    ActivationKind::HSigmoid, ActivationKind::HSwish};

} // namespace

TEST(CodeRuns, AreTheCodesOfEveryAccumulator) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    auto between = [&](double low, double high) {
      return std::uniform_real_distribution<double>(low, high)(random);
    };
    double scale = std::exp(between(-9, 1)) * (random() % 2 ? 1 : -1);
    auto lo = static_cast<int64_t>(between(-5000, 5000));
    auto hi = lo + static_cast<int64_t>(std::exp(between(0, 9)));
    auto bias = static_cast<float>(between(-6, 6));
    auto reciprocal = static_cast<float>(std::exp(between(-2, 6)));
    for (std::optional<ActivationKind> activation : kActivations)
      for (int32_t zeroPoint : {0, 1, 128, 255})
        check(epilogueOf(static_cast<float>(scale), bias, reciprocal,
                         activation, zeroPoint),
              {lo, hi});
  }
}

TEST(CodeRuns, AreThoseOfWhatIsNotFinite) {
  const float inf = std::numeric_limits<float>::infinity(),
              nan = std::numeric_limits<float>::quiet_NaN();
  for (std::optional<ActivationKind> activation : kActivations)
    for (float scale : {0.0f, -0.0f, 0.1f, -0.1f, inf, -inf, nan})
      for (float bias : {0.0f, inf, -inf, nan})
        for (float reciprocal : {0.0f, 4.0f, inf, nan})
          check(epilogueOf(scale, bias, reciprocal, activation, 13), {-9, 9});
}
