//===- GpuGradientTest.cpp - The GPU's kernels, in lockstep ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GpuKernels.h"
#include "Inputs.h"
#include "oqat/Numerics/GpuGrid.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace oqat;
using namespace oqat::test;
using namespace oqat::train;

namespace {
// One thread has work; a vector short of a power of two; more vectors than
// lanes; several blocks of pixels.
const Shape kShapes[] = {{1, 1, 4},   {2, 5, 16},  {3, 7, 36},
                         {2, 49, 24}, {1, 9, 136}, {2, 150, 132}};

/// The sum of rows as a block adds them: rows y, y + blockY, ... of `count` in
/// the threads, a tree over the threads of a warp, the warps one by one.
/// `value(row)` for the rows of this block.
template <typename Value>
float blockSum(int64_t blockX, int64_t blockY, int64_t first, int64_t step,
               int64_t count, Value value) {
  std::vector<float> threads(static_cast<size_t>(blockY), 0.0f);
  for (int64_t y = 0; y < blockY; ++y)
    for (int64_t row = first + y; row < count; row += step)
      threads[static_cast<size_t>(y)] += value(row);
  size_t inWarp = static_cast<size_t>(numerics::kGpuWarp / blockX);
  float total = 0;
  for (size_t warp = 0; warp * inWarp < threads.size(); ++warp) {
    std::vector<float> level(threads.begin() + static_cast<long>(warp * inWarp),
                             threads.begin() +
                                 static_cast<long>((warp + 1) * inWarp));
    while (level.size() > 1) {
      std::vector<float> next;
      for (size_t i = 0; i < level.size(); i += 2)
        next.push_back(level[i] + level[i + 1]);
      level = next;
    }
    total = warp == 0 ? level[0] : total + level[0];
  }
  return total;
}

/// A sum over images and pixels, or over pixels of each image, as the grid
/// adds; `parts` are the elements' contributions.
std::vector<float> gridSums(const Shape &shape, bool hasGate, bool ofImage,
                            const std::vector<float> &parts) {
  int64_t images = hasGate ? shape.images : 1;
  int64_t pixels = hasGate ? shape.pixels : shape.images * shape.pixels;
  numerics::GpuGrid grid =
      numerics::gpuPartialGrid(images, pixels, shape.channels);
  numerics::GpuGrid adding = numerics::gpuSumGrid(images, shape.channels);
  std::vector<float> sums;
  for (int64_t image = 0; image < (ofImage ? images : 1); ++image)
    for (int64_t c = 0; c < shape.channels; ++c) {
      std::vector<float> blocks;
      for (int64_t i = ofImage ? image : 0; i < (ofImage ? image + 1 : images);
           ++i)
        for (int64_t block = 0; block < grid.gridY; ++block)
          blocks.push_back(
              blockSum(grid.blockX, grid.blockY, block * grid.blockY,
                       grid.blockY * grid.gridY, pixels, [&](int64_t pixel) {
                         return parts[static_cast<size_t>(
                             (i * pixels + pixel) * shape.channels + c)];
                       }));
      sums.push_back(0.0f + blockSum(adding.blockX, adding.blockY, 0,
                                     adding.blockY,
                                     static_cast<int64_t>(blocks.size()),
                                     [&](int64_t row) {
                                       return blocks[static_cast<size_t>(row)];
                                     }));
    }
  return sums;
}

/// The reference's gradients of element `i` alone.
KernelGradients gradientsOfElement(const std::string &kernel,
                                   const KernelInputs &in, size_t i) {
  KernelInputs one;
  one.shape = {1, 1, 1};
  size_t c = i % static_cast<size_t>(in.shape.channels);
  size_t image = i / static_cast<size_t>(in.shape.pixels * in.shape.channels);
  auto pick = [](const std::vector<float> &from, size_t at) {
    return from.empty() ? from : std::vector<float>{from[at]};
  };
  one.x = pick(in.x, i);
  one.a = pick(in.a, c);
  one.b = pick(in.b, c);
  one.gate = pick(in.gate, image * static_cast<size_t>(in.shape.channels) + c);
  one.residual = pick(in.residual, i);
  one.quant = in.quant;
  one.grad = pick(in.grad, i);
  return backwardInFloat(kernel, one);
}

TEST(GpuGradientTest, ForwardHasTheBitsOfTheCPU) {
  for (const std::string &kernel : kernelNames())
    for (const Shape &shape : kShapes) {
      SCOPED_TRACE(kernel);
      KernelInputs in = makeInputs(kernel, shape, 11, 0);
      if (hasStage(kernel, "quantize"))
        EXPECT_EQ(runForwardToCodes(kernel, in, Device::GPU),
                  runForwardToCodes(kernel, in));
      else
        expectSameBits(runForward(kernel, in, Device::GPU),
                       runForward(kernel, in), "y");
    }
}

TEST(GpuGradientTest, BackwardHasTheBitsOfNumericsAndTheGridsOrder) {
  for (const std::string &kernel : kernelNames())
    for (const Shape &shape : kShapes) {
      SCOPED_TRACE(kernel);
      KernelInputs in = makeInputs(kernel, shape, 12, 0);
      KernelGradients got = runBackward(kernel, in, Device::GPU);
      KernelGradients expected = backwardInFloat(kernel, in);
      expectSameBits(got.dx, expected.dx, "dx");
      expectSameBits(got.dresidual, expected.dresidual, "dresidual");
      std::vector<KernelGradients> elements;
      for (size_t i = 0; i < in.x.size(); ++i)
        elements.push_back(gradientsOfElement(kernel, in, i));
      bool hasGate = !in.gate.empty();
      auto check = [&](std::vector<float> KernelGradients::*sum, bool ofImage,
                       const char *what) {
        if ((got.*sum).empty())
          return;
        std::vector<float> parts;
        for (const KernelGradients &element : elements)
          parts.push_back((element.*sum)[0]);
        expectSameBits(got.*sum, gridSums(shape, hasGate, ofImage, parts),
                       what);
      };
      check(&KernelGradients::da, false, "da");
      check(&KernelGradients::db, false, "db");
      check(&KernelGradients::dstep, false, "dstep");
      check(&KernelGradients::dgate, true, "dgate");
    }
}

TEST(GpuGradientTest, NeighbouringSumsAreMadeTogether) {
  const std::string kernel = "rescale_relu_quantize";
  KernelInputs in = makeInputs(kernel, {2, 300, 24}, 15, 0);
  KernelGradients expected = runBackward(kernel, in, Device::GPU);
  auto at = [](std::vector<float> &values) {
    return reinterpret_cast<DevicePointer>(values.data());
  };
  std::vector<float> dx(in.x.size()), sums(3 * 24);
  DeviceShape shape{2, 300, 24};
  std::vector<float> workspace(backwardWorkspace(shape, 3) / sizeof(float));
  DeviceGradients out;
  out.grad = at(in.grad);
  out.dx = at(dx);
  out.da = at(sums);
  out.db = out.da + 24 * sizeof(float);
  out.dstep = out.db + 24 * sizeof(float);
  launchBackward(getLauncher(), kernel, shape,
                 {at(in.x), at(in.a), at(in.b), 0, 0, at(in.quant)}, out,
                 at(workspace));
  std::vector<float> all = expected.da;
  all.insert(all.end(), expected.db.begin(), expected.db.end());
  all.insert(all.end(), expected.dstep.begin(), expected.dstep.end());
  expectSameBits(dx, expected.dx, "dx");
  expectSameBits(sums, all, "sums");
}

TEST(GpuGradientTest, BackwardIsTheChainRule) {
  for (const std::string &kernel : kernelNames())
    for (const Shape &shape : {Shape{2, 5, 16}, Shape{1, 9, 136}}) {
      SCOPED_TRACE(kernel);
      KernelInputs in = makeInputs(kernel, shape, 13, 1e-4);
      KernelGradients got = runBackward(kernel, in, Device::GPU);
      DoubleGradients expected = backwardInDouble(kernel, in);
      expectNear(got.dx, expected.dx, "dx");
      expectNear(got.dresidual, expected.dresidual, "dresidual");
      expectNear(got.da, expected.da, "da");
      expectNear(got.db, expected.db, "db");
      expectNear(got.dstep, expected.dstep, "dstep");
      expectNear(got.dgate, expected.dgate, "dgate");
    }
}

TEST(GpuGradientTest, NaNStaysVisible) {
  for (const std::string &kernel : kernelNames()) {
    SCOPED_TRACE(kernel);
    KernelInputs in = makeInputs(kernel, {1, 1, 32}, 14, 0);
    in.x[17] = NAN;
    if (hasStage(kernel, "quantize")) {
      EXPECT_EQ(runForwardToCodes(kernel, in, Device::GPU)[17], 0);
    } else {
      EXPECT_TRUE(std::isnan(runForward(kernel, in, Device::GPU)[17]));
    }
    KernelGradients g = runBackward(kernel, in, Device::GPU);
    EXPECT_TRUE(g.dstep.empty() || std::isnan(g.dstep[17]));
    EXPECT_TRUE(g.da.empty() || std::isnan(g.da[17]));
  }
}
} // namespace
