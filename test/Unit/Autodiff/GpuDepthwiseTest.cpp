//===- GpuDepthwiseTest.cpp - Depthwise layers of a GPU, in lockstep ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Against the trainer's own loops for CPUs.
//
//===----------------------------------------------------------------------===//

#include "GpuKernels.h"
#include "Inputs.h"
#include "oqat/Numerics/Shape.h"
#include "train/Device/LayerLaunch.h"
#include "train/Kernels/Kernels.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

namespace oqat::train::baseline {
extern const Kernels table;
}

using namespace oqat::test;
using namespace oqat::train;

namespace {
using Floats = std::vector<float>;

template <typename T>
DevicePointer at(std::vector<T> &values) {
  return reinterpret_cast<DevicePointer>(values.data());
}

/// A layer with inputs, on the GPU and on the CPU.
struct Layer {
  Layer(int64_t images, int64_t height, int64_t width, int64_t channels,
        int64_t kernel, int64_t stride)
      : gpu{images,
            height,
            width,
            channels,
            oqat::numerics::convOutput(height, kernel, stride),
            oqat::numerics::convOutput(width, kernel, stride),
            kernel,
            stride},
        cpu{height,       width,  channels, gpu.outHeight,
            gpu.outWidth, kernel, stride} {
    std::uniform_int_distribution<int> code(0, 255), weight(-128, 127);
    codes.resize(count(cpu.height * cpu.width));
    for (uint8_t &value : codes)
      value = static_cast<uint8_t>(code(random));
    x = floats(codes.size());
    weights = floats(static_cast<size_t>(taps() * channels));
    integers.resize(weights.size());
    for (float &value : integers)
      value = static_cast<float>(weight(random));
    grad = floats(count(cpu.outHeight * cpu.outWidth));
  }

  int64_t taps() const { return gpu.kernel * gpu.kernel; }
  size_t count(int64_t pixels) const {
    return static_cast<size_t>(gpu.images * pixels * gpu.channels);
  }
  Floats floats(size_t count) {
    std::uniform_real_distribution<float> wide(-2, 2);
    Floats values(count);
    for (float &value : values)
      value = wide(random);
    return values;
  }
  /// [taps][channels] as the CPU has them, with padded channels, and back.
  Floats pad(const Floats &from) const {
    int64_t padded = padChannels(gpu.channels);
    Floats to(static_cast<size_t>(taps() * padded));
    for (int64_t t = 0; t < taps(); ++t)
      for (int64_t c = 0; c < gpu.channels; ++c)
        to[static_cast<size_t>(t * padded + c)] =
            from[static_cast<size_t>(t * gpu.channels + c)];
    return to;
  }
  Floats unpad(const Floats &from) const {
    int64_t padded = padChannels(gpu.channels);
    Floats to;
    for (int64_t t = 0; t < taps(); ++t)
      for (int64_t c = 0; c < gpu.channels; ++c)
        to.push_back(from[static_cast<size_t>(t * padded + c)]);
    return to;
  }
  /// One image of x with its border.
  Floats padded(int64_t image, bool isCodes) const {
    Floats to(static_cast<size_t>(cpu.paddedSize()));
    int64_t from = image * cpu.height * cpu.width * gpu.channels;
    if (isCodes)
      baseline::table.padCodes(codes.data() + from, cpu, to.data());
    else
      baseline::table.padImage(x.data() + from, cpu, to.data());
    return to;
  }

