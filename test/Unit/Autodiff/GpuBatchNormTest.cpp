//===- GpuBatchNormTest.cpp - What batch norm needs of a GPU, in lockstep -===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GpuKernels.h"
#include "Inputs.h"
#include "oqat/Numerics/GpuGrid.h"
#include "train/Device/LaunchParameters.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace oqat::test;
using namespace oqat::train;

namespace {
const Shape kShapes[] = {{1, 1, 4}, {2, 49, 24}, {3, 100, 132}};

DeviceShape deviceShape(const Shape &shape) {
  return {shape.images, shape.pixels, shape.channels};
}
template <typename T>
DevicePointer at(std::vector<T> &values) {
  return reinterpret_cast<DevicePointer>(values.data());
}

/// Sums of `x` and of its squares on the GPU; they start at 1.
template <typename T>
std::pair<std::vector<T>, std::vector<T>>
statistics(const Shape &shape, std::vector<float> x, bool areIntegers) {
  std::vector<T> sums(static_cast<size_t>(shape.channels), T(1));
  std::vector<T> squares(sums);
  std::vector<char> workspace(statisticsWorkspace(deviceShape(shape)));
  launchStatistics(getLauncher(), areIntegers, deviceShape(shape), at(x),
                   at(sums), at(squares), at(workspace));
  return {sums, squares};
}

TEST(GpuBatchNormTest, SumsOfAccumulatorsAreExact) {
  for (const Shape &shape : kShapes) {
    std::mt19937 random(21);
    // Their squares leave the integers of f64 behind.
    std::uniform_int_distribution<int> wide(-(1 << 24), 1 << 24);
    std::vector<float> x(shape.elements());
    for (float &value : x)
      value = static_cast<float>(wide(random));
    auto [sums, squares] = statistics<int64_t>(shape, x, true);
    size_t channels = static_cast<size_t>(shape.channels);
    for (size_t c = 0; c < channels; ++c) {
      int64_t sum = 1, square = 1;
      for (size_t i = c; i < x.size(); i += channels) {
        sum += static_cast<int64_t>(x[i]);
        square += static_cast<int64_t>(x[i]) * static_cast<int64_t>(x[i]);
      }
      ASSERT_EQ(sums[c], sum) << c;
      ASSERT_EQ(squares[c], square) << c;
    }
  }
}

TEST(GpuBatchNormTest, SumsOfFloatsAreOfDoubles) {
  for (const Shape &shape : kShapes) {
    std::mt19937 random(22);
    std::uniform_real_distribution<float> wide(-4, 4);
    std::vector<float> x(shape.elements());
    for (float &value : x)
      value = wide(random);
    auto [sums, squares] = statistics<double>(shape, x, false);
    size_t channels = static_cast<size_t>(shape.channels);
    for (size_t c = 0; c < channels; ++c) {
      long double sum = 1, square = 1;
      for (size_t i = c; i < x.size(); i += channels) {
        sum += x[i];
        square += static_cast<long double>(x[i]) * x[i];
      }
      ASSERT_NEAR(sums[c], static_cast<double>(sum), 1e-12) << c;
      ASSERT_NEAR(squares[c], static_cast<double>(square), 1e-11) << c;
    }
  }
}

TEST(GpuBatchNormTest, NeighbouringSumsAreMadeTogether) {
  const Shape &shape = kShapes[2];
  size_t channels = static_cast<size_t>(shape.channels);
  std::vector<float> x;
  for (size_t i = 0; i < shape.elements(); ++i)
    x.push_back(static_cast<float>(i % 1001));
  auto [sums, squares] = statistics<int64_t>(shape, x, true);
  std::vector<int64_t> both(2 * channels, 1);
  std::vector<char> workspace(statisticsWorkspace(deviceShape(shape)));
  launchStatistics(getLauncher(), true, deviceShape(shape), at(x), at(both),
                   at(both) + sizeof(int64_t) * channels, at(workspace));
  sums.insert(sums.end(), squares.begin(), squares.end());
  EXPECT_EQ(both, sums);
}

TEST(GpuBatchNormTest, ManyPartialSumsAreAddedOnce) {
  // One row a thread, more than one each, a whole turn of the unrolled loop,
  // and more.
  const int64_t rowsPerBlock = oqat::numerics::gpuSumGrid(1, 20).blockY;
  for (int64_t rows :
       {rowsPerBlock - 3, 3 * rowsPerBlock + 1,
        oqat::numerics::kGpuUnrolled * rowsPerBlock, 17 * rowsPerBlock + 5}) {
    const size_t images = 2, channels = 20;
    size_t perImage = static_cast<size_t>(rows) * channels;
    std::vector<int64_t> parts, sums(images * channels, 7), expected(sums);
    for (size_t i = 0; i < images * perImage; ++i)
      parts.push_back(static_cast<int64_t>(i * i) - 1000);
    for (size_t i = 0; i < parts.size(); ++i)
      expected[i / perImage * channels + i % channels] += parts[i];
    launchSum(getLauncher(), at(parts), images, rows, channels, at(sums),
              "_i64");
    EXPECT_EQ(sums, expected) << rows;
  }
}

TEST(GpuBatchNormTest, BlocksThatLeaveSumsAreFew) {
  using namespace oqat::numerics;
  // A training batch of 112x112 pixels, in one piece and picture by picture.
  GpuGrid flat = gpuPartialGrid(1, 128 * 112 * 112, 64);
  EXPECT_EQ(flat.gridX * flat.gridY, kGpuSumBlocks);
  GpuGrid images = gpuPartialGrid(128, 112 * 112, 64);
  EXPECT_EQ(images.gridY, kGpuSumBlocks / 128);
  EXPECT_EQ(gpuPartialGrid(4000, 49, 64).gridY, 1);
  EXPECT_GE(backwardWorkspace({334, 3136, 64}, 1),
            sizeof(float) * 64 * kGpuSumBlocks);
}

TEST(GpuBatchNormTest, NormGradientRoundsEveryOperation) {
  for (const Shape &shape : kShapes) {
    std::mt19937 random(23);
    std::uniform_real_distribution<float> wide(-4, 4);
    size_t channels = static_cast<size_t>(shape.channels);
    auto make = [&](size_t count) {
      std::vector<float> values(count);
      for (float &value : values)
        value = wide(random);
      return values;
    };
    std::vector<float> dz = make(shape.elements()), x = make(shape.elements()),
                       a = make(channels), p = make(channels),
                       q = make(channels), got(shape.elements());
    launchNormGradient(getLauncher(), deviceShape(shape), at(dz), at(x), at(a),
                       at(p), at(q), at(got));
    std::vector<float> expected;
    for (size_t i = 0; i < x.size(); ++i) {
      size_t c = i % channels;
      float fromZ = a[c] * dz[i], fromX = p[c] * x[i], both = fromZ + fromX;
      expected.push_back(both + q[c]);
    }
    expectSameBits(got, expected, "out");
  }
}
} // namespace
