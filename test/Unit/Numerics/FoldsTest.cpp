//===- FoldsTest.cpp - The identities that folds rely on ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Floats of every exponent, infinities and NaN among them, in all bit-widths.
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Activations.h"
#include "oqat/Numerics/Quantize.h"
#include "oqat/Numerics/Random.h"
#include "oqat/Numerics/Rescale.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace oqat::numerics;

namespace {
constexpr uint64_t kSeed = 20240611;
constexpr int kCount = 200000;

uint32_t bitsOf(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof(bits));
  return bits;
}

/// Any bit pattern.
float anyFloat(Random &random) {
  uint32_t bits = static_cast<uint32_t>(random.next());
  float x;
  std::memcpy(&x, &bits, sizeof(x));
  return x;
}

/// Any finite step but zero, and a value that it may give any code.
struct Case {
  float y, step;
  CodeRange range;
};

Case anyCase(Random &random) {
  Case result;
  do {
    result.step = anyFloat(random);
  } while (!isValidStep(result.step));
  bool isSigned = random.below(2);
  result.range = codeRange(1 + static_cast<int>(random.below(8)), isSigned);
  result.y = random.below(4)
                 ? static_cast<float>(random.uniform(-300, 300)) * result.step
                 : anyFloat(random);
  return result;
}

TEST(Folds, QuantizingAgainKeepsTheCode) {
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  for (int i = 0; i < kCount; ++i) {
    Case c = anyCase(random);
    float r = reciprocalStep(c.step);
    float once = fakeQuantize(c.y, c.step, c.range);
    ASSERT_EQ(quantize(once, r, c.range), quantize(c.y, r, c.range))
        << c.y << " with step " << c.step << " and codes " << c.range.lo
        << " to " << c.range.hi;
  }
}

TEST(Folds, CodesFromZeroClampAsReluDoes) {
  SCOPED_TRACE(kSeed);
  Random random(kSeed + 1);
  for (int i = 0; i < kCount; ++i) {
    Case c = anyCase(random);
    c.range.hi -= c.range.lo;
    c.range.lo = 0;
    float r = reciprocalStep(c.step);
    ASSERT_EQ(quantize(relu(c.y), r, c.range), quantize(c.y, r, c.range))
        << c.y << " with step " << c.step;
  }
}

TEST(Folds, ReluAgainAndANeutralRescaleKeepEveryBit) {
  SCOPED_TRACE(kSeed);
  Random random(kSeed + 2);
  for (int i = 0; i < kCount; ++i) {
    float x = anyFloat(random);
    // A signalling NaN becomes a quiet one by any operation.
    if (x != x)
      continue;
    ASSERT_EQ(bitsOf(relu(relu(x))), bitsOf(relu(x)));
    ASSERT_EQ(bitsOf(relu(hSigmoid(x))), bitsOf(hSigmoid(x)));
    ASSERT_EQ(bitsOf(rescaleFloat(x, {1.0f, -0.0f})), bitsOf(x));
  }
  // With +0 this would not hold.
  EXPECT_NE(bitsOf(rescaleFloat(-0.0f, {1.0f, 0.0f})), bitsOf(-0.0f));
}

} // namespace