  std::mt19937 random{51};
  DeviceDepthwise gpu;
  DepthwiseShape cpu;
  std::vector<uint8_t> codes;
  Floats x, weights, integers, grad;
};

void checkForward(Layer &l, bool isCodes) {
  Floats &weights = isCodes ? l.integers : l.weights;
  Floats got(l.grad.size()), expected(got.size()), padded = l.pad(weights);
  launchDepthwise(getLauncher(), l.gpu, isCodes,
                  isCodes ? at(l.codes) : at(l.x), at(weights), at(got));
  int64_t perImage = l.cpu.outHeight * l.cpu.outWidth * l.gpu.channels;
  for (int64_t i = 0; i < l.gpu.images; ++i)
    baseline::table.depthwise(l.padded(i, isCodes).data(), padded.data(), l.cpu,
                              expected.data() + i * perImage);
  expectSameBits(got, expected, isCodes ? "y of codes" : "y");
}

void checkInputGradient(Layer &l) {
  Floats got(l.x.size()), expected(got.size()), weights = l.pad(l.weights);
  launchDepthwiseInputGradient(getLauncher(), l.gpu, at(l.grad), at(l.weights),
                               at(got));
  int64_t perImage = l.cpu.outHeight * l.cpu.outWidth * l.gpu.channels;
  for (int64_t i = 0; i < l.gpu.images; ++i) {
    Floats padded(static_cast<size_t>(l.cpu.paddedSize()));
    baseline::table.depthwiseInputGrad(l.grad.data() + i * perImage,
                                       weights.data(), l.cpu, padded.data());
    baseline::table.unpadImage(
        padded.data(), l.cpu,
        expected.data() + i * l.cpu.height * l.cpu.width * l.gpu.channels);
  }
  expectSameBits(got, expected, "dx");
}

Floats weightGradient(Layer &l, bool isCodes) {
  Floats got(l.weights.size(), 1.0f);
  std::vector<char> workspace(depthwiseWeightWorkspace(l.gpu));
  launchDepthwiseWeightGradient(getLauncher(), l.gpu, isCodes,
                                isCodes ? at(l.codes) : at(l.x), at(l.grad),
                                at(got), at(workspace));
  return got;
}

Floats expectedWeightGradient(Layer &l, bool isCodes) {
  Floats sums = l.pad(Floats(l.weights.size(), 1.0f));
  int64_t perImage = l.cpu.outHeight * l.cpu.outWidth * l.gpu.channels;
  for (int64_t i = 0; i < l.gpu.images; ++i)
    baseline::table.depthwiseWeightGrad(l.padded(i, isCodes).data(),
                                        l.grad.data() + i * perImage, l.cpu,
                                        sums.data());
  return l.unpad(sums);
}

void checkWeightGradient(Layer &l) {
  Floats got = weightGradient(l, /*isCodes=*/false);
  Floats expected = expectedWeightGradient(l, /*isCodes=*/false);
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got[i], expected[i], 1e-2f) << i;
  // Sums of integers are exact in any order.
  for (float &value : l.grad)
    value = std::nearbyint(value);
  expectSameBits(weightGradient(l, /*isCodes=*/true),
                 expectedWeightGradient(l, /*isCodes=*/true), "sums");
}

template <typename Check>
void forEachLayer(Check check) {
  for (int64_t kernel : {3, 5, 7})
    for (int64_t stride : {1, 2}) {
      SCOPED_TRACE(testing::Message() << kernel << " / " << stride);
      // Smaller than the kernel; odd sizes; even ones and more vectors than a
      // block has.
      for (auto [images, height, width, channels] :
           {std::array<int64_t, 4>{2, 2, 1, 4},
            {3, 9, 13, 12},
            {1, 4, 18, 140}}) {
        Layer layer(images, height, width, channels, kernel, stride);
        check(layer);
      }
    }
}

TEST(GpuDepthwiseTest, ForwardHasTheBitsOfTheCPU) {
  forEachLayer([](Layer &layer) {
    checkForward(layer, /*isCodes=*/true);
    checkForward(layer, /*isCodes=*/false);
  });
}

TEST(GpuDepthwiseTest, InputGradientHasTheBitsOfTheCPU) {
  forEachLayer([](Layer &layer) { checkInputGradient(layer); });
}

TEST(GpuDepthwiseTest, WeightGradientIsTheSum) {
  forEachLayer([](Layer &layer) { checkWeightGradient(layer); });
}

TEST(GpuDepthwiseTest, SeveralBlocksShareTheStrips) {
  Layer layer(/*images=*/12, 20, 14, 24, /*kernel=*/3, /*stride=*/1);
  ASSERT_GT(depthwiseWeightWorkspace(layer.gpu),
            3 * sizeof(float) * layer.weights.size());
  checkWeightGradient(layer);
}
} // namespace
