// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "layers.h"
#include "oqat/Numerics/Shape.h"
#include "train/Kernels/Kernels.h"

#include <algorithm>
#include <cmath>

namespace oqat::train {

namespace baseline {
extern const Kernels table;
}

namespace {

using Floats = std::vector<float>;

size_t countInputs(const DeviceDepthwise &s) {
  return static_cast<size_t>(s.images * s.height * s.width * s.channels);
}
size_t countOutputs(const DeviceDepthwise &s) {
  return static_cast<size_t>(s.images * s.outHeight * s.outWidth * s.channels);
}
size_t countWeights(const DeviceDepthwise &s) {
  return static_cast<size_t>(s.kernel * s.kernel * s.channels);
}

/// Inputs of a layer, here and there, and room for its results.
struct Layer {
  Layer(CudaDevice &device, const DeviceDepthwise &shape)
      : shape(shape), memory(device) {
    std::mt19937 random(5);
    std::uniform_int_distribution<int> code(0, 255), weight(-8, 7);
    x = randomFloats(countInputs(shape), random, -1, 1);
    grad = randomFloats(countOutputs(shape), random, -1, 1);
    codes.resize(x.size());
    for (uint8_t &value : codes)
      value = static_cast<uint8_t>(code(random));
    weights = randomFloats(countWeights(shape), random, -1, 1);
    integers.resize(weights.size());
    for (float &value : integers)
      value = static_cast<float>(weight(random));
    on = {memory.put(x),
          memory.put(codes),
          memory.put(weights),
          memory.put(integers),
          memory.put(grad),
          memory.make(grad),
          memory.make(x),
          memory.make(weights),
          memory.allocate(depthwiseWeightWorkspace(shape))};
  }

  void forward(Launcher &kernels, bool isCodes) const {
    launchDepthwise(kernels, shape, isCodes, isCodes ? on.codes : on.x,
                    isCodes ? on.integers : on.weights, on.y);
  }
  void inputGradient(Launcher &kernels) const {
    launchDepthwiseInputGradient(kernels, shape, on.grad, on.weights, on.dx);
  }
  void weightGradient(Launcher &kernels, bool isCodes) const {
    launchDepthwiseWeightGradient(kernels, shape, isCodes,
                                  isCodes ? on.codes : on.x, on.grad, on.sums,
                                  on.workspace);
  }

  DeviceDepthwise shape;
  Memory memory;
  Floats x, grad, weights, integers;
  std::vector<uint8_t> codes;
  struct {
    DevicePointer x, codes, weights, integers, grad, y, dx, sums, workspace;
  } on;
};

/// The same with the trainer's loops.
class Host {
public:
  explicit Host(const Layer &layer)
      : layer(layer), s(layer.shape),
        cpu{s.height,   s.width,  s.channels, s.outHeight,
            s.outWidth, s.kernel, s.stride},
        padded(padChannels(s.channels)) {}

  Floats forward(bool isCodes) const {
    Floats y(countOutputs(s));
    Floats weights = pad(isCodes ? layer.integers : layer.weights);
    for (int64_t i = 0; i < s.images; ++i)
      baseline::table.depthwise(picture(i, isCodes).data(), weights.data(), cpu,
                                y.data() + i * outputs());
    return y;
  }
  Floats inputGradient() const {
    Floats dx(countInputs(s)), weights = pad(layer.weights);
    for (int64_t i = 0; i < s.images; ++i) {
      Floats border(static_cast<size_t>(cpu.paddedSize()));
      baseline::table.depthwiseInputGrad(layer.grad.data() + i * outputs(),
                                         weights.data(), cpu, border.data());
      baseline::table.unpadImage(border.data(), cpu, dx.data() + i * inputs());
    }
    return dx;
  }
  Floats weightGradient(bool isCodes) const {
    Floats sums = pad(Floats(layer.weights.size())), result;
    for (int64_t i = 0; i < s.images; ++i)
      baseline::table.depthwiseWeightGrad(picture(i, isCodes).data(),
                                          layer.grad.data() + i * outputs(),
                                          cpu, sums.data());
    for (size_t i = 0; i < sums.size(); ++i)
      if (static_cast<int64_t>(i) % padded < s.channels)
        result.push_back(sums[i]);
    return result;
  }

private:
  int64_t inputs() const { return s.height * s.width * s.channels; }
  int64_t outputs() const { return s.outHeight * s.outWidth * s.channels; }
  Floats picture(int64_t image, bool isCodes) const {
    Floats to(static_cast<size_t>(cpu.paddedSize()));
    if (isCodes)
      baseline::table.padCodes(layer.codes.data() + image * inputs(), cpu,
                               to.data());
    else
      baseline::table.padImage(layer.x.data() + image * inputs(), cpu,
                               to.data());
    return to;
  }
  Floats pad(const Floats &from) const {
    Floats to(static_cast<size_t>(s.kernel * s.kernel * padded));
    for (size_t i = 0; i < from.size(); ++i) {
      int64_t n = static_cast<int64_t>(i);
      to[static_cast<size_t>(n / s.channels * padded + n % s.channels)] =
          from[i];
    }
    return to;
  }

