//===- RescaleTest.cpp - Folded batch norm (N1), N5 and N8 ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Rescale.h"
#include "oqat/Numerics/FloatDot.h"
#include "oqat/Numerics/Input.h"
#include "oqat/Numerics/KernelTransform.h"

#include <gtest/gtest.h>
#include <vector>

using namespace oqat::numerics;

namespace {
TEST(Rescale, FoldsBatchNormInDouble) {
  float sa = 0.1f, sw = 0.03f, gamma = 1.7f, beta = 0.3f, mean = 0.9f,
        var = 2.3f;
  double deviation = std::sqrt(double(var) + 1e-5);
  Rescale r = foldBatchNorm(sa, sw, gamma, beta, mean, var);
  EXPECT_EQ(r.a, float(double(sa) * double(sw) * double(gamma) / deviation));
  EXPECT_EQ(r.b,
            float(double(beta) - double(gamma) * double(mean) / deviation));
}

// Values from an independent evaluation with 50 digits, rounded once.
TEST(Rescale, Golden) {
  Rescale r = foldBatchNorm(0.5f, 0.25f, -2.0f, 1.0f, 3.0f, 4.0f, 0.0);
  EXPECT_EQ(r.a, -0.125f);
  EXPECT_EQ(r.b, 4.0f);
  EXPECT_EQ(rescale(8, r), 3.0f);
  EXPECT_EQ(foldBatchNorm(1.0f, 0.0f, 0.0f, 1.0f, 0.0f).a, 1.0f);
  EXPECT_EQ(foldBatchNorm(1.0f, 0.0f, 0.0f, 1.0f).a, 0x1.ffff58p-1f);
}

TEST(Rescale, StepsEnterAsMagnitudes) {
  for (float sa : {0.1f, -0.1f})
    for (float sw : {0.2f, -0.2f}) {
      EXPECT_EQ(foldBatchNorm(sa, sw, 1, 0, 0, 1).a,
                foldBatchNorm(0.1f, 0.2f, 1, 0, 0, 1).a);
      EXPECT_EQ(rescaleWithoutNorm(sa, sw, 0.5f).a,
                float(double(0.1f) * double(0.2f)));
    }
  EXPECT_EQ(rescaleWithoutNorm(0.1f, 0.2f, 0.5f).b, 0.5f);
}

TEST(Rescale, IsNotFused) {
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24: a fused operation keeps the last term.
  float x = 1.0f + 0x1p-12f;
  EXPECT_EQ(rescaleFloat(x, {x, -1.0f}), 0x1p-11f);
  EXPECT_EQ(floatDot(&x, &x, 1, -1.0f), 0x1p-11f);
}

TEST(Rescale, AccumulatorRoundsToFloatFirst) {
  EXPECT_EQ(rescale((1 << 24) + 1, {1.0f, 0.0f}), 0x1p24f);
  EXPECT_EQ(rescale((1 << 24) + 3, {1.0f, 0.0f}), 0x1p24f + 4);
}

TEST(FloatDot, AddsInOrder) {
  std::vector<float> x = {1e8f, 1.0f, -1e8f, 1.0f}, ones(4, 1.0f);
  EXPECT_EQ(floatDot(x.data(), ones.data(), 4), 1.0f);
  EXPECT_EQ(floatDot(x.data(), ones.data(), 4, 0.5f), 1.5f);
  EXPECT_EQ(floatDot(x.data(), ones.data(), 0, -0.0f), 0.0f);
}

TEST(Input, Normalises) {
  Rescale r = inputRescale(0.485, 0.229);
  EXPECT_EQ(r.a, float(1.0 / (255.0 * 0.229)));
  EXPECT_EQ(r.b, float(-0.485 / 0.229));
  EXPECT_EQ(normalize(0, r), r.b);
  EXPECT_EQ(normalize(255, {1.0f, 0.5f}), 255.5f);
}

TEST(KernelTransform, CropsTheCentre) {
  std::vector<float> in(49), out(9), centre(25);
  for (int i = 0; i < 49; ++i)
    in[i] = static_cast<float>(i);
  cropKernel(in.data(), 7, 5, centre.data());
  EXPECT_EQ(centre[0], 8.0f);
  EXPECT_EQ(centre[24], 40.0f);
  cropKernel(centre.data(), 5, 3, out.data());
  EXPECT_EQ(out, (std::vector<float>{16, 17, 18, 23, 24, 25, 30, 31, 32}));
}

TEST(KernelTransform, MultipliesFromTheLeft) {
  std::vector<float> in(25), matrix(81, 0.0f), scratch(9), out(9);
  for (int i = 0; i < 25; ++i)
    in[i] = static_cast<float>(i);
  // out[j] = 2 * centre[8 - j] + centre[0].
  for (int j = 0; j < 9; ++j) {
    matrix[j * 9 + 8 - j] += 2;
    matrix[j * 9] += 1;
  }
  transformKernel(in.data(), 5, 3, matrix.data(), scratch.data(), out.data());
  EXPECT_EQ(out[0], 2 * 18 + 6);
  EXPECT_EQ(out[3], 2 * 13 + 6);
  EXPECT_EQ(out[8], 2 * 6 + 6);
  transformKernel(in.data(), 5, 3, nullptr, nullptr, out.data());
  EXPECT_EQ(out[0], 6);
}
} // namespace
