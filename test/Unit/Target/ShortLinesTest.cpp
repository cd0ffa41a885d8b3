//===- ShortLinesTest.cpp - Thresholds on lines of 16 bits ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Target/Generic/ShortLines.h"

#include "mlir/IR/MLIRContext.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <utility>

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// Thresholds of channels and what can reach them.
class Layer {
public:
  Layer() { context.loadDialect<BitpackDialect>(); }

  /// Of rounding acc * scale + bias, with `scale` below 0 where the code falls.
  void addLine(double scale, double bias, int32_t lo, int32_t hi) {
    std::vector<int32_t> own;
    for (int32_t k = 0; k < steps; ++k)
      own.push_back(static_cast<int32_t>(
          std::floor((k + 0.5 - bias) / std::fabs(scale))));
    addThresholds(own, scale < 0, lo, hi);
  }
  void addThresholds(const std::vector<int32_t> &own, bool falls, int32_t lo,
                     int32_t hi) {
    values.insert(values.end(), own.begin(), own.end());
    falling.push_back(falls);
    bounds.channels.push_back({lo, hi});
    bounds.layer.lo = std::min<int64_t>(bounds.layer.lo, lo);
    bounds.layer.hi = std::max<int64_t>(bounds.layer.hi, hi);
  }

  std::optional<ShortLines> find() {
    auto type =
        RankedTensorType::get({static_cast<int64_t>(falling.size()), steps},
                              IntegerType::get(&context, 32));
    return findShortLines(
        ThresholdsAttr::get(&context, DenseIntElementsAttr::get(type, values),
                            DenseBoolArrayAttr::get(&context, falling)),
        bounds);
  }
  int64_t count(size_t channel, int64_t accumulator) const {
    int64_t x = falling[channel] ? ~accumulator : accumulator;
    return std::count_if(values.begin() + channel * steps,
                         values.begin() + (channel + 1) * steps,
                         [=](int32_t value) { return x > value; });
  }
  /// Every reachable accumulator of every channel, and that a line rises or
  /// falls as the channel does.
  void check(const ShortLines &lines) const {
    for (size_t c = 0; c < falling.size(); ++c) {
      ASSERT_GE(lines.factors[c] * (falling[c] ? -1 : 1), 0) << "channel " << c;
      for (int64_t x = bounds.channels[c].lo; x <= bounds.channels[c].hi; ++x)
        ASSERT_EQ(lines(c, x), count(c, x)) << "channel " << c << ", " << x;
    }
  }

  int64_t steps = 15;
  SmallVector<bool> falling;
  AccumulatorBounds bounds;

private:
  MLIRContext context;
  SmallVector<int32_t> values;
};

} // namespace

TEST(ShortLines, AreFoundForRoundedLines) {
  size_t found = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    auto between = [&](double low, double high) {
      return std::uniform_real_distribution<>(low, high)(random);
    };
    Layer layer;
    layer.steps = seed % 3 == 0 ? 7 : 15;
    for (int c = 0; c < 20; ++c) {
      double scale = between(0.1, 0.4) * (c % 4 == 3 ? -1 : 1);
      int32_t reach = static_cast<int32_t>(between(20, 900));
      layer.addLine(scale, between(-2, 2), -reach / (1 + c % 3), reach);
    }
    if (auto lines = layer.find()) {
      ++found;
      layer.check(*lines);
    }
  }
  // Of 40; some channels have no line of 16 bits.
  EXPECT_GE(found, 30u);
}

TEST(ShortLines, CoverChannelsThatReachNoThreshold) {
  Layer layer;
  layer.addLine(0.25, 0, -500, -10);
  layer.addLine(0.25, 0, 100, 700);
  layer.addLine(-0.25, 0, 30, 40);
  layer.addLine(0.25, 0, 5, 6);
  auto lines = layer.find();
  ASSERT_TRUE(lines);
  layer.check(*lines);
}

TEST(ShortLines, NeverTurnBack) {
  // All accumulators are on one side of every threshold, or nearly all are:
  // what a line must get right is next to an end, and only its direction keeps
  // the other end on the same side.
  constexpr std::pair<int32_t, int32_t> kReachable[] = {
      {-500, -1}, {500, 600}, {-600, 40}, {-450, 450}, {3, 3}};
  Layer layer;
  for (double scale : {0.5, -0.5, 0.015625, -0.015625})
    for (auto [lo, hi] : kReachable)
      layer.addLine(scale, 0, lo, hi);
  auto lines = layer.find();
  ASSERT_TRUE(lines);
  layer.check(*lines);
}

TEST(ShortLines, AreForAccumulatorsOf16Bits) {
  Layer layer;
  layer.addLine(0.125, 0, -300, 300);
  auto lines = layer.find();
  ASSERT_TRUE(lines);
  layer.check(*lines);
  layer.addLine(0.125, 0, -32768, 300);
  EXPECT_FALSE(layer.find());
}

TEST(ShortLines, AreNotForCurves) {
  Layer layer;
  std::vector<int32_t> curve;
  for (int32_t k = 0; k < layer.steps; ++k)
    curve.push_back(k * k * 4);
  layer.addThresholds(curve, /*falls=*/false, -1000, 1000);
  EXPECT_FALSE(layer.find());
}