  const Layer &layer;
  const DeviceDepthwise &s;
  DepthwiseShape cpu;
  int64_t padded;
};

void checkWeights(CudaDevice &device, Launcher &kernels, Layer &layer,
                  bool isCodes) {
  Floats first(layer.weights.size()), second(first);
  for (Floats *sums : {&first, &second}) {
    device.clear(layer.on.sums, sums->size() * sizeof(float));
    layer.weightGradient(kernels, isCodes);
    layer.memory.get(*sums, layer.on.sums);
  }
  expectSame(second, first, "a gradient of weights, the second time,");
  Floats expected = Host(layer).weightGradient(isCodes);
  // Sums of as many products that are at most that large.
  float limit = 1e-5f * static_cast<float>(layer.grad.size()) *
                (isCodes ? 255.0f : 1.0f) /
                static_cast<float>(layer.shape.channels);
  for (size_t i = 0; i < first.size(); ++i)
    if (!(std::fabs(first[i] - expected[i]) <= limit))
      throw std::runtime_error("the gradient of weight " + std::to_string(i) +
                               " is " + std::to_string(first[i]) +
                               ", but the CPU's " +
                               std::to_string(expected[i]));
}
} // namespace

DeviceDepthwise depthwiseOf(int64_t images, int64_t size, int64_t channels,
                            int64_t kernel, int64_t stride) {
  int64_t out = numerics::convOutput(size, kernel, stride);
  return {images, size, size, channels, out, out, kernel, stride};
}

void checkDepthwise(CudaDevice &device, Launcher &kernels,
                    const DeviceDepthwise &shape) {
  Layer layer(device, shape);
  Host host(layer);
  for (bool isCodes : {true, false}) {
    Floats y(layer.grad.size());
    layer.forward(kernels, isCodes);
    layer.memory.get(y, layer.on.y);
    expectSame(y, host.forward(isCodes), isCodes ? "y of codes" : "y");
    checkWeights(device, kernels, layer, isCodes);
  }
  Floats dx(layer.x.size());
  layer.inputGradient(kernels);
  layer.memory.get(dx, layer.on.dx);
  expectSame(dx, host.inputGradient(), "dx");
}

formats::Json measureDepthwise(CudaDevice &device, Launcher &kernels,
                               const DeviceDepthwise &shape, int rounds) {
  Layer layer(device, shape);
  double in = static_cast<double>(countInputs(shape));
  double out = static_cast<double>(countOutputs(shape));
  return measureRates(
      device,
      "depthwise_" + std::to_string(shape.kernel) + "_" +
          std::to_string(shape.stride),
      {{"codes", in + 4 * out, [&] { layer.forward(kernels, true); }},
       {"float", 4 * (in + out), [&] { layer.forward(kernels, false); }},
       {"inputGradient", 4 * (in + out), [&] { layer.inputGradient(kernels); }},
       {"weightGradientOfCodes", in + 4 * out,
        [&] { layer.weightGradient(kernels, true); }},
       {"weightGradient", 4 * (in + out),
        [&] { layer.weightGradient(kernels, false); }}},
      4 * countInputs(shape), rounds);
}

namespace {
/// The operands of a dot product there.
struct Dot {
  Dot(CudaDevice &device, const DotShape &shape)
      : shape(shape), padded(padChannels(shape.outputs)), memory(device) {
    std::mt19937 random(6);
    auto floats = [&](int64_t count) {
      return randomFloats(static_cast<size_t>(count), random, -1, 1);
    };
    x = floats(shape.rows * shape.depth);
    weights = floats(shape.depth * padded);
    bias = floats(padded);
    y.resize(static_cast<size_t>(shape.rows * padded));
    onX = memory.put(x);
    onWeights = memory.put(weights);
    onBias = memory.put(bias);
    onY = memory.make(y);
  }
  void run(Launcher &kernels) const {
    launchFloatDot(kernels, shape.rows, shape.depth, padded, onX, onWeights,
                   onBias, onY);
  }

  DotShape shape;
  /// As the CPU's kernel has it.
  int64_t padded;
  Memory memory;
  Floats x, weights, bias, y;
  DevicePointer onX, onWeights, onBias, onY;
};
} // namespace

void checkFloatDot(CudaDevice &device, Launcher &kernels,
                   const DotShape &shape) {
  Dot dot(device, shape);
  dot.run(kernels);
  dot.memory.get(dot.y, dot.onY);
  Floats expected(dot.y.size());
  baseline::table.floatDot(dot.x.data(), shape.rows, shape.depth,
                           dot.weights.data(), dot.bias.data(), dot.padded,
                           expected.data());
  expectSame(dot.y, expected, "y");
}

formats::Json measureFloatDot(CudaDevice &device, Launcher &kernels,
                              const std::string &name, const DotShape &shape,
                              int rounds) {
  Dot dot(device, shape);
  size_t floats = dot.x.size() + dot.weights.size() + dot.y.size();
  formats::Json result = measureRates(
      device, name,
      {{"dot", 4 * static_cast<double>(floats), [&] { dot.run(kernels); }}},
      2 * floats, rounds);
  result["shape"] = {shape.rows, shape.depth, shape.outputs};
  return result;
}

} // namespace oqat::train
