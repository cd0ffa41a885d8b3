//===- WeightKernelTest.cpp - Cut, transform and quantize weights ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"
#include "KernelObject.h"
#include "WeightReference.h"
#include "oqat/Numerics/Random.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>
#include <limits>

using namespace oqat;
using namespace oqat::test;
using numerics::Random;

namespace {
int64_t between(Random &random, int64_t lo, int64_t hi) {
  return lo +
         static_cast<int64_t>(random.below(static_cast<uint64_t>(hi - lo + 1)));
}

/// Eighths of `unit`, where clip edges, ties and zeros are frequent, or any.
std::vector<float> draw(Random &random, int64_t count, float unit,
                        bool isOnGrid) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(
        isOnGrid ? static_cast<float>(between(random, -80, 80)) / 8 * unit
                 : static_cast<float>(random.uniform(-10, 10)) * unit);
  return values;
}

WeightCase drawCase(Random &random, bool transforms, int bits) {
  WeightCase c{};
  bool isDepthwise = random.below(2) == 0;
  c.maxOut = between(random, 1, 40);
  c.maxIn = isDepthwise ? 1 : between(random, 1, 40);
  c.from = 2 * between(random, 0, 3) + 1;
  c.out = random.below(3) ? between(random, 1, c.maxOut) : c.maxOut;
  c.in = random.below(3) ? between(random, 1, c.maxIn) : c.maxIn;
  c.to = random.below(3) ? 2 * between(random, 0, c.from / 2) + 1 : c.from;
  c.transforms = transforms;
  c.bits = bits;
  bool isOnGrid = random.below(2) == 0;
  c.step = isOnGrid ? 0.25f : static_cast<float>(random.uniform(0.1, 2));
  if (random.below(2))
    c.step = -c.step;
  int64_t shared = c.maxOut * c.from * c.from * c.maxIn;
  c.w = draw(random, shared, 0.25f, isOnGrid);
  c.dw = draw(random, shared, 0.5f, isOnGrid);
  c.grad = draw(random, static_cast<int64_t>(c.elements()), 1, isOnGrid);
  if (transforms) {
    c.matrix = draw(random, c.taps() * c.taps(), 0.125f, isOnGrid);
    c.dmatrix = draw(random, c.taps() * c.taps(), 1, isOnGrid);
  }
  return c;
}

std::string describe(const WeightCase &c) {
  auto shape = [](int64_t out, int64_t k, int64_t in) {
    return std::to_string(out) + "x" + std::to_string(k) + "x" +
           std::to_string(k) + "x" + std::to_string(in);
  };
  return shape(c.out, c.to, c.in) + " of " + shape(c.maxOut, c.from, c.maxIn) +
         (c.transforms ? ", transformed, " : ", ") + std::to_string(c.bits) +
         " bits";
}

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
    c.w = draw(random, 3000, 1, false);
    c.dw.resize(3000);
    c.grad = draw(random, 2 * in, 1, false);
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

/// Differences of small integers are exact: one value of the weight or of the
/// matrix a step up and down, and what becomes of the loss.
TEST(WeightGradientTest, IsThatOfDifferences) {
  const KernelObject *object = KernelObject::get("host");
  for (uint64_t seed = 0; seed < 6; ++seed) {
    Random random(seed);
    WeightCase c = drawCase(random, /*transforms=*/seed % 3 != 0, 32);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + describe(c));
    for (auto *values : {&c.w, &c.matrix, &c.grad})
      for (float &value : *values)
        value = static_cast<float>(between(random, -4, 4));
    std::fill(c.dw.begin(), c.dw.end(), 0.0f);
    std::fill(c.dmatrix.begin(), c.dmatrix.end(), 0.0f);
    train::WeightKernel kernel = object->weight(c.transforms, false);
    auto loss = [&](std::vector<float> WeightCase::*member, size_t i,
                    float change) {
      WeightCase changed = c;
      (changed.*member)[i] += change;
      WeightResults result = runWeight(kernel, changed);
      double sum = 0;
      for (size_t e = 0; e < result.values.size(); ++e)
        sum += static_cast<double>(result.values[e] * c.grad[e]);
      return sum;
    };
    WeightResults result = runWeight(kernel, c);
    auto check = [&](std::vector<float> WeightCase::*member,
                     const std::vector<float> &gradient) {
      size_t stride = gradient.size() / 50 + 1;
      for (size_t i = 0; i < gradient.size(); i += stride)
        ASSERT_EQ(loss(member, i, 1) - loss(member, i, -1),
                  2 * static_cast<double>(gradient[i]))
            << i;
    };
    check(&WeightCase::w, result.dw);
    if (c.transforms)
      check(&WeightCase::matrix, result.dmatrix);
  }
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
