//===- GpuFoldNormTest.cpp - Factors of batch norm on a GPU, in lockstep --===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GpuKernels.h"
#include "Inputs.h"
#include "oqat/Numerics/Rescale.h"
#include "train/Device/LayerLaunch.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>
#include <random>

using namespace oqat::test;
using namespace oqat::train;

namespace {
using Floats = std::vector<float>;
using Doubles = std::vector<double>;

template <typename T>
DevicePointer at(std::vector<T> &values) {
  return reinterpret_cast<DevicePointer>(values.data());
}
template <typename T>
std::vector<T> make(int64_t count, std::mt19937 &random, double low,
                    double high) {
  std::uniform_real_distribution<double> from(low, high);
  std::vector<T> values(static_cast<size_t>(count));
  for (T &value : values)
    value = static_cast<T>(from(random));
  return values;
}

void expectSameDoubles(const Doubles &got, const Doubles &expected,
                       const char *what) {
  EXPECT_EQ(std::memcmp(got.data(), expected.data(),
                        sizeof(double) * expected.size()),
            0)
      << what;
}

struct Factors {
  explicit Factors(size_t n) : a(n), b(n), mean(n), variance(n), deviation(n) {}
  Floats a, b;
  Doubles mean, variance, deviation;
};

/// Sums of `T` whose mean is far from 0 and whose variance, for some channels,
/// is rounded below it.
template <typename T>
void checkFold(bool areIntegers, int64_t channels, double product) {
  std::mt19937 random(31);
  const double count = 12543, eps = 1e-5;
  size_t n = static_cast<size_t>(channels);
  auto sums = make<T>(channels, random, -1e9, 1e9);
  std::vector<T> squares;
  for (size_t c = 0; c < n; ++c) {
    double sum = static_cast<double>(sums[c]);
    double spread = c % 4 == 0 ? -1e3 : 1e7 * static_cast<double>(c);
    squares.push_back(static_cast<T>(sum * sum / count + spread));
  }
  auto gamma = make<float>(channels, random, -2, 2);
  auto beta = make<float>(channels, random, -2, 2);
  Factors got(n), expected(n);
  launchFoldNorm(
      getLauncher(), areIntegers, channels,
      {at(sums), at(squares), at(gamma), at(beta), product, count, eps},
      at(got.a), at(got.b), at(got.mean), at(got.variance), at(got.deviation));
  for (size_t c = 0; c < n; ++c) {
    double sum = static_cast<double>(sums[c]);
    double mean = sum / count;
    double variance = (static_cast<double>(squares[c]) - sum * mean) / count;
    expected.mean[c] = mean * product;
    expected.variance[c] = std::max(variance, 0.0) * product * product;
    auto factors = oqat::numerics::foldBatchNormOver(
        product, gamma[c], beta[c], static_cast<float>(expected.mean[c]),
        static_cast<float>(expected.variance[c]), eps);
    expected.a[c] = factors.a;
    expected.b[c] = factors.b;
    expected.deviation[c] = std::sqrt(expected.variance[c] + eps);
  }
  expectSameBits(got.a, expected.a, "a");
  expectSameBits(got.b, expected.b, "b");
  expectSameDoubles(got.mean, expected.mean, "mean");
  expectSameDoubles(got.variance, expected.variance, "variance");
  expectSameDoubles(got.deviation, expected.deviation, "deviation");
}

TEST(GpuFoldNormTest, FactorsAreTheCpus) {
  for (int64_t channels : {4, 24, 260}) {
    checkFold<int64_t>(true, channels, 0.0123 * 0.0456);
    checkFold<double>(false, channels, 1);
  }
}

TEST(GpuFoldNormTest, GradientFactorsAreTheCpus) {
  for (int64_t channels : {4, 24, 260}) {
    std::mt19937 random(32);
    const double product = 0.0123 * 0.0456, count = 12543;
    auto da = make<float>(channels, random, -9e3, 9e3);
    auto db = make<float>(channels, random, -9, 9);
    auto mean = make<double>(channels, random, -1, 1);
    auto deviation = make<double>(channels, random, 0.01, 2);
    auto a = make<float>(channels, random, -1, 1);
    // What is there already.
    auto gamma = make<float>(channels, random, -1, 1);
    auto beta = make<float>(channels, random, -1, 1);
    size_t n = static_cast<size_t>(channels);
    Floats p(n), q(n), expectedP, expectedQ, expectedGamma, expectedBeta;
    for (size_t c = 0; c < n; ++c) {
      double ofA = static_cast<double>(da[c]), ofB = static_cast<double>(db[c]);
      double reciprocal = 1.0 / deviation[c];
      double gammaGrad = reciprocal * (product * ofA - mean[c] * ofB);
      expectedGamma.push_back(gamma[c] + static_cast<float>(gammaGrad));
      expectedBeta.push_back(beta[c] + db[c]);
      double scale = static_cast<double>(a[c]) / count;
      expectedP.push_back(
          static_cast<float>(-scale * gammaGrad * product * reciprocal));
      expectedQ.push_back(
          static_cast<float>(scale * (gammaGrad * mean[c] * reciprocal - ofB)));
    }
    launchFoldNormGradient(getLauncher(), channels, at(da), at(db), at(mean),
                           at(deviation), at(a), product, count, at(p), at(q),
                           at(gamma), at(beta));
    expectSameBits(p, expectedP, "p");
    expectSameBits(q, expectedQ, "q");
    expectSameBits(gamma, expectedGamma, "gamma");
    expectSameBits(beta, expectedBeta, "beta");
  }
}
} // namespace
