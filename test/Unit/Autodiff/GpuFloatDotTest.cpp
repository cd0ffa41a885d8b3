//===- GpuFloatDotTest.cpp - Float dot products of a GPU, in lockstep -----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GpuKernels.h"
#include "Inputs.h"
#include "oqat/Numerics/FloatDot.h"
#include "oqat/Numerics/GpuLayers.h"
#include "train/Device/LayerLaunch.h"
#include "gtest/gtest.h"
#include <random>

using namespace oqat::test;
using namespace oqat::train;

namespace {
using Floats = std::vector<float>;

DevicePointer at(Floats &values) {
  return reinterpret_cast<DevicePointer>(values.data());
}

void check(int64_t rows, int64_t depth, int64_t outputs, bool hasBias) {
  std::mt19937 random(41);
  std::uniform_real_distribution<float> wide(-2, 2);
  auto make = [&](int64_t count) {
    Floats values(static_cast<size_t>(count));
    for (float &value : values)
      value = wide(random);
    return values;
  };
  int64_t padded = (outputs + 3) / 4 * 4;
  Floats x = make(rows * depth), weights = make(depth * padded),
         bias = make(padded), got(static_cast<size_t>(rows * padded));
  launchFloatDot(getLauncher(), rows, depth, outputs, at(x), at(weights),
                 hasBias ? at(bias) : 0, at(got));
  Floats expected;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t n = 0; n < padded; ++n) {
      Floats column;
      for (int64_t k = 0; k < depth; ++k)
        column.push_back(weights[static_cast<size_t>(k * padded + n)]);
      const float *from = x.data() + row * depth;
      expected.push_back(
          hasBias ? oqat::numerics::floatDot(from, column.data(), depth,
                                             bias[static_cast<size_t>(n)])
                  : oqat::numerics::floatDot(from, column.data(), depth));
    }
  expectSameBits(got, expected, "y");
}

TEST(GpuFloatDotTest, BitsAreTheCpus) {
  for (bool hasBias : {false, true}) {
    check(/*rows=*/1, /*depth=*/1, /*outputs=*/1, hasBias);
    check(/*rows=*/3, /*depth=*/83, /*outputs=*/150, hasBias);
    check(/*rows=*/130, /*depth=*/27, /*outputs=*/16, hasBias);
  }
}

TEST(GpuFloatDotTest, ManyRowsShareTheirWeights) {
  const int64_t rows = (int64_t(1) << 16) * 4 + 2;
  ASSERT_EQ(oqat::numerics::gpuDotRows(rows, 4), 4);
  check(rows, /*depth=*/6, /*outputs=*/3, /*hasBias=*/true);
}
} // namespace
