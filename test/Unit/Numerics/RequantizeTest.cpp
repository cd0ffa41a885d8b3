//===- RequantizeTest.cpp - Maps and thresholds ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Requantize.h"
#include "oqat/Numerics/Activations.h"
#include "oqat/Numerics/Bounds.h"
#include "oqat/Numerics/Quantize.h"
#include "oqat/Numerics/Random.h"
#include "oqat/Numerics/Rescale.h"

#include <gtest/gtest.h>

using namespace oqat::numerics;

namespace {

std::vector<int32_t> thresholdsOf(std::vector<uint8_t> codes, int64_t lo,
                                  int32_t highest, bool falling) {
  auto found = findThresholds(std::move(codes), lo, highest);
  EXPECT_TRUE(found);
  EXPECT_EQ(found->falling, falling);
  return found ? found->values : std::vector<int32_t>();
}

TEST(Requantize, Rising) {
  // -3 to 4: the last accumulators with a code below 1, 2 and 3.
  EXPECT_EQ(thresholdsOf({0, 0, 1, 1, 1, 2, 3, 3}, -3, 3, false),
            (std::vector<int32_t>{-2, 1, 2}));
}

TEST(Requantize, Falling) {
  // 2 to 5: the complements are -6 to -3 with the codes 0, 0, 2, 3.
  EXPECT_EQ(thresholdsOf({3, 2, 0, 0}, 2, 3, true),
            (std::vector<int32_t>{-5, -5, -4}));
}

TEST(Requantize, CodesThatAreNeverReached) {
  // All pass the first threshold, none the last.
  EXPECT_EQ(thresholdsOf({1, 2}, 0, 3, false),
            (std::vector<int32_t>{-1, 0, 1}));
  EXPECT_EQ(thresholdsOf({0}, 0, 1, false), (std::vector<int32_t>{0}));
  EXPECT_EQ(thresholdsOf({1, 1}, 5, 1, false), (std::vector<int32_t>{4}));
}

TEST(Requantize, NeitherRisingNorFalling) {
  EXPECT_FALSE(findThresholds({0, 1, 0}, 0, 1));
  EXPECT_FALSE(findThresholds({1, 0, 1}, 0, 1));
}

TEST(Requantize, NoThresholdOutside32Bits) {
  EXPECT_FALSE(findThresholds({1, 1}, INT32_MIN, 1));
  EXPECT_TRUE(findThresholds({0, 1}, INT32_MIN, 1));
  EXPECT_TRUE(findThresholds({0, 0}, int64_t(INT32_MAX) - 1, 1));
}

/// A random epilogue of a channel, ties included: half of the factors are
/// powers of two.
struct Channel {
  explicit Channel(Random &random)
      : bits(static_cast<int>(1 + random.below(8))),
        activation(random.below(4)),
        zeroPoint(random.below(2)
                      ? static_cast<int32_t>(random.below(1ULL << bits))
                      : 0) {
    interval = {-static_cast<int64_t>(random.below(600)),
                static_cast<int64_t>(random.below(600))};
    auto pick = [&] {
      int power = static_cast<int>(random.below(6)) - 6;
      return random.below(2) ? std::ldexp(1.0f, power)
                             : static_cast<float>(random.normal()) / 16;
    };
    scale = {pick() * (random.below(2) ? -1.0f : 1.0f),
             static_cast<float>(random.below(17)) / 4 - 2};
    reciprocal = std::fabs(pick()) * static_cast<float>(8 << bits);
  }

  int32_t operator()(int64_t acc) const {
    float z = rescale(acc, scale);
    z = activation == 1   ? relu(z)
        : activation == 2 ? hSwish(z)
        : activation == 3 ? hSigmoid(z)
                          : z;
    int32_t highest = (1 << bits) - 1;
    return quantize(z, reciprocal, {-zeroPoint, highest - zeroPoint}) +
           zeroPoint;
  }

  int bits;
  uint64_t activation;
  int32_t zeroPoint;
  Interval interval;
  Rescale scale;
  float reciprocal;
};

TEST(Requantize, EveryAccumulatorOfRandomChannels) {
  uint64_t seed = 20261124;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  int rising = 0, falling = 0, neither = 0;
  for (int round = 0; round < 3000; ++round) {
    Channel channel(random);
    std::vector<uint8_t> codes;
    int64_t lo = channel.interval.lo;
    for (int64_t acc = lo; acc <= channel.interval.hi; ++acc)
      codes.push_back(static_cast<uint8_t>(channel(acc)));
    auto found = findThresholds(codes, lo, (1 << channel.bits) - 1);
    if (!found) {
      ++neither;
      // h_swish has a minimum; everything else keeps an order.
      EXPECT_EQ(channel.activation, 2u);
      EXPECT_NE(channel.zeroPoint, 0);
      continue;
    }
    ++(found->falling ? falling : rising);
    EXPECT_EQ(found->values.size(), (size_t(1) << channel.bits) - 1);
    EXPECT_TRUE(std::is_sorted(found->values.begin(), found->values.end()));
    for (int64_t acc = lo; acc <= channel.interval.hi; ++acc)
      EXPECT_EQ(applyThresholds(acc, found->falling, found->values.data(),
                                static_cast<int64_t>(found->values.size())),
                channel(acc));
  }
  EXPECT_GT(rising, 500);
  EXPECT_GT(falling, 500);
  EXPECT_GT(neither, 50);
}
} // namespace
