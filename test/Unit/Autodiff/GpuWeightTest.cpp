//===- GpuWeightTest.cpp - Weights of a subnet on a GPU, in lockstep ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Against the host's kernels, which compute elements in the same way; sums
// against those that are made in double one after the other.
//
//===----------------------------------------------------------------------===//

#include "GpuKernels.h"
#include "Inputs.h"
#include "KernelObject.h"
#include "WeightInputs.h"
#include "oqat/Numerics/Bounds.h"
#include "oqat/Numerics/GpuLayers.h"
#include "oqat/Numerics/Quantize.h"
#include "train/Device/WeightLaunch.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace oqat;
using namespace oqat::test;
using namespace oqat::train;
using numerics::Random;

namespace {
template <typename T>
DevicePointer at(std::vector<T> &values) {
  return values.empty() ? 0 : reinterpret_cast<DevicePointer>(values.data());
}

/// How a layer has its weight.
enum class Order { Dense, TapsFirst };

DeviceWeight inOrder(DevicePointer data, const WeightCase &c, Order order) {
  DeviceWeight weight = DeviceWeight::dense(data, {c.out, c.to, c.to, c.in});
  if (order == Order::TapsFirst) // [taps][inputs][filters]
    weight.strides = {1, c.to * c.in * c.out, c.in * c.out, c.out};
  return weight;
}

/// Numbers of `weight` in the order of elements.
std::vector<float> read(const std::vector<float> &data, const DeviceWeight &w) {
  std::vector<float> result;
  for (int64_t o = 0; o < w.sizes[0]; ++o)
    for (int64_t y = 0; y < w.sizes[1]; ++y)
      for (int64_t x = 0; x < w.sizes[2]; ++x)
        for (int64_t i = 0; i < w.sizes[3]; ++i)
          result.push_back(
              data[static_cast<size_t>(o * w.strides[0] + y * w.strides[1] +
                                       x * w.strides[2] + i * w.strides[3])]);
  return result;
}

/// dstep is what is added to the middle one of three steps, times kScale.
constexpr double kScale = -0.125;

WeightResults runInLockstep(WeightCase c, Order order = Order::Dense,
                            Launcher &launcher = getLauncher()) {
  std::array<int64_t, 4> sizes{c.out, c.to, c.to, c.in};
  auto inside = [&](std::vector<float> &shared) {
    return DeviceWeight::centre(at(shared), c.from, c.maxIn, sizes);
  };
  WeightResults result;
  std::vector<float> quant = c.quant(), values(c.elements());
  if (c.quantizes()) {
    result.codes.resize(c.elements());
    if (c.transforms)
      result.product.resize(c.elements());
  }
  DeviceWeightOperands in{inside(c.w), at(c.matrix), at(quant),
                          at(result.product)};
  DeviceWeight to = inOrder(at(values), c, order);
  launchWeight(launcher, in, to, at(result.codes));
  result.values = read(values, to);

  result.dw = c.dw;
  result.dmatrix = c.dmatrix;
  result.dproduct = result.product;
  in.product = at(result.dproduct);
  std::vector<float> steps(3), grad(c.elements());
  DeviceWeightGradients out{
      inside(result.dw), at(result.dmatrix), at(steps), 3, 1, kScale};
  DeviceWeight from = inOrder(at(grad), c, order);
  for (size_t e = 0; e < c.elements(); ++e) {
    int64_t n = static_cast<int64_t>(e), i = n % c.in, o = n / c.in / c.taps();
    int64_t tap = n / c.in % c.taps(), y = tap / c.to, x = tap % c.to;
    grad[static_cast<size_t>(o * from.strides[0] + y * from.strides[1] +
                             x * from.strides[2] + i * from.strides[3])] =
        c.grad[e];
  }
  std::vector<char> workspace(weightWorkspace(from.elements()));
  launchWeightGradient(launcher, in, from, out, at(workspace));
  result.dstep = static_cast<double>(steps[1]);
  EXPECT_EQ(steps[0], 0);
  EXPECT_EQ(steps[2], 0);
  return result;
}

/// The matrix's gradient in double, from that of the product.
void expectMatrix(const WeightCase &c, const WeightResults &got) {
  const std::vector<float> &dy = c.quantizes() ? got.dproduct : c.grad;
  int64_t margin = (c.from - c.to) / 2;
  for (int64_t j = 0; j < c.taps(); ++j)
    for (int64_t i = 0; i < c.taps(); ++i) {
      double sum = 0, magnitude = 0;
      for (int64_t o = 0; o < c.out; ++o)
        for (int64_t input = 0; input < c.in; ++input) {
          int64_t y = i / c.to + margin, x = i % c.to + margin;
          int64_t w = ((o * c.from + y) * c.from + x) * c.maxIn + input;
          int64_t d = (o * c.taps() + j) * c.in + input;
          double part = static_cast<double>(c.w[static_cast<size_t>(w)] *
                                            dy[static_cast<size_t>(d)]);
          sum += part;
          magnitude += std::fabs(part);
        }
      size_t entry = static_cast<size_t>(j * c.taps() + i);
      float expected = c.dmatrix[entry] + static_cast<float>(sum);
      // Another order of sums in double may round to the next float, twice.
      ASSERT_NEAR(got.dmatrix[entry], expected,
                  0x1p-22 * (std::fabs(sum) +
                             std::fabs(static_cast<double>(expected))) +
                      0x1p-45 * magnitude)
          << entry;
    }
}

void expectSame(const WeightCase &c, const WeightResults &got,
                const WeightResults &host) {
  EXPECT_EQ(got.codes, host.codes);
  expectSameBits(got.values, host.values, "values");
  expectSameBits(got.product, host.product, "product");
  expectSameBits(got.dproduct, host.dproduct, "gradient of the product");
  expectSameBits(got.dw, host.dw, "dw");
  if (c.transforms)
    expectMatrix(c, got);
  double magnitude = 0;
  for (float part : c.grad)
    magnitude += std::fabs(static_cast<double>(part));
  EXPECT_NEAR(got.dstep, host.dstep * kScale,
              0x1p-23 * std::fabs(host.dstep * kScale) + 0x1p-40 * magnitude);
}

WeightResults runOnHost(WeightCase c) {
  c.dstep = 0;
  return runWeight(
      KernelObject::get("host")->weight(c.transforms, c.quantizes()), c);
}

void check(const WeightCase &c) {
  WeightResults host = runOnHost(c);
  for (Order order : {Order::Dense, Order::TapsFirst}) {
    SCOPED_TRACE(order == Order::Dense ? "dense" : "taps first");
    expectSame(c, runInLockstep(c, order), host);
  }
}

TEST(GpuWeightTest, ElementsHaveTheBitsOfTheCPU) {
  for (bool transforms : {false, true})
    for (int bits : {2, 3, 4, 8, 32})
      for (uint64_t seed = 0; seed < 6; ++seed) {
        Random random(seed);
        WeightCase c = drawCase(random, transforms, bits);
        // Lockstep takes its time.
        c.out = std::min<int64_t>(c.out, 5);
        c.grad.resize(c.elements());
        SCOPED_TRACE("seed " + std::to_string(seed) + ": " + describe(c));
        expectSame(c,
                   runInLockstep(c, seed % 2 ? Order::TapsFirst : Order::Dense),
                   runOnHost(c));
        if (HasFatalFailure() || HasNonfatalFailure())
          return;
      }
}

WeightCase layerOf(int64_t maxOut, int64_t maxIn, int64_t from, int64_t out,
                   int64_t in, int64_t to, bool transforms, int bits) {
  Random random(static_cast<uint64_t>(maxOut + from + to + bits));
  WeightCase c{maxOut, maxIn, from, out, in, to, transforms,
               bits,   0.37f, {},   {},  {}, {}, {}};
  auto draw = [&](int64_t count) {
    return drawWeights(random, count, 0.25f, /*isOnGrid=*/false);
  };
  c.w = draw(maxOut * from * from * maxIn);
  c.dw = draw(maxOut * from * from * maxIn);
  c.grad = draw(static_cast<int64_t>(c.elements()));
  if (transforms) {
    c.matrix = draw(c.taps() * c.taps());
    c.dmatrix = draw(c.taps() * c.taps());
  }
  return c;
}

/// Depthwise and dense layers as subnets have them.
TEST(GpuWeightTest, LayersHaveTheBitsOfTheCPU) {
  for (int bits : {4, 32}) {
    check(layerOf(24, 1, 7, 16, 1, 5, true, bits));
    check(layerOf(24, 1, 5, 16, 1, 3, true, bits));
    check(layerOf(24, 1, 7, 20, 1, 3, false, bits));
    check(layerOf(16, 12, 5, 8, 8, 3, false, bits));
    check(layerOf(16, 3, 3, 16, 3, 3, false, bits));
    check(layerOf(40, 24, 1, 36, 20, 1, false, bits));
  }
}

/// More elements than a block has threads, and more filters for a matrix.
TEST(GpuWeightTest, SeveralBlocksShareTheSums) {
  WeightCase dense = layerOf(40, 30, 1, 33, 29, 1, false, 4);
  ASSERT_GT(weightWorkspace(static_cast<int64_t>(dense.elements())),
            3 * sizeof(double));
  check(dense);
  check(layerOf(300, 1, 5, 299, 1, 3, true, 4));
}

/// As where a grid ends before the elements do.
class FewBlocks : public Launcher {
  void launch(const std::string &kernel, const numerics::GpuGrid &grid,
              const std::vector<uint64_t> &parameters) override {
    numerics::GpuGrid fewer = grid;
    if (kernel != "weight_matrix_gradient")
      fewer.gridX = std::min<int64_t>(grid.gridX, 2);
    getLauncher().launch(kernel, fewer, parameters);
  }
};

TEST(GpuWeightTest, AThreadHasSeveralElements) {
  FewBlocks few;
  for (bool transforms : {false, true})
    for (int bits : {4, 32}) {
      WeightCase c = layerOf(150, 1, 5, 140, 1, 3, transforms, bits);
      ASSERT_GT(
          numerics::gpuElementGrid(static_cast<int64_t>(c.elements())).gridX,
          4);
      expectSame(c, runInLockstep(c, Order::Dense, few), runOnHost(c));
    }
  EXPECT_EQ(numerics::gpuElementGrid(int64_t(1) << 30).gridX,
            numerics::kGpuSumBlocks);
}

/// Sums of eighths are exact in any order.
TEST(GpuWeightTest, ExactSumsHaveTheBitsOfTheCPU) {
  for (bool transforms : {false, true}) {
    WeightCase c = layerOf(30, 1, 5, 29, 1, 3, transforms, 4);
    Random random(7);
    c.step = 0.25f;
    for (auto *values : {&c.w, &c.grad, &c.matrix, &c.dmatrix})
      *values = drawWeights(random, static_cast<int64_t>(values->size()), 1,
                            /*isOnGrid=*/true);
    WeightResults host = runOnHost(c), got = runInLockstep(c);
    EXPECT_EQ(got.dstep, host.dstep * kScale);
    EXPECT_NE(got.dstep, 0);
    expectSameBits(got.dmatrix, host.dmatrix, "dmatrix");
  }
}

TEST(GpuWeightTest, GradientsAreThoseOfDifferences) {
  expectDifferences(
      [](WeightCase c) {
        EXPECT_FALSE(c.quantizes());
        return runInLockstep(c);
      },
      /*checks=*/3);
}

TEST(GpuWeightTest, BoundsAccumulatorsAsTheCPU) {
  for (int64_t filters : {1, 8, 21})
    for (Order order : {Order::Dense, Order::TapsFirst}) {
      WeightCase c = layerOf(24, 12, 3, filters, 11, 3, false, 8);
      std::vector<float> values(c.elements()),
          ends(static_cast<size_t>(2 * filters));
      std::vector<int8_t> codes = runOnHost(c).codes;
      DeviceWeight to = inOrder(at(values), c, order);
      for (auto [lowest, highest] :
           {std::array<int, 2>{0, 255}, {-128, 127}, {-3, 0}}) {
        std::vector<float> quant = c.quant();
        launchWeight(getLauncher(),
                     {DeviceWeight::centre(at(c.w), c.from, c.maxIn, to.sizes),
                      0, at(quant)},
                     to);
        launchAccumulatorEnds(getLauncher(), to, lowest, highest, at(ends));
        for (int64_t o = 0; o < filters; ++o) {
          int64_t depth = c.taps() * c.in;
          auto expected = numerics::accumulatorInterval(
              codes.data() + o * depth, depth, {lowest, highest});
          EXPECT_EQ(ends[static_cast<size_t>(o)],
                    static_cast<float>(expected.lo));
          EXPECT_EQ(ends[static_cast<size_t>(filters + o)],
                    static_cast<float>(expected.hi));
        }
      }
    }
}

TEST(GpuWeightTest, ANaNHasCodeZeroAndStaysOneInGradients) {
  WeightCase c = layerOf(1, 3, 1, 1, 3, 1, false, 4);
  c.step = 1;
  c.w = {1, std::nanf(""), -1};
  c.grad = {1, 1, 1};
  WeightResults got = runInLockstep(c);
  EXPECT_EQ(got.codes, (std::vector<int8_t>{1, 0, -1}));
  expectSameBits(got.values, {1, 0, -1}, "values");
  EXPECT_TRUE(std::isnan(got.dw[1]));
  EXPECT_TRUE(std::isnan(got.dstep));
}
} // namespace
