//===- QuantizeTest.cpp - Corner tables of N2 and N3 ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Quantize.h"
#include "oqat/Numerics/Activations.h"
#include "oqat/Numerics/Random.h"

#include <gtest/gtest.h>
#include <limits>

using namespace oqat::numerics;

namespace {
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(CodeRange, EveryBitWidth) {
  for (int bits = 1; bits <= 8; ++bits) {
    EXPECT_EQ(codeRange(bits, false).lo, 0);
    EXPECT_EQ(codeRange(bits, false).hi, (1 << bits) - 1);
    EXPECT_EQ(codeRange(bits, true).lo, -(1 << bits) / 2);
    EXPECT_EQ(codeRange(bits, true).hi, (1 << bits) / 2 - 1);
  }
}

struct Corner {
  float y;
  int32_t code;
};

TEST(Quantize, UnsignedTwoBitCorners) {
  // Ties go to even codes; -0 and NaN have code 0.
  for (Corner corner : {Corner{-kInfinity, 0},
                        {-1.0f, 0},
                        {-0.5f, 0},
                        {-0.0f, 0},
                        {0.0f, 0},
                        {0.5f, 0},
                        {std::nextafter(0.5f, 1.0f), 1},
                        {1.5f, 2},
                        {std::nextafter(1.5f, 0.0f), 1},
                        {2.5f, 2},
                        {std::nextafter(2.5f, 3.0f), 3},
                        {3.0f, 3},
                        {3.5f, 3},
                        {1e30f, 3},
                        {kInfinity, 3},
                        {kNaN, 0}})
    EXPECT_EQ(quantize(corner.y, 1.0f, codeRange(2, false)), corner.code)
        << corner.y;
}

TEST(Quantize, SignedTwoBitCorners) {
  for (Corner corner : {Corner{-kInfinity, -2},
                        {-2.5f, -2},
                        {-1.5f, -2},
                        {std::nextafter(-1.5f, 0.0f), -1},
                        {-0.5f, 0},
                        {std::nextafter(-0.5f, -1.0f), -1},
                        {-0.0f, 0},
                        {0.5f, 0},
                        {std::nextafter(0.5f, 1.0f), 1},
                        {1.0f, 1},
                        {1.5f, 1},
                        {kInfinity, 1},
                        {kNaN, 0}})
    EXPECT_EQ(quantize(corner.y, 1.0f, codeRange(2, true)), corner.code)
        << corner.y;
}

// With a power-of-two step y * r is exact: every tie of every width.
TEST(Quantize, AllTiesGoToEven) {
  for (int bits : {2, 3, 4, 8})
    for (bool isSigned : {false, true}) {
      CodeRange range = codeRange(bits, isSigned);
      float r = reciprocalStep(0.125f);
      for (int32_t k = range.lo; k < range.hi; ++k) {
        float tie = (static_cast<float>(k) + 0.5f) * 0.125f;
        int32_t even = k % 2 == 0 ? k : k + 1;
        EXPECT_EQ(quantize(tie, r, range), even) << bits << " " << k;
        EXPECT_EQ(quantize(std::nextafter(tie, -1e9f), r, range), k);
        EXPECT_EQ(quantize(std::nextafter(tie, 1e9f), r, range), k + 1);
      }
    }
}

// N3 multiplies by the rounded reciprocal; dividing by the step differs.
TEST(Quantize, UsesTheReciprocal) {
  uint64_t seed = 20260103;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  int differences = 0;
  for (int i = 0; i < 200000; ++i) {
    auto step = static_cast<float>(random.uniform(0.01, 0.02));
    auto code = static_cast<float>(random.below(255)) + 0.5f;
    float y = code * step;
    float u = y * static_cast<float>(1.0 / static_cast<double>(step));
    EXPECT_EQ(quantize(y, reciprocalStep(step), codeRange(8, false)),
              static_cast<int32_t>(std::nearbyintf(u)));
    differences += std::nearbyintf(u) != std::nearbyintf(y / step);
  }
  EXPECT_GT(differences, 0);
}

TEST(Quantize, StepsEnterAsMagnitudes) {
  EXPECT_EQ(reciprocalStep(-0.5f), 2.0f);
  EXPECT_EQ(fakeQuantize(1.2f, -0.5f, codeRange(4, false)), 1.0f);
  EXPECT_FALSE(isValidStep(0.0f));
  EXPECT_FALSE(isValidStep(-0.0f));
  EXPECT_FALSE(isValidStep(kInfinity));
  EXPECT_FALSE(isValidStep(kNaN));
  EXPECT_TRUE(isValidStep(-0.1f));
}

TEST(Quantize, NaNPropagatesInFloat) {
  EXPECT_TRUE(std::isnan(quantizeToFloat(kNaN, 1, codeRange(4, false))));
  EXPECT_TRUE(std::isnan(fakeQuantize(kNaN, 1, codeRange(4, true))));
  EXPECT_TRUE(std::isnan(quantizeGrad(kNaN, 1, codeRange(4, true))));
  EXPECT_TRUE(std::isnan(quantizeStepGrad(kNaN, 1, codeRange(4, true))));
}

// The edges belong to the outside: no gradient to y, the edge's code to s.
TEST(Quantize, Gradients) {
  CodeRange range = codeRange(2, true);
  struct Row {
    float u, dy, ds;
  };
  for (Row row : {Row{-3, 0, -2},
                  {-2, 0, -2},
                  {-1.5f, 1, -0.5f},
                  {-0.25f, 1, 0.25f},
                  {0, 1, 0},
                  {0.5f, 1, -0.5f},
                  {0.75f, 1, 0.25f},
                  {1, 0, 1},
                  {5, 0, 1}}) {
    EXPECT_EQ(quantizeGrad(row.u, 1.0f, range), row.dy) << row.u;
    EXPECT_EQ(quantizeStepGrad(row.u, 1.0f, range), row.ds) << row.u;
  }
  EXPECT_EQ(quantizeGrad(0.0f, 1.0f, codeRange(2, false)), 0.0f);
  EXPECT_EQ(quantizeStepGrad(0.0f, 1.0f, codeRange(2, false)), 0.0f);
}

TEST(Activations, Corners) {
  EXPECT_EQ(relu(-1.0f), 0.0f);
  EXPECT_EQ(relu(2.0f), 2.0f);
  EXPECT_TRUE(std::signbit(relu(-0.0f)));
  EXPECT_EQ(hSigmoid(-3.0f), 0.0f);
  EXPECT_EQ(hSigmoid(3.0f), 6.0f * kSixth);
  EXPECT_EQ(hSigmoid(3.0f), 1.0f);
  EXPECT_EQ(hSigmoid(kInfinity), 1.0f);
  EXPECT_EQ(hSigmoid(-kInfinity), 0.0f);
  EXPECT_EQ(hSwish(-3.0f), 0.0f);
  EXPECT_EQ(hSwish(-1.5f), -2.25f * kSixth);
  EXPECT_EQ(hSwish(0.0f), 0.0f);
  EXPECT_EQ(hSwish(3.0f), 18.0f * kSixth);
  for (float (*f)(float) :
       {relu, hSigmoid, hSwish, reluGrad, hSwishGrad, hSigmoidGrad, relu6plus3})
    EXPECT_TRUE(std::isnan(f(kNaN)));
}

TEST(Activations, Relu6Corners) {
  EXPECT_EQ(relu6(-1.0f), 0.0f);
  EXPECT_TRUE(std::signbit(relu6(-0.0f)));
  EXPECT_EQ(relu6(5.75f), 5.75f);
  EXPECT_EQ(relu6(6.5f), 6.0f);
  EXPECT_TRUE(std::isnan(relu6(std::nanf(""))));
}

TEST(Activations, GradientCorners) {
  EXPECT_EQ(reluGrad(0.0f), 0.0f);
  EXPECT_EQ(reluGrad(1e-30f), 1.0f);
  EXPECT_EQ(hSwishGrad(-3.0f), 0.0f);
  EXPECT_EQ(hSwishGrad(3.0f), 1.0f);
  EXPECT_EQ(hSwishGrad(0.0f), 3.0f * kSixth);
  EXPECT_EQ(hSigmoidGrad(-3.0f), 0.0f);
  EXPECT_EQ(hSigmoidGrad(0.0f), kSixth);
  EXPECT_EQ(hSigmoidGrad(3.0f), 0.0f);
}

TEST(Activations, SixthIsTheNearestFloat) {
  EXPECT_EQ(kSixth, static_cast<float>(1.0 / 6.0));
}
} // namespace
