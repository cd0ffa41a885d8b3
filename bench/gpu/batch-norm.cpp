// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "batch-norm.h"
#include "oqat/Numerics/Rescale.h"
#include "train/Device/LayerLaunch.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

namespace oqat::train {
namespace {

size_t countElements(const DeviceShape &shape) {
  return static_cast<size_t>(shape.images * shape.pixels * shape.channels);
}

/// Sums of `x` and of its squares, there and here, in T; they may differ by
/// `tolerance` times the sum of magnitudes.
template <typename T>
void checkStatistics(CudaDevice &device, Launcher &kernels,
                     const DeviceShape &shape, const std::vector<float> &x,
                     bool areIntegers, double tolerance) {
  size_t channels = static_cast<size_t>(shape.channels);
  std::vector<T> sums(channels, T(0)), squares(channels, T(0));
  Memory memory(device);
  DevicePointer sumsThere = memory.put(sums),
                squaresThere = memory.put(squares);
  launchStatistics(kernels, areIntegers, shape, memory.put(x), sumsThere,
                   squaresThere, memory.allocate(statisticsWorkspace(shape)));
  memory.get(sums, sumsThere);
  memory.get(squares, squaresThere);
  for (size_t c = 0; c < channels; ++c) {
    T sum = 0, square = 0;
    double magnitude = 0;
    for (size_t i = c; i < x.size(); i += channels) {
      T value = static_cast<T>(x[i]);
      sum += value;
      square += value * value;
      magnitude += std::fabs(static_cast<double>(value));
    }
    double limit = tolerance * magnitude;
    if (!(std::fabs(static_cast<double>(sums[c] - sum)) <= limit) ||
        !(std::fabs(static_cast<double>(squares[c] - square)) <=
          tolerance * static_cast<double>(square)))
      throw std::runtime_error("the statistics of channel " +
                               std::to_string(c) + " differ from the CPU's");
  }
}

void checkGradient(CudaDevice &device, Launcher &kernels,
                   const DeviceShape &shape, std::mt19937 &random) {
  auto make = [&](size_t count) { return randomFloats(count, random); };
  size_t channels = static_cast<size_t>(shape.channels);
  std::vector<float> dz = make(countElements(shape)), x = make(dz.size()),
                     a = make(channels), p = make(channels), q = make(channels),
                     got(dz.size());
  Memory memory(device);
  DevicePointer out = memory.put(got);
  launchNormGradient(kernels, shape, memory.put(dz), memory.put(x),
                     memory.put(a), memory.put(p), memory.put(q), out);
  memory.get(got, out);
  for (size_t i = 0; i < got.size(); ++i) {
    size_t c = i % channels;
    float fromZ = a[c] * dz[i], fromX = p[c] * x[i], both = fromZ + fromX;
    if (got[i] != both + q[c])
      throw std::runtime_error("norm_gradient differs from the CPU's");
  }
}

/// Operands of what folds batch norm, here, with the results' places there.
struct Fold {
  Fold(CudaDevice &device, int64_t channels)
      : n(static_cast<size_t>(channels)), memory(device) {
    std::mt19937 random(4);
    gamma = randomFloats(n, random);
    beta = randomFloats(n, random);
    da = randomFloats(n, random);
    db = randomFloats(n, random);
    for (float value : randomFloats(n, random, -1e7f, 1e7f)) {
      double sum = std::nearbyint(static_cast<double>(value));
      sums.push_back(static_cast<int64_t>(sum));
      squares.push_back(static_cast<int64_t>(sum * sum / count) + 54321);
    }
    norm = {memory.put(sums),
            memory.put(squares),
            memory.put(gamma),
            memory.put(beta),
            product,
            count,
            1e-5};
    onDa = memory.put(da);
    onDb = memory.put(db);
    for (DevicePointer *single : {&a, &b, &p, &q, &gammaGrad, &betaGrad}) {
      *single = memory.allocate(4 * n);
      device.clear(*single, 4 * n);
    }
    for (DevicePointer *wide : {&mean, &variance, &deviation})
      *wide = memory.allocate(8 * n);
  }
  void forward(Launcher &kernels) const {
    launchFoldNorm(kernels, /*areIntegers=*/true, static_cast<int64_t>(n), norm,
                   a, b, mean, variance, deviation);
  }
  void backward(Launcher &kernels) const {
    launchFoldNormGradient(kernels, static_cast<int64_t>(n), onDa, onDb, mean,
                           deviation, a, product, count, p, q, gammaGrad,
                           betaGrad);
  }
  template <typename T>
  std::vector<T> get(DevicePointer from) {
    std::vector<T> values(n);
    memory.get(values, from);
    return values;
  }

