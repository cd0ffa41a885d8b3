//===- WinogradTest.cpp - Minimal filtering of 3x3 kernels in integers ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Winograd.h"
#include "oqat/Numerics/Random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

using namespace oqat::numerics;

namespace {

/// The 2x2 outputs of a tile, times 4.
std::array<int, 4> convolve(const std::array<int, 16> &tile,
                            const std::array<int, 9> &kernel) {
  std::array<int, 4> sums = {};
  for (int output = 0; output < 4; ++output)
    for (int tap = 0; tap < 9; ++tap) {
      int y = output / 2 + tap / 3, x = output % 2 + tap % 3;
      sums[output] += 4 * tile[y * 4 + x] * kernel[tap];
    }
  return sums;
}

std::array<int, 4> filter(const std::array<int, 16> &tile,
                          const std::array<int, 9> &kernel) {
  PlainRing ring;
  std::array<int, 16> products = winogradInput(tile, ring);
  std::array<int, 16> weights = winogradFilter(kernel, ring);
  for (size_t i = 0; i < products.size(); ++i)
    products[i] *= weights[i];
  return winogradOutput(products, ring);
}

} // namespace

TEST(Winograd, EqualsTheConvolution) {
  const uint64_t seed = 7;
  uint64_t next = 0;
  for (int round = 0; round < 2000; ++round) {
    std::array<int, 16> tile;
    std::array<int, 9> kernel;
    for (int &code : tile)
      code = static_cast<int>(randomAt(seed, next++) % 256);
    for (int &weight : kernel)
      weight = static_cast<int>(randomAt(seed, next++) % 256) - 128;
    ASSERT_EQ(filter(tile, kernel), convolve(tile, kernel))
        << "seed " << seed << ", round " << round;
  }
}

/// Each input alone with each tap alone: both are linear, so this is a proof.
TEST(Winograd, EqualsTheConvolutionOfEveryPair) {
  for (int input = 0; input < 16; ++input)
    for (int tap = 0; tap < 9; ++tap) {
      std::array<int, 16> tile = {};
      std::array<int, 9> kernel = {};
      tile[input] = kernel[tap] = 1;
      EXPECT_EQ(filter(tile, kernel), convolve(tile, kernel))
          << "input " << input << ", tap " << tap;
    }
}

/// What makes it a privilege of few bits: 4-bit weights stay signed bytes,
/// 5-bit ones need not; transformed codes span four times the range of codes.
TEST(Winograd, RangesOfFewBits) {
  for (int bits = 2; bits <= 5; ++bits) {
    int lowest = 0, highest = 0, span = 0;
    int low = -(1 << (bits - 1)), most = (1 << bits) - 1;
    std::array<int, 16> lows = {}, highs = {};
    for (int signs = 0; signs < 512; ++signs) {
      std::array<int, 9> kernel;
      for (int tap = 0; tap < 9; ++tap)
        kernel[tap] = signs >> tap & 1 ? low : -low - 1;
      for (int weight : winogradFilter(kernel, PlainRing())) {
        lowest = std::min(lowest, weight);
        highest = std::max(highest, weight);
      }
    }
    for (int codes = 0; codes < 65536; ++codes) {
      std::array<int, 16> tile;
      for (int i = 0; i < 16; ++i)
        tile[i] = codes >> i & 1 ? most : 0;
      std::array<int, 16> moved = winogradInput(tile, PlainRing());
      for (int i = 0; i < 16; ++i) {
        lows[i] = std::min(lows[i], moved[i]);
        highs[i] = std::max(highs[i], moved[i]);
        span = std::max(span, highs[i] - lows[i]);
      }
    }
    EXPECT_EQ(lowest, 9 * low) << bits << " bits";
    EXPECT_EQ(highest, 4 * -low + 5 * (-low - 1)) << bits << " bits";
    EXPECT_EQ(span, 4 * most) << bits << " bits";
    EXPECT_EQ(lowest >= INT8_MIN && highest <= INT8_MAX, bits <= 4)
        << bits << " bits";
  }
}
