//===- Inputs.cpp - What goes into a kernel and what comes out ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

using namespace oqat::test;

static constexpr float kLeastScale = 1.0f / 16;
static constexpr int kMaxDraws = 1000;

KernelInputs oqat::test::makeInputs(const std::string &kernel,
                                    const Shape &shape, unsigned seed,
                                    double margin) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> wide(-4, 4), unit(0.05f, 1);
  auto fill = [&](std::vector<float> &values, size_t count, auto &from) {
    values.resize(count);
    for (float &value : values)
      value = from(random);
  };
  KernelInputs in;
  in.shape = shape;
  // So that x can leave every kink behind, whatever the scale.
  auto scale = [&](std::mt19937 &generator) {
    float value = wide(generator);
    return std::copysign(std::max(std::fabs(value), kLeastScale), value);
  };
  size_t channels = static_cast<size_t>(shape.channels);
  fill(in.x, shape.elements(), wide);
  fill(in.grad, shape.elements(), wide);
  if (hasStage(kernel, "rescale")) {
    fill(in.a, channels, scale);
    fill(in.b, channels, wide);
  }
  if (hasStage(kernel, "scale"))
    fill(in.gate, static_cast<size_t>(shape.images) * channels, unit);
  if (hasStage(kernel, "add"))
    fill(in.residual, shape.elements(), wide);
  if (hasStage(kernel, "quantize"))
    in.quant = {1.0f / 0.3f, 0, 15};
  for (size_t i = 0; i < in.x.size(); ++i) {
    int draws = 0;
    while (distanceToKink(kernel, in, i) < margin && ++draws <= kMaxDraws)
      in.x[i] = wide(random);
    if (draws > kMaxDraws) {
      ADD_FAILURE() << kernel << ": none of " << kMaxDraws << " draws of x["
                    << i << "] is " << margin << " away from a kink";
      break;
    }
  }
  return in;
}

void oqat::test::expectSameBits(const std::vector<float> &got,
                                const std::vector<float> &expected,
                                const char *what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_EQ(std::memcmp(&got[i], &expected[i], sizeof(float)), 0)
        << what << "[" << i << "] is " << got[i] << ", not " << expected[i];
}

void oqat::test::expectNear(const std::vector<float> &got,
                            const std::vector<double> &expected,
                            const char *what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  double scale = 1;
  for (double value : expected)
    scale = std::max(scale, std::fabs(value));
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got[i], expected[i], scale * 2e-6) << what << "[" << i << "]";
}
