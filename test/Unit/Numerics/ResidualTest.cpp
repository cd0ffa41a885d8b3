//===- ResidualTest.cpp - An integer residual stream (N7) -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Residual.h"
#include "oqat/Numerics/Random.h"

#include <gtest/gtest.h>
#include <limits>

using namespace oqat::numerics;

namespace {
TEST(Residual, RoundsTheSummandThenClampsTheSum) {
  // The summand may lie outside the range that the sum is clamped to.
  EXPECT_EQ(addToStream(-100, 200.0f, 1.0f), 100);
  EXPECT_EQ(addToStream(100, -200.0f, 1.0f), -100);
  EXPECT_EQ(addToStream(127, 1.0f, 1.0f), 127);
  EXPECT_EQ(addToStream(-128, -1.0f, 1.0f), -128);
  // Half to even on the summand alone: 1 + 0.5 would be a tie as a sum too.
  EXPECT_EQ(addToStream(1, 0.5f, 1.0f), 1);
  EXPECT_EQ(addToStream(1, 1.5f, 1.0f), 3);
  EXPECT_EQ(addToStream(0, -0.5f, 1.0f), 0);
  constexpr float inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(addToStream(-128, inf, 1.0f), 127);
  EXPECT_EQ(addToStream(127, -inf, 1.0f), -128);
  EXPECT_EQ(addToStream(127, std::nanf(""), 1.0f), 127);
  EXPECT_EQ(addToStream(-128, std::numeric_limits<float>::max(), 1.0f), 127);
}

TEST(Residual, IsTheExactIntegerSum) {
  uint64_t seed = 20260207;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int i = 0; i < 200000; ++i) {
    auto code = static_cast<int32_t>(random.below(256)) - 128;
    int exponent = static_cast<int>(random.below(60)) - 20;
    auto z = static_cast<float>(std::ldexp(random.uniform(-1, 1), exponent));
    float r = reciprocalStep(static_cast<float>(random.uniform(0.01, 2)));
    double sum = code + double(std::nearbyintf(z * r));
    double expected = sum < -128 ? -128 : sum > 127 ? 127 : sum;
    ASSERT_EQ(addToStream(code, z, r), expected)
        << code << " " << z << " " << r;
  }
}

TEST(Residual, ACodeIsTheCodeOfItsValue) {
  CodeRange range = codeRange(kStreamBits, /*isSigned=*/true);
  uint64_t seed = 20260208;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int i = 0; i < 2000; ++i) {
    auto step = static_cast<float>(
        std::ldexp(random.uniform(0.5, 1), static_cast<int>(i % 40) - 20));
    for (int32_t code = range.lo; code <= range.hi; ++code) {
      float value = codeValue(code, step);
      ASSERT_EQ(quantize(value, reciprocalStep(step), range), code) << step;
      ASSERT_LE(std::fabs(value), codeBound(range, step));
    }
  }
}

TEST(Residual, GateStep) {
  // The float nearest to 1/255: a gate of 1 has the last code, which stands for
  // 1 again.
  constexpr float step = 0x1.010102p-8f;
  EXPECT_EQ(step, static_cast<float>(1.0 / 255));
  EXPECT_EQ(reciprocalStep(step), 0x1.fdfffep+7f);
  EXPECT_EQ(quantize(1.0f, reciprocalStep(step), codeRange(8, false)), 255);
  EXPECT_EQ(codeValue(255, step), 1.0f);
}
} // namespace
