//===- WeightKernelTest.cpp - Cut, transform and quantize weights ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"
#include "KernelObject.h"
#include "WeightInputs.h"
#include "oqat/Numerics/Random.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>
#include <limits>

using namespace oqat;
using namespace oqat::test;
using numerics::Random;

namespace {
void expectSame(const WeightResults &got, const WeightResults &expected) {
  EXPECT_EQ(got.codes, expected.codes);
  expectSameBits(got.values, expected.values, "values");
  expectSameBits(got.product, expected.product, "product");
  expectSameBits(got.dproduct, expected.dproduct, "gradient of the product");
  expectSameBits(got.dw, expected.dw, "dw");
  expectSameBits(got.dmatrix, expected.dmatrix, "dmatrix");
  EXPECT_EQ(std::memcmp(&got.dstep, &expected.dstep, sizeof(double)), 0)
      << got.dstep << " for " << expected.dstep;
}

class WeightKernelTest : public testing::TestWithParam<const char *> {};

TEST_P(WeightKernelTest, HasTheBitsOfOneElementAfterTheOther) {
  const KernelObject *object = KernelObject::get(GetParam());
  if (!object)
    GTEST_SKIP() << "this machine can't run it";
  for (bool transforms : {false, true})
    for (int bits : {2, 3, 4, 8, 32})
      for (uint64_t seed = 0; seed < 40; ++seed) {
        Random random(seed);
        WeightCase c = drawCase(random, transforms, bits);
        SCOPED_TRACE("seed " + std::to_string(seed) + ": " + describe(c));
        expectSame(runWeight(object->weight(transforms, bits < 32), c),
                   computeWeight(c));
        if (HasFatalFailure() || HasNonfatalFailure())
          return;
      }
}

/// More than a block of contributions to the step.
TEST_P(WeightKernelTest, AddsTheStepInOrder) {
  const KernelObject *object = KernelObject::get(GetParam());
  if (!object)
    GTEST_SKIP() << "this machine can't run it";
  for (int64_t in : {255, 256, 257, 1000}) {
    Random random(static_cast<uint64_t>(in));
    WeightCase c{};
    c.maxOut = 3;
    c.out = 2;
    c.maxIn = 1000;
    c.in = in;
    c.from = c.to = 1;
    c.bits = 4;
    c.w = drawWeights(random, 3000, 1, false);
    c.dw.resize(3000);
    c.grad = drawWeights(random, 2 * in, 1, false);
    c.dstep = 1e9;
    SCOPED_TRACE(describe(c));
    expectSame(runWeight(object->weight(false, true), c), computeWeight(c));
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, WeightKernelTest,
                         testing::Values("host", "x86-64-v4", "x86-64-v3",
                                         "x86-64-v2", "x86-64"),
                         [](const auto &info) {
                           std::string name = info.param;
                           for (char &c : name)
                             c = c == '-' ? '_' : c;
                           return name;
                         });

TEST(WeightGradientTest, IsThatOfDifferences) {
  const KernelObject *object = KernelObject::get("host");
  expectDifferences([&](const WeightCase &c) {
    return runWeight(object->weight(c.transforms, false), c);
  });
}

TEST(WeightGradientTest, ANaNHasCodeZeroAndStaysOneInGradients) {
  const KernelObject *object = KernelObject::get("host");
  WeightCase c{};
  c.maxOut = c.out = 1;
  c.maxIn = c.in = 3;
  c.from = c.to = 1;
  c.bits = 4;
  c.w = {1, std::numeric_limits<float>::quiet_NaN(), -1};
  c.grad = {1, 1, 1};
  c.dw = {0, 0, 0};
  WeightResults result = runWeight(object->weight(false, true), c);
  EXPECT_EQ(result.codes, (std::vector<int8_t>{1, 0, -1}));
  expectSameBits(result.values, {1, 0, -1}, "values");
  EXPECT_EQ(result.dw[0], 1);
  EXPECT_TRUE(std::isnan(result.dw[1]));
  EXPECT_TRUE(std::isnan(result.dstep));
}
} // namespace
