//===- FloatLinesTest.cpp - Codes rounded from lines of floats ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Target/Generic/FloatLines.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// Channels with one quantizer and activation, of random scales and biases.
struct Layer {
  Layer(unsigned seed, std::optional<ActivationKind> activation,
        int32_t zeroPoint, int32_t width)
      : random(seed), width(width) {
    std::uniform_real_distribution<float> unit(0.5f, 2.0f);
    for (int c = 0; c < 8; ++c) {
      // Codes from one end to the other, and beyond.
      float step = 8 * unit(random) / static_cast<float>(width);
      ChannelEpilogue epilogue;
      epilogue.rescale = {c % 3 == 2 ? -step : step, 4 * unit(random) - 5};
      epilogue.activation = activation;
      epilogue.reciprocal = 37.3f;
      epilogue.zeroPoint = zeroPoint;
      epilogue.range = {-zeroPoint, 255 - zeroPoint};
      epilogues.push_back(epilogue);
      int32_t lo = -static_cast<int32_t>(random() % width);
      bounds.channels.push_back({lo, lo + width});
    }
  }

  /// Every reachable accumulator of every channel.
  void check(const FloatLines &lines) const {
    for (size_t c = 0; c < epilogues.size(); ++c) {
      auto [lowest, highest] = epilogues[c].getStored();
      for (int64_t acc = bounds.channels[c].lo; acc <= bounds.channels[c].hi;
           ++acc)
        ASSERT_EQ(std::clamp<float>(std::nearbyint(lines(c, acc)),
                                    static_cast<float>(lowest),
                                    static_cast<float>(highest)),
                  static_cast<float>(epilogues[c](acc)))
            << "channel " << c << ", accumulator " << acc;
    }
  }

  std::mt19937 random;
  int32_t width;
  SmallVector<ChannelEpilogue> epilogues;
  AccumulatorBounds bounds;
};

using Activations = std::vector<std::optional<ActivationKind>>;

} // namespace

TEST(FloatLines, GiveTheCodesOfTheEpilogue) {
  size_t found = 0, layers = 0;
  for (std::optional<ActivationKind> activation :
       Activations{std::nullopt, ActivationKind::Relu, ActivationKind::HSwish})
    for (int32_t zeroPoint : {0, 13})
      for (int32_t width : {1, 40, 1000, 50000})
        for (unsigned seed = 1; seed <= 5; ++seed) {
          // Relu doesn't let codes below the zero point.
          if (activation == ActivationKind::Relu && zeroPoint != 0)
            continue;
          SCOPED_TRACE("seed " + std::to_string(seed) + ", width " +
                       std::to_string(width));
          Layer layer(seed, activation, zeroPoint, width);
          std::optional<FloatLines> lines =
              findFloatLines(layer.epilogues, layer.bounds);
          ++layers;
          if (!lines)
            continue;
          ++found;
          layer.check(*lines);
        }
  EXPECT_GT(10 * found, 9 * layers);
}

TEST(FloatLines, AreMovedWhereRoundingDiffers) {
  // Of 300000 codes, some lie so close to the middle between two that the
  // nearest line gives another one.
  size_t moved = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    Layer layer(seed, std::nullopt, 0, 40000);
    std::optional<FloatLines> lines =
        findFloatLines(layer.epilogues, layer.bounds);
    if (!lines)
      continue;
    layer.check(*lines);
    for (auto [epilogue, factor] :
         llvm::zip_equal(layer.epilogues, lines->factors))
      moved += factor != static_cast<float>(double(epilogue.reciprocal) *
                                            double(epilogue.rescale.a));
  }
  EXPECT_GT(moved, 0u);
}

TEST(FloatLines, AreNoneForOtherFunctions) {
  // Codes of relu do not fall below the zero point, those of a line do.
  Layer layer(1, ActivationKind::Relu, 13, 1000);
  EXPECT_FALSE(findFloatLines(layer.epilogues, layer.bounds));
  // One slope serves all channels.
  Layer swish(1, ActivationKind::HSwish, 0, 1000);
  EXPECT_TRUE(findFloatLines(swish.epilogues, swish.bounds));
  swish.epilogues[3].reciprocal = 36;
  EXPECT_FALSE(findFloatLines(swish.epilogues, swish.bounds));
  // Not all of a third of 2^30 accumulators are tried.
  Layer wide(1, ActivationKind::HSwish, 0, 1 << 30);
  EXPECT_FALSE(findFloatLines(wide.epilogues, wide.bounds));
}
