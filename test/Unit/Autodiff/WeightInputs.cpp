//===- WeightInputs.cpp - Weights that are drawn --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightInputs.h"
#include "gtest/gtest.h"

using namespace oqat;
using namespace oqat::test;
using numerics::Random;

static int64_t between(Random &random, int64_t lo, int64_t hi) {
  return lo +
         static_cast<int64_t>(random.below(static_cast<uint64_t>(hi - lo + 1)));
}

std::vector<float> oqat::test::drawWeights(Random &random, int64_t count,
                                           float unit, bool isOnGrid) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(
        isOnGrid ? static_cast<float>(between(random, -80, 80)) / 8 * unit
                 : static_cast<float>(random.uniform(-10, 10)) * unit);
  return values;
}

WeightCase oqat::test::drawCase(Random &random, bool transforms, int bits) {
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
  c.w = drawWeights(random, shared, 0.25f, isOnGrid);
  c.dw = drawWeights(random, shared, 0.5f, isOnGrid);
  c.grad = drawWeights(random, static_cast<int64_t>(c.elements()), 1, isOnGrid);
  if (transforms) {
    c.matrix = drawWeights(random, c.taps() * c.taps(), 0.125f, isOnGrid);
    c.dmatrix = drawWeights(random, c.taps() * c.taps(), 1, isOnGrid);
  }
  return c;
}

std::string oqat::test::describe(const WeightCase &c) {
  auto shape = [](int64_t out, int64_t k, int64_t in) {
    return std::to_string(out) + "x" + std::to_string(k) + "x" +
           std::to_string(k) + "x" + std::to_string(in);
  };
  return shape(c.out, c.to, c.in) + " of " + shape(c.maxOut, c.from, c.maxIn) +
         (c.transforms ? ", transformed, " : ", ") + std::to_string(c.bits) +
         " bits";
}

/// One value of the weight or of the matrix a step up and down, and what
/// becomes of the loss.
static void expectDifferences(const RunWeight &run, uint64_t seed,
                              size_t checks) {
  Random random(seed);
  WeightCase c = drawCase(random, /*transforms=*/seed % 3 != 0, 32);
  SCOPED_TRACE("seed " + std::to_string(seed) + ": " + describe(c));
  for (auto *values : {&c.w, &c.matrix, &c.grad})
    for (float &value : *values)
      value = static_cast<float>(between(random, -4, 4));
  std::fill(c.dw.begin(), c.dw.end(), 0.0f);
  std::fill(c.dmatrix.begin(), c.dmatrix.end(), 0.0f);
  auto loss = [&](std::vector<float> WeightCase::*member, size_t i,
                  float change) {
    WeightCase changed = c;
    (changed.*member)[i] += change;
    WeightResults result = run(changed);
    double sum = 0;
    for (size_t e = 0; e < result.values.size(); ++e)
      sum += static_cast<double>(result.values[e] * c.grad[e]);
    return sum;
  };
  WeightResults result = run(c);
  auto check = [&](std::vector<float> WeightCase::*member,
                   const std::vector<float> &gradient) {
    size_t stride = gradient.size() / checks + 1;
    for (size_t i = 0; i < gradient.size(); i += stride)
      ASSERT_EQ(loss(member, i, 1) - loss(member, i, -1),
                2 * static_cast<double>(gradient[i]))
          << i;
  };
  check(&WeightCase::w, result.dw);
  if (c.transforms)
    check(&WeightCase::matrix, result.dmatrix);
}

void oqat::test::expectDifferences(const RunWeight &run, size_t checks) {
  for (uint64_t seed = 0; seed < 6; ++seed)
    ::expectDifferences(run, seed, checks);
}