  static constexpr double product = 0.0123 * 0.0456, count = 12345;
  size_t n;
  Memory memory;
  std::vector<float> gamma, beta, da, db;
  std::vector<int64_t> sums, squares;
  DeviceNorm norm;
  DevicePointer onDa = 0, onDb = 0, a = 0, b = 0, p = 0, q = 0, gammaGrad = 0,
                betaGrad = 0, mean = 0, variance = 0, deviation = 0;
};

void checkFold(CudaDevice &device, Launcher &kernels, int64_t channels) {
  Fold fold(device, channels);
  fold.forward(kernels);
  fold.backward(kernels);
  std::vector<float> a, b, p, q, gammaGrad;
  std::vector<double> deviations;
  const double product = Fold::product, count = Fold::count;
  for (size_t c = 0; c < fold.n; ++c) {
    double sum = static_cast<double>(fold.sums[c]), mean = sum / count;
    double variance =
        (static_cast<double>(fold.squares[c]) - sum * mean) / count;
    mean = mean * product;
    variance = std::max(variance, 0.0) * product * product;
    auto factors = numerics::foldBatchNormOver(
        product, fold.gamma[c], fold.beta[c], static_cast<float>(mean),
        static_cast<float>(variance), fold.norm.eps);
    a.push_back(factors.a);
    b.push_back(factors.b);
    deviations.push_back(std::sqrt(variance + fold.norm.eps));
    double da = static_cast<double>(fold.da[c]);
    double db = static_cast<double>(fold.db[c]);
    double reciprocal = 1.0 / deviations.back();
    double gamma = reciprocal * (product * da - mean * db);
    double scale = static_cast<double>(factors.a) / count;
    gammaGrad.push_back(static_cast<float>(gamma));
    p.push_back(static_cast<float>(-scale * gamma * product * reciprocal));
    q.push_back(static_cast<float>(scale * (gamma * mean * reciprocal - db)));
  }
  expectSame(fold.get<float>(fold.a), a, "a of fold_norm");
  expectSame(fold.get<float>(fold.b), b, "b of fold_norm");
  expectSame(fold.get<double>(fold.deviation), deviations,
             "the deviation of fold_norm");
  expectSame(fold.get<float>(fold.p), p, "p of fold_norm_gradient");
  expectSame(fold.get<float>(fold.q), q, "q of fold_norm_gradient");
  expectSame(fold.get<float>(fold.gammaGrad), gammaGrad,
             "gamma's gradient of fold_norm_gradient");
}
} // namespace

formats::Json measureBatchNorm(CudaDevice &device, Launcher &kernels,
                               const DeviceShape &shape, int rounds) {
  std::mt19937 random(3);
  std::vector<float> x = randomFloats(countElements(shape), random);
  std::vector<double> wide(static_cast<size_t>(shape.channels));
  std::vector<float> factors(wide.size(), 0.5f);
  Memory memory(device);
  DevicePointer in = memory.put(x), out = memory.make(x),
                a = memory.put(factors), sums = memory.put(wide),
                squares = memory.put(wide),
                workspace = memory.allocate(statisticsWorkspace(shape));
  Fold fold(device, shape.channels);
  double bytes = 4 * static_cast<double>(x.size());
  double channels = static_cast<double>(shape.channels);
  auto statistics = [&](bool areIntegers) {
    launchStatistics(kernels, areIntegers, shape, in, sums, squares, workspace);
  };
  return measureRates(
      device, "batch_norm",
      {{"integerStatistics", bytes, [&] { statistics(true); }},
       {"floatStatistics", bytes, [&] { statistics(false); }},
       {"normGradient", 3 * bytes,
        [&] { launchNormGradient(kernels, shape, in, out, a, a, a, out); }},
       {"foldNorm", 56 * channels, [&] { fold.forward(kernels); }},
       {"foldNormGradient", 52 * channels, [&] { fold.backward(kernels); }}},
      4 * x.size(), rounds);
}

void checkBatchNorm(CudaDevice &device, Launcher &kernels,
                    const DeviceShape &shape) {
  std::mt19937 random(3);
  std::uniform_int_distribution<int> integers(-(1 << 24), 1 << 24);
  std::uniform_real_distribution<float> floats(-4, 4);
  std::vector<float> x(countElements(shape));
  for (float &value : x)
    value = static_cast<float>(integers(random));
  checkStatistics<int64_t>(device, kernels, shape, x, true, 0);
  for (float &value : x)
    value = floats(random);
  checkStatistics<double>(device, kernels, shape, x, false, 1e-14);
  checkGradient(device, kernels, shape, random);
  checkFold(device, kernels, shape.channels);
}

} // namespace oqat::train
