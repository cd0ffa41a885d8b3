//===- QuantizerTest.cpp - Corner tables of every scheme ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Quantizer.h"
#include "oqat/Numerics/Random.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <limits>

using namespace oqat::numerics;

namespace {
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

float below(float x) { return std::nextafter(x, -kInfinity); }
float above(float x) { return std::nextafter(x, kInfinity); }

/// The code of `y` in the first channel.
int32_t codeOf(const Quantizer &q, float y) {
  return quantize(q, y, reciprocalStep(q.step(0)));
}

/// The learned parameter that gives the step `step`, a power of two.
float parameterFor(QuantizerSpec spec, float step) {
  return step * static_cast<float>(stepsPerParameter(spec));
}

/// Nothing depends on the sign of a step or clip value.
void expectSame(const Quantizer &a, const Quantizer &b) {
  EXPECT_EQ(a.steps, b.steps);
  EXPECT_EQ(a.zeroPoint, b.zeroPoint);
}

/// Levels around zero, or around a zero point: ends, ties and oddities.
void checkEvenLevels(QuantizerSpec spec, float offset) {
  const float step = 0.25f;
  Quantizer q = makeQuantizer(spec, {parameterFor(spec, step)}, offset);
  ASSERT_EQ(q.steps, std::vector<float>{step});
  ASSERT_FALSE(q.oddLevels);
  expectSame(q, makeQuantizer(spec, {-parameterFor(spec, step)}, offset));
  const int32_t lo = q.range.lo, hi = q.range.hi, z = q.zeroPoint;
  EXPECT_EQ(hi - lo + 1, 1 << spec.bits);
  EXPECT_GE(z, lo);
  EXPECT_LE(z, hi);
  for (float zero : {0.0f, -0.0f, kNaN})
    EXPECT_EQ(codeOf(q, zero), z) << zero;
  EXPECT_EQ(dequantize(q, z), 0.0f);
  for (float y : {-kInfinity, -1e30f, static_cast<float>(lo - z - 1) * step})
    EXPECT_EQ(codeOf(q, y), lo) << y;
  for (float y : {kInfinity, 1e30f, static_cast<float>(hi - z + 1) * step})
    EXPECT_EQ(codeOf(q, y), hi) << y;
  for (int32_t code = lo; code <= hi; ++code) {
    float y = static_cast<float>(code - z) * step;
    EXPECT_EQ(codeOf(q, y), code);
    EXPECT_EQ(fakeQuantize(q, y), y);
    if (code == hi)
      break;
    // Ties go to the level that is an even number of steps from zero.
    float tie = y + step / 2;
    EXPECT_EQ(codeOf(q, tie), code + std::abs(code - z) % 2) << code;
    EXPECT_EQ(codeOf(q, below(tie)), code);
    EXPECT_EQ(codeOf(q, above(tie)), code + 1);
  }
}

TEST(Quantizer, EvenLevelsOfEveryWidth) {
  for (int bits = 1; bits <= 8; ++bits) {
    SCOPED_TRACE(bits);
    checkEvenLevels({Scheme::Lsq, bits, false}, 0);
    checkEvenLevels({Scheme::Liq, bits, false}, 0);
    checkEvenLevels({Scheme::Pact, bits, false}, 0);
    if (bits > 1)
      checkEvenLevels({Scheme::Lsq, bits, true}, 0);
    for (float offset : {0.0f, -0.25f, -1.0f, -0.2f, 3.0f, -1e30f})
      checkEvenLevels({Scheme::LsqPlus, bits, false}, offset);
  }
}

TEST(Quantizer, ZeroPoints) {
  // Step 1/4: -o*r is -4o. Ties go to even, the range clamps, NaN is 0.
  struct Corner {
    float offset;
    int32_t zeroPoint;
  };
  for (Corner corner : {Corner{0.0f, 0},
                        {-0.0f, 0},
                        {1.0f, 0},
                        {-0.25f, 1},
                        {-0.125f, 0},
                        {-0.375f, 2},
                        {below(-0.125f), 1},
                        {-1.75f, 7},
                        {-100.0f, 7},
                        {-kInfinity, 7},
                        {kInfinity, 0},
                        {kNaN, 0}})
    EXPECT_EQ(makeQuantizer({Scheme::LsqPlus, 3, false}, {0.25f}, corner.offset)
                  .zeroPoint,
              corner.zeroPoint)
        << corner.offset;
}

TEST(Quantizer, OddLevelsOfEveryWidth) {
  for (int bits = 1; bits <= 8; ++bits)
    for (Scheme scheme : {Scheme::Liq, Scheme::Lsq}) {
      QuantizerSpec spec{scheme, bits, true};
      if (scheme == Scheme::Lsq && bits > 1)
        continue;
      SCOPED_TRACE(bits);
      const float step = 0.5f;
      Quantizer q = makeQuantizer(spec, {parameterFor(spec, step)});
      expectSame(q, makeQuantizer(spec, {-parameterFor(spec, step)}));
      ASSERT_EQ(q.steps, std::vector<float>{step});
      ASSERT_TRUE(q.oddLevels);
      EXPECT_EQ(codeOf(q, -kInfinity), q.range.lo);
      EXPECT_EQ(codeOf(q, kInfinity), q.range.hi);
      EXPECT_EQ(codeOf(q, kNaN), 0);
      for (int32_t code = q.range.lo; code <= q.range.hi; ++code) {
        float y = static_cast<float>(2 * code + 1) * step;
        EXPECT_EQ(codeOf(q, y), code);
        EXPECT_EQ(fakeQuantize(q, y), y);
        if (code == q.range.hi || bits == 1)
          continue;
        // Between two levels: to the even code. A number this close to a tie
        // is not lost in u - 1.
        float tie = y + step, jot = 0x1p-12f;
        EXPECT_EQ(codeOf(q, tie), code + std::abs(code) % 2) << code;
        EXPECT_EQ(codeOf(q, tie - jot), code);
        EXPECT_EQ(codeOf(q, tie + jot), code + 1);
      }
    }
}

TEST(Quantizer, OneBitIsTheSign) {
  for (Scheme scheme : {Scheme::Liq, Scheme::Lsq}) {
    Quantizer q = makeQuantizer({scheme, 1, true}, {0.75f});
    for (float y : {0.0f, -0.0f, 1e-45f, 1e-9f, 0.75f, 3.0f})
      EXPECT_EQ(fakeQuantize(q, y), 0.75f) << y;
    for (float y : {-1e-9f, -0.75f, -3.0f})
      EXPECT_EQ(fakeQuantize(q, y), -0.75f) << y;
  }
}

TEST(Quantizer, ClipValueIsAnEnd) {
  // |a| itself is a level of the reference: f32(|a| / (2^k - 1)) * (2^k - 1),
  // up to the rounding of the step.
  for (int bits = 1; bits <= 8; ++bits)
    for (bool isSigned : {false, true}) {
      Quantizer q = makeQuantizer({Scheme::Liq, bits, isSigned}, {-1.7f});
      EXPECT_NEAR(fakeQuantize(q, 5.0f), 1.7f, 1e-6f);
      EXPECT_NEAR(fakeQuantize(q, -5.0f), isSigned ? -1.7f : 0.0f, 1e-6f);
    }
}

TEST(Quantizer, LiqIsWhatSaqWrites) {
  // |a| * (2 * round((clamp(w/|a|, -1, 1) + 1) / 2 * n) / n - 1) in f64; values
  // near a tie aside, where f32 may decide otherwise.
  Random random(15);
  for (int bits = 2; bits <= 8; ++bits) {
    Quantizer q = makeQuantizer({Scheme::Liq, bits, true}, {1.3f});
    double n = (1 << bits) - 1;
    for (int i = 0; i < 1000; ++i) {
      float w = static_cast<float>(random.uniform(-2, 2));
      double u = std::clamp(static_cast<double>(w) / 1.3, -1.0, 1.0);
      double t = (u + 1) / 2 * n;
      if (std::fabs(t - std::floor(t) - 0.5) < 1e-4)
        continue;
      double expected = 1.3 * (2 * std::nearbyint(t) / n - 1);
      EXPECT_NEAR(fakeQuantize(q, w), expected, 1e-6) << w;
    }
  }
}

TEST(Quantizer, StepsPerChannel) {
  Quantizer q = makeQuantizer({Scheme::Lsq, 4, true}, {1.0f, -0.5f});
  EXPECT_EQ(quantizeAll(q, {1, 1, 2, 2, 1, 1, 2, 2}, 2),
            (std::vector<int16_t>{1, 1, 4, 4, 1, 1, 4, 4}));
  EXPECT_EQ(dequantize(q, 3, 1), 1.5f);
}

TEST(Quantizer, AllAtOnceAsOneByOne) {
  Random random(20261127);
  std::vector<float> values = {kNaN, kInfinity, -kInfinity, -0.0f, 1e30f};
  for (float half = -300.5f; half < 300; half += 0.5f)
    values.push_back(half);
  while (values.size() < 1500)
    values.push_back(static_cast<float>(random.normal() * 20));
  for (int bits : {1, 2, 4, 8})
    for (bool isSigned : {false, true})
      for (Scheme scheme : {Scheme::Lsq, Scheme::LsqPlus, Scheme::Liq})
        for (size_t steps : {1, 3}) {
          if (scheme == Scheme::LsqPlus && isSigned)
            continue;
          std::vector<float> parameters(steps, 1.0f);
          parameters.back() = 0.7f;
          Quantizer q =
              makeQuantizer({scheme, bits, isSigned}, parameters, -1.0f);
          const size_t inner = 7;
          std::vector<int16_t> codes = quantizeAll(q, values, inner);
          for (size_t i = 0; i < values.size(); ++i)
            ASSERT_EQ(codes[i],
                      quantize(q, values[i],
                               reciprocalStep(q.step(i / inner % steps))))
                << values[i] << " at " << bits << " bits";
        }
}

TEST(NormalizeWeights, MeanAndUnbiasedDeviation) {
  // Mean 2, squares 1 + 0 + 1, by 2: deviation 1.
  std::vector<float> weights{1, 2, 3};
  ASSERT_TRUE(normalizeWeights(weights));
  EXPECT_EQ(weights, (std::vector<float>{-1, 0, 1}));
}

TEST(NormalizeWeights, RefusesWhatHasNoDeviation) {
  for (std::vector<float> weights : {std::vector<float>{},
                                     {1.0f},
                                     {2.0f, 2.0f},
                                     {1.0f, kInfinity},
                                     {1.0f, kNaN}})
    EXPECT_FALSE(normalizeWeights(weights));
}
} // namespace
