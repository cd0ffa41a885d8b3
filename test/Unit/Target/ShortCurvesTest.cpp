//===- ShortCurvesTest.cpp - h_swish in 16 bits ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Target/Generic/ShortCurves.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// Channels with h_swish and one quantizer.
struct Layer {
  explicit Layer(int32_t bits = 4, float reciprocal = 4.2f,
                 int32_t zeroPoint = 0)
      : bits(bits), reciprocal(reciprocal), zeroPoint(zeroPoint) {}

  void add(float scale, float bias, int32_t lo, int32_t hi) {
    ChannelEpilogue epilogue;
    epilogue.rescale = {scale, bias};
    epilogue.activation = ActivationKind::HSwish;
    epilogue.reciprocal = reciprocal;
    epilogue.zeroPoint = zeroPoint;
    epilogue.range = {-zeroPoint, (1 << bits) - 1 - zeroPoint};
    epilogues.push_back(epilogue);
    bounds.channels.push_back({lo, hi});
  }

  std::optional<ShortCurves> find() const {
    return findShortCurves(epilogues, bounds);
  }

  /// Every reachable accumulator of every channel, in 16 bits.
  void check(const ShortCurves &curves) const {
    using Shorts = std::numeric_limits<int16_t>;
    auto expectShort = [](int64_t value) {
      EXPECT_TRUE(value >= Shorts::min() && value <= Shorts::max()) << value;
    };
    expectShort(2 * int64_t(curves.bend));
    for (size_t c = 0; c < epilogues.size(); ++c)
      for (int64_t acc = bounds.channels[c].lo; acc <= bounds.channels[c].hi;
           ++acc) {
        SCOPED_TRACE("channel " + std::to_string(c) + ", accumulator " +
                     std::to_string(acc));
        ASSERT_EQ(curves(c, acc), epilogues[c](acc));
        auto q = std::clamp<int64_t>(acc, curves.lowest[c], curves.highest[c]);
        expectShort(q * curves.multipliers[c]);
        int64_t x = curves.getX(c, q);
        expectShort(x);
        expectShort(std::min<int64_t>(x, curves.bend) + curves.bend);
      }
  }

  int32_t bits;
  float reciprocal;
  int32_t zeroPoint;
  SmallVector<ChannelEpilogue> epilogues;
  AccumulatorBounds bounds;
};

} // namespace

TEST(ShortCurves, AreFoundForLayersOfFewBits) {
  size_t found = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    auto between = [&](double low, double high) {
      return static_cast<float>(
          std::uniform_real_distribution<>(low, high)(random));
    };
    // Some have codes below zero, from -0.375 on.
    Layer layer(4, between(3, 6), static_cast<int32_t>(seed % 3));
    for (int c = 0; c < 100; ++c) {
      float scale = between(0.01, 0.1) * (c % 4 == 3 ? -1 : 1);
      auto reach = static_cast<int32_t>(between(20, 3000));
      layer.add(scale, between(-3, 3), -reach / (1 + c % 3), reach);
    }
    if (auto curves = layer.find()) {
      ++found;
      layer.check(*curves);
    }
  }
  // Of 40.
  EXPECT_GE(found, 36u);
}

TEST(ShortCurves, CoverChannelsOfOneCode) {
  Layer layer;
  layer.add(0.05f, 0.0f, -500, -10);
  layer.add(0.05f, 0.0f, 200, 700);
  layer.add(-0.05f, 1.0f, 30, 40);
  layer.add(0.05f, 0.0f, 3, 3);
  layer.add(0.0f, 2.0f, -100, 100);
  auto curves = layer.find();
  ASSERT_TRUE(curves);
  layer.check(*curves);
}

TEST(ShortCurves, LookAtWhatLiesBetweenTheEnds) {
  // A quantizer with many codes below zero: h_swish falls and rises there.
  Layer layer(4, 12.0f, 5);
  for (float scale : {0.125f, 0.0625f, -0.0625f})
    layer.add(scale, 0.0f, -200, 200);
  auto curves = layer.find();
  ASSERT_TRUE(curves);
  layer.check(*curves);
  EXPECT_LT((*curves)(0, -12), (*curves)(0, -24));
  EXPECT_LT((*curves)(0, -12), (*curves)(0, 0));
}

TEST(ShortCurves, AreNoneBeyond16Bits) {
  Layer layer;
  layer.add(0.05f, 0.0f, -500, 500);
  EXPECT_TRUE(layer.find());
  layer.add(0.05f, 0.0f, -32769, 0);
  EXPECT_FALSE(layer.find());
  // Lines too flat to leave the window within 16 bits of accumulators.
  Layer flat;
  flat.add(0.0002f, 0.0f, -30000, 30000);
  EXPECT_FALSE(flat.find());
  // A line that only a large bias brings there is too coarse.
  Layer far;
  far.add(0.05f, -400.0f, 0, 10000);
  EXPECT_FALSE(far.find());
}

TEST(ShortCurves, HaveOneQuantizer) {
  Layer layer;
  layer.add(0.05f, 0.0f, -500, 500);
  layer.add(0.05f, 0.0f, -500, 500);
  layer.epilogues[1].reciprocal = 4;
  EXPECT_FALSE(layer.find());
  layer.epilogues[1].reciprocal = layer.epilogues[0].reciprocal;
  layer.epilogues[1].rescale.a = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(layer.find());
}
