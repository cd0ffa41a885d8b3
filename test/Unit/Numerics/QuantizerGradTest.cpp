//===- QuantizerGradTest.cpp - Gradient rules of every scheme -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With step 1/4 every u below is exact, so gradients are compared for equality.
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Quantizer.h"

#include <gtest/gtest.h>
#include <limits>

using namespace oqat::numerics;

namespace {
struct Corner {
  float u, input, parameter;
};

void expectGrads(QuantizerSpec spec, float parameter,
                 std::initializer_list<Corner> corners) {
  Quantizer q = makeQuantizer(spec, {parameter});
  ASSERT_EQ(q.steps[0], 0.25f);
  for (Corner corner : corners) {
    QuantizerGrad grad = quantizerGrad(spec, q, corner.u * 0.25f);
    EXPECT_EQ(grad.input, corner.input) << corner.u;
    EXPECT_EQ(grad.parameter, corner.parameter) << corner.u;
    EXPECT_EQ(grad.offset, 0.0f);
  }
}

TEST(QuantizerGrad, Lsq) {
  // Edges lie outside: no gradient to the input, Qn or Qp to the step.
  expectGrads({Scheme::Lsq, 2, false}, -0.25f,
              {{-1, 0, 0},
               {0, 0, 0},
               {0.25f, 1, -0.25f},
               {0.75f, 1, 0.25f},
               {2.5f, 1, -0.5f},
               {3, 0, 3},
               {4, 0, 3}});
  expectGrads({Scheme::Lsq, 2, true}, 0.25f,
              {{-3, 0, -2},
               {-2, 0, -2},
               {-1.25f, 1, 0.25f},
               {0, 1, 0},
               {1, 0, 1},
               {2, 0, 1}});
}

TEST(QuantizerGrad, LsqOfOneBit) {
  // sign(u) - u inside (-1, 1); of an activation the codes 0 and 1.
  expectGrads({Scheme::Lsq, 1, true}, 0.25f,
              {{-2, 0, -1},
               {-1, 0, -1},
               {-0.25f, 1, -0.75f},
               {0, 1, 1},
               {0.75f, 1, 0.25f},
               {1, 0, 1},
               {2, 0, 1}});
  expectGrads({Scheme::Lsq, 1, false}, 0.25f,
              {{-1, 0, 0}, {0, 0, 0}, {0.25f, 1, -0.25f}, {1, 0, 1}});
}

TEST(QuantizerGrad, Liq) {
  // Edges lie inside; (v - u)/n, where v is the odd level, n = 3.
  expectGrads({Scheme::Liq, 2, true}, 0.75f,
              {{-4, 0, -1},
               {-3, 1, 0},
               {-2.25f, 1, -0.75f / 3},
               {0.25f, 1, 0.75f / 3},
               {3, 1, 0},
               {4, 0, 1}});
  expectGrads(
      {Scheme::Liq, 2, false}, -0.75f,
      {{-1, 0, 0}, {0, 1, 0}, {1.25f, 1, -0.25f / 3}, {3, 1, 0}, {4, 0, 1}});
}

TEST(QuantizerGrad, Pact) {
  expectGrads({Scheme::Pact, 2, false}, 0.75f,
              {{-1, 0, 0}, {0, 0, 0}, {1.25f, 1, 0}, {3, 0, 1}, {4, 0, 1}});
}

TEST(QuantizerGrad, LsqPlus) {
  // Two bits, zero point 1: levels -1 to 2. Outside, the value is the end code
  // times the step plus the offset.
  QuantizerSpec spec{Scheme::LsqPlus, 2, false};
  const float offset = -0.25f;
  Quantizer q = makeQuantizer(spec, {0.25f}, offset);
  ASSERT_EQ(q.zeroPoint, 1);
  struct Case {
    float u, input, parameter, offset;
  };
  for (Case c : {Case{-2, 0, 0, 1},
                 {-1, 0, 0, 1},
                 {-0.75f, 1, -0.25f, 0},
                 {1.25f, 1, -0.25f, 0},
                 {2, 0, 3, 1},
                 {5, 0, 3, 1}}) {
    QuantizerGrad grad = quantizerGrad(spec, q, c.u * 0.25f, 0, offset);
    EXPECT_EQ(grad.input, c.input) << c.u;
    EXPECT_EQ(grad.parameter, c.parameter) << c.u;
    EXPECT_EQ(grad.offset, c.offset) << c.u;
  }
}

TEST(QuantizerGrad, LsqPlusOffsetHeldByItsClamp) {
  // A positive offset has the zero point 0 whatever it is: what is outside is a
  // multiple of the step alone. At 0 it is free.
  QuantizerSpec spec{Scheme::LsqPlus, 2, false};
  Quantizer q = makeQuantizer(spec, {0.25f}, 1.0f);
  QuantizerGrad held = quantizerGrad(spec, q, 2.0f, 0, 1.0f);
  EXPECT_EQ(held.parameter, 3.0f);
  EXPECT_EQ(held.offset, 0.0f);
  EXPECT_EQ(quantizerGrad(spec, q, 2.0f, 0, 0.0f).offset, 1.0f);
  // Far below: the zero point is Qp, the upper end is 0.
  q = makeQuantizer(spec, {0.25f}, -9.0f);
  held = quantizerGrad(spec, q, 2.0f, 0, -9.0f);
  EXPECT_EQ(held.parameter, 0.0f);
  EXPECT_EQ(held.offset, 0.0f);
}

TEST(QuantizerGrad, NaNPropagates) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (Scheme scheme :
       {Scheme::Lsq, Scheme::LsqPlus, Scheme::Liq, Scheme::Pact}) {
    QuantizerSpec spec{scheme, 3, false};
    Quantizer q = makeQuantizer(spec, {0.5f}, -1.0f);
    EXPECT_TRUE(std::isnan(quantizerGrad(spec, q, nan, 0, -1.0f).input));
  }
}

TEST(QuantizerGrad, LsqAgreesWithTheKernelsRule) {
  // The fused training kernels are built from quantizeGrad and
  // quantizeStepGrad.
  for (int bits = 2; bits <= 8; ++bits)
    for (bool isSigned : {false, true}) {
      QuantizerSpec spec{Scheme::Lsq, bits, isSigned};
      Quantizer q = makeQuantizer(spec, {0.25f});
      for (int i = -4096; i <= 4096; ++i) {
        float y = static_cast<float>(i) * 0x1p-5f;
        QuantizerGrad grad = quantizerGrad(spec, q, y);
        EXPECT_EQ(grad.input, quantizeGrad(y, 4.0f, q.range));
        EXPECT_EQ(grad.parameter, quantizeStepGrad(y, 4.0f, q.range));
      }
    }
}
} // namespace
