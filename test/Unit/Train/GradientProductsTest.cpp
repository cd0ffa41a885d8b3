//===- GradientProductsTest.cpp - Products of rounded gradients -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Kernels/GradientProducts.h"
#include "oqat/Numerics/Random.h"
#include "train/Kernels/Kernels.h"

#include <c10/util/BFloat16.h>

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <vector>

using namespace oqat;
using namespace oqat::train;

namespace {

uint32_t bitsOf(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

float fromBits(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

std::vector<float> randomMatrix(numerics::Random &random, int64_t count) {
  std::vector<float> x(static_cast<size_t>(count));
  for (float &one : x)
    one = static_cast<float>(random.normal());
  return x;
}

std::vector<float> factors(Bfloat16Form form, const std::vector<float> &x) {
  std::vector<float> to(x.size());
  toFactors(form, x.data(), static_cast<int64_t>(x.size()), to.data());
  return to;
}

double rounded(float x) { return static_cast<double>(float(c10::BFloat16(x))); }

/// The sum over `count` terms of two vectors with these strides, of the factors
/// as they are rounded, and what bounds errors.
struct Sum {
  double exact = 0, unrounded = 0, magnitude = 0;
  Sum(const float *a, int64_t strideA, const float *b, int64_t strideB,
      int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      float x = a[i * strideA], y = b[i * strideB];
      exact += rounded(x) * rounded(y);
      unrounded += static_cast<double>(x) * static_cast<double>(y);
      magnitude += std::fabs(static_cast<double>(x) * static_cast<double>(y));
    }
  }

  /// A float32 sum of `terms` exact products, times `scale` in float32; a
  /// factor is rounded by 2^-8 of itself, so a product by less than 2^-7 +
  /// 2^-16.
  void check(float got, float scale, int64_t terms) const {
    double by = static_cast<double>(scale), value = static_cast<double>(got);
    double most = std::fabs(by) * magnitude * (1 + 0x1p-7 + 0x1p-16);
    double sums = static_cast<double>(terms + 2) * 0x1p-24 * most;
    EXPECT_NEAR(value, by * exact, sums);
    EXPECT_NEAR(value, by * unrounded,
                sums + std::fabs(by) * magnitude * (0x1p-7 + 0x1p-16));
  }
};

} // namespace

TEST(GradientProducts, RoundingIsThatOfLibTorch) {
  uint64_t seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  numerics::Random random(seed);
  std::vector<float> x;
  // Ties, their neighbours, the largest numbers, subnormal ones and NaNs.
  for (uint32_t high : {0x0000u, 0x0001u, 0x0080u, 0x3f80u, 0x3f81u, 0x7f7fu,
                        0x7f80u, 0x7fffu, 0xbf81u, 0xff80u, 0xffc1u})
    for (uint32_t low : {0x0000u, 0x0001u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu})
      x.push_back(fromBits(high << 16 | low));
  for (int i = 0; i < 100000; ++i)
    x.push_back(fromBits(static_cast<uint32_t>(random.below(1ull << 32))));
  int64_t count = static_cast<int64_t>(x.size());
  std::vector<float> floats(x.size());
  std::vector<uint16_t> packed(x.size());
  kernels().roundBfloat16(x.data(), count, floats.data());
  kernels().packBfloat16(x.data(), count, packed.data());
  for (size_t i = 0; i < x.size(); ++i) {
    ASSERT_EQ(bitsOf(floats[i]), uint32_t(packed[i]) << 16)
        << std::hex << bitsOf(x[i]);
    if (std::isnan(x[i]))
      ASSERT_TRUE(std::isnan(floats[i])) << std::hex << bitsOf(x[i]);
    else
      ASSERT_EQ(packed[i], c10::BFloat16(x[i]).x)
          << std::hex << bitsOf(x[i]) << ", seed " << std::dec << seed;
  }
}

TEST(GradientProducts, BothFormsAreWithinTheBound) {
  uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  numerics::Random random(seed);
  for (int round = 0; round < 12; ++round) {
    auto below = [&](uint64_t most) {
      return static_cast<int64_t>(1 + random.below(most));
    };
    int64_t m = below(70), n = below(40), k = below(50);
    float scale = static_cast<float>(random.uniform(-3, 3));
    std::vector<float> y = randomMatrix(random, m * n);
    std::vector<float> w = randomMatrix(random, n * k);
    std::vector<float> x = randomMatrix(random, m * k);
    for (Bfloat16Form form : {Bfloat16Form::Floats, Bfloat16Form::Packed}) {
      std::vector<float> grad = factors(form, y), out(x.size()), sum(w.size());
      multiplyFactorsNN(form, grad.data(), factors(form, w).data(), m, n, k,
                        scale, out.data());
      for (int64_t i = 0; i < m * k; ++i)
        Sum(y.data() + i / k * n, 1, w.data() + i % k, k, n)
            .check(out[static_cast<size_t>(i)], scale, n);
      multiplyFactorsTN(form, grad.data(), factors(form, x).data(), m, n, k,
                        sum.data());
      for (int64_t i = 0; i < n * k; ++i)
        Sum(y.data() + i / k, n, x.data() + i % k, k, m)
            .check(sum[static_cast<size_t>(i)], 1, m);
    }
  }
}
