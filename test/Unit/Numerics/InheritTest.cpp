//===- InheritTest.cpp - The bound on handing bits down -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// |Q_{K-1}(x; 2s) - Q_K(x; s)| <= s, in units of s: twice the coarse code is at
// most one from the fine code (Numerics.md, "Inheriting bits").
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Quantize.h"
#include "oqat/Numerics/Random.h"

#include <gtest/gtest.h>
#include <limits>

using namespace oqat::numerics;

namespace {

/// Fine code and twice the coarse code of one value.
struct Pair {
  int32_t fine, coarse;
  int32_t distance() const { return std::abs(coarse - fine); }
};

Pair inherit(float x, float s, int bits, bool isSigned) {
  return {
      quantize(x, reciprocalStep(s), codeRange(bits, isSigned)),
      2 * quantize(x, reciprocalStep(2 * s), codeRange(bits - 1, isSigned))};
}

// Every code, every tie between two codes of either grid, the float before and
// after each, and as far again beyond both edges.
TEST(InheritBits, FullCodeRange) {
  for (int bits = 8; bits >= 3; --bits)
    for (bool isSigned : {false, true}) {
      CodeRange range = codeRange(bits, isSigned);
      int32_t span = range.hi - range.lo + 1;
      int moved = 0;
      for (float s : {1.0f, 0.125f, 0.1f, 3e-5f, 1e20f})
        for (int32_t half = 2 * (range.lo - span);
             half <= 2 * (range.hi + span); ++half) {
          float x = static_cast<float>(half) * 0.5f * s;
          float infinity = std::numeric_limits<float>::infinity();
          for (float y :
               {std::nextafter(x, -infinity), x, std::nextafter(x, infinity)}) {
            Pair pair = inherit(y, s, bits, isSigned);
            ASSERT_LE(pair.distance(), 1)
                << bits << (isSigned ? " signed " : " unsigned ") << s << " "
                << y;
            moved += pair.distance();
          }
        }
      EXPECT_GT(moved, 0);
    }
}

TEST(InheritBits, BothEdges) {
  for (int bits = 8; bits >= 3; --bits) {
    // Unsigned: 2^K - 1 becomes 2^K - 2, 0 stays.
    int32_t top = (1 << bits) - 1;
    EXPECT_EQ(inherit(1e30f, 1.0f, bits, false).fine, top);
    EXPECT_EQ(inherit(1e30f, 1.0f, bits, false).coarse, top - 1);
    EXPECT_EQ(inherit(-1e30f, 1.0f, bits, false).coarse, 0);
    // Signed: 2^(K-1) - 1 becomes 2^(K-1) - 2, -2^(K-1) is on both grids.
    top = (1 << (bits - 1)) - 1;
    EXPECT_EQ(inherit(1e30f, 1.0f, bits, true).fine, top);
    EXPECT_EQ(inherit(1e30f, 1.0f, bits, true).coarse, top - 1);
    EXPECT_EQ(inherit(-1e30f, 1.0f, bits, true).fine, -top - 1);
    EXPECT_EQ(inherit(-1e30f, 1.0f, bits, true).coarse, -top - 1);
  }
}

TEST(InheritBits, RandomReals) {
  uint64_t seed = 20261124;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int bits = 8; bits >= 3; --bits)
    for (bool isSigned : {false, true})
      for (int i = 0; i < 100000; ++i) {
        auto s = static_cast<float>(random.uniform(1e-3, 10.0));
        double reach = 1.5 * (1 << bits);
        auto x = static_cast<float>(s * random.uniform(-reach, reach));
        ASSERT_LE(inherit(x, s, bits, isSigned).distance(), 1)
            << bits << " " << isSigned << " " << x << " " << s;
      }
}

// A reciprocal of twice the step is half the reciprocal, exactly: that is why
// the bound holds for what is computed and not only for real numbers.
TEST(InheritBits, HalfTheReciprocal) {
  uint64_t seed = 5;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int i = 0; i < 100000; ++i) {
    auto s = static_cast<float>(random.uniform(1e-6, 1e6));
    ASSERT_EQ(reciprocalStep(2 * s), 0.5f * reciprocalStep(s)) << s;
  }
}

// From 2 to 1 bit weights have no zero left (N16): it moves by 2s.
TEST(InheritBits, OneBitBreaksTheBound) {
  auto sign = [](float x) { return x < 0 ? -1 : 1; };
  int32_t fine = quantize(0.0f, 1.0f, codeRange(2, true));
  EXPECT_EQ(std::abs(2 * sign(0.0f) - fine), 2);
}

} // namespace
