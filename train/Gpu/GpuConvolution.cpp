//===- GpuConvolution.cpp - Convolutions of a program on a GPU ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Quantized layers multiply codes (N13): they fit the mantissa of TF32, and
// their sums are exact in float32 while the bound of the accumulator is below
// 2^24; above it the product is one of doubles. Kernels of more than one pixel
// are rows of taps first, so that LibTorch can choose no algorithm that rounds.
// Float layers follow N5, except in the warm start. Backward is plain float32,
// or takes the factors of its dense products as bfloat16.
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Shape.h"
#include "train/Device/LayerLaunch.h"
#include "train/Gpu/GpuOperations.h"
#include "train/Gpu/GpuWeight.h"
#include "train/Gpu/SharedParameters.h"
#include "train/Model/Support.h"

#include <ATen/ATen.h>

#include <cmath>
#include <cstring>

namespace oqat::train {
namespace {

constexpr int64_t kExactFloat = int64_t(1) << 24;

class GpuConvolution : public Operation {
public:
  GpuConvolution(const BuildContext &context, const formats::PlanNode &node,
                 Value *in, Value *out)
      : context(context), gpu(*context.network.gpu), memory(*context.memory),
        node(node), in{in}, out(out), weight(context, node) {
    int64_t k = weight.kernel(), stride = node.stride;
    shape = {context.images, in->height, in->width, in->channels, 0, 0, k,
             stride};
    shape.outHeight = numerics::convOutput(in->height, k, stride);
    shape.outWidth = numerics::convOutput(in->width, k, stride);
    checkWidths();
    out->height = shape.outHeight;
    out->width = shape.outWidth;
    out->channels = weight.outputs();
    out->data =
        unplaced({context.images, out->pixels(), out->channels}, at::kFloat);
    out->accumulator = std::make_unique<Accumulator>();
    out->accumulator->layer = node.name;
    out->accumulator->isQuantized = weight.isQuantized();
    reserve();
  }

  std::string name() const override { return node.name; }
  Value *result() const override { return out; }
  Accumulator *normalized() const override {
    return acc().isNormalized ? &acc() : nullptr;
  }
  std::vector<Use *> uses() override {
    if (needsInputGrad())
      return {&in};
    return {};
  }
  bool backwardFence() const override { return acc().isNormalized; }

  void prepare() override {
    weight.prepare();
    Accumulator &a = acc();
    a.product = weight.isQuantized() ? static_cast<double>(in.value->step) *
                                           static_cast<double>(weight.step())
                                     : 1.0;
    uploadFactors();
  }

  void beginForward() override {
    weight.launchForward();
    if (weight.isQuantized())
      weight.launchEnds(in.value->range, memory.weights.at(acc().places.ends));
    if (node.depthwise)
      scaleWeights();
  }

  void forward(const Chunk &) override {
    bound();
    if (node.depthwise)
      launchDepthwise(gpu.launcher, shape, in.value->isCodes(), inputAddress(),
                      weightsAt(), addressOf(out->data));
    else if (isExactFloat())
      launchFloatDot(gpu.launcher, rows(), weight.depth(), weight.outputs(),
                     addressOf(columns(at::kFloat)), weightsAt(),
                     /*bias=*/0, addressOf(out->data));
    else
      multiply();
    if (acc().wantsStatistics)
      addStatistics();
  }

  void backward(const Chunk &) override {
    toAccumulatorGrad();
    if (node.depthwise)
      backwardDepthwise();
    else
      backwardDense();
    weight.launchBackward();
  }

  std::vector<const Parameter *> trained() const override {
    std::vector<const Parameter *> all = weight.trained();
    if (acc().isNormalized)
      all.insert(all.end(), {acc().gamma, acc().beta});
    return all;
  }

private:
  const BuildContext context;
  Gpu &gpu;
  ProgramMemory &memory;
  const formats::PlanNode &node;
  Use in;
  Value *out;
  GpuWeight weight;
  DeviceDepthwise shape;
  bool isWide = false;
  /// Place of the weights as a depthwise backward takes them.
  int64_t inputWeights = 0;

  Accumulator &acc() const { return *out->accumulator; }
  bool isPlain() const { return shape.kernel == 1 && shape.stride == 1; }
  bool isExactFloat() const {
    return !weight.isQuantized() && !node.weightQuantizer;
  }
  bool needsInputGrad() const { return !in.value->isPicture; }
  int64_t rows() const { return context.images * out->pixels(); }
  /// Of all ranks.
  double batchRows() const {
    return static_cast<double>(context.batchImages * out->pixels());
  }
  int64_t taps() const { return shape.kernel * shape.kernel; }
  DeviceShape elements() const {
    return {context.images, out->pixels(), out->channels};
  }
  DevicePointer weightsAt() const { return weight.valuesAt(); }
  DevicePointer inputAddress() const {
    return addressOf(in.value->isCodes() ? in.value->codes : in.value->data);
  }

  void checkWidths() const {
    int64_t expected = node.depthwise ? weight.outputs() : weight.inputs();
    if (in.value->channels != expected)
      throw Error("layer '" + node.name + "': takes " +
                  std::to_string(expected) + " channels, its input has " +
                  std::to_string(in.value->channels));
    if (weight.isQuantized() && !in.value->isCodes())
      throw Error("layer '" + node.name + "': input is not quantized");
    checkGpuChannels(node.name, weight.outputs());
  }

  void reserve() {
    int64_t n = out->channels;
    using Order = GpuWeight::Order;
    weight.reserve(node.depthwise || isExactFloat() ? Order::ByTap
                                                    : Order::ByOutput,
                   node.depthwise ? Order::ByTap : Order::ByOutput);
    if (node.depthwise)
      inputWeights = memory.weights.reserveFloats(n * weight.depth());
    NormPlaces &p = acc().places;
    // Side by side, which takes a launch less.
    p.sums = memory.sums.reserve(16 * n);
    p.squares = p.sums + 8 * n;
    for (int64_t *place : {&p.a, &p.b})
      *place = memory.uploads.reserveFloats(n);
    for (int64_t *place : {&p.mean, &p.variance, &p.deviation})
      *place = memory.weights.reserve(8 * n);
    p.ends = memory.weights.reserveFloats(2 * n);
    for (int64_t *place : {&p.p, &p.q})
      *place = memory.gradients.reserveFloats(n);
    for (int64_t *place : {&p.gammaGrad, &p.betaGrad})
      *place = memory.weightGradients.reserveFloats(n);
  }

  /// What decides how products and their squares are summed: the bits say it
  /// for nearly all layers, codes for the others, for which the host waits.
  void bound() {
    double most = 0;
    if (weight.isQuantized()) {
      most = weight.bound(in.value->range);
      if (most >= kExactFloat || !squaresFit(most))
        most = boundOfCodes();
    }
    isWide = most >= kExactFloat;
    acc().hasIntegerSums = weight.isQuantized() && squaresFit(most);
  }

  double boundOfCodes() const {
    context.mode.ranks->awaitDevice();
    at::Tensor ends =
        viewOf(gpu, memory.weights.at(acc().places.ends), {2 * out->channels});
    // They are rounded.
    return 1.000001 * ends.abs().max().item<double>();
  }

  /// N12 wants the sums exact. Only the bound of layers with many bits is
  /// beyond 64: those take doubles.
  bool squaresFit(double most) const {
    return batchRows() * most * most < 0x1p63;
  }

  /// By what backward would multiply its result by.
  void scaleWeights() {
    int64_t count = weight.outputs() * weight.depth();
    at::Tensor scaled = viewOf(gpu, memory.weights.at(inputWeights), {count});
    at::mul_out(scaled, viewOf(gpu, weightsAt(), {count}),
                at::scalar_tensor(inputScale(), at::kFloat));
  }

  void uploadFactors() {
    Accumulator &a = acc();
    size_t n = static_cast<size_t>(out->channels);
    if (a.isNormalized)
      return;
    std::fill_n(memory.uploads.host<float>(a.places.a), n,
                static_cast<float>(a.product));
    std::fill_n(memory.uploads.host<float>(a.places.b), n, 0.0f);
  }

  /// values() are codes, gradients those of the dequantized input.
  float inputScale() const {
    return in.value->isCodes() ? 1.0f / in.value->step : 1.0f;
  }

  /// The input as rows of depth() numbers.
  at::Tensor columns(at::ScalarType type) const {
    at::Tensor x = in.value->isCodes() ? in.value->codes : in.value->data;
    if (isPlain())
      return x.view({rows(), weight.depth()}).to(type);
    int64_t k = shape.kernel, border = k / 2, c = shape.channels;
    at::Tensor padded = at::constant_pad_nd(
        x.view({shape.images, shape.height, shape.width, c}),
        {0, 0, border, border, border, border});
    return taken(padded)
        .to(type, false, true, at::MemoryFormat::Contiguous)
        .view({rows(), weight.depth()});
  }

  /// A padded picture as [images][out height][out width][ky][kx][channels].
  at::Tensor taken(const at::Tensor &padded) const {
    int64_t k = shape.kernel, c = shape.channels;
    int64_t row = padded.stride(1), image = padded.stride(0);
    return padded.as_strided(
        {shape.images, shape.outHeight, shape.outWidth, k, k, c},
        {image, row * shape.stride, c * shape.stride, row, c, 1});
  }

  at::Tensor weightMatrix() const {
    return viewOf(gpu, weightsAt(), {weight.outputs(), weight.depth()});
  }
  at::Tensor outputMatrix() const {
    return out->data.view({rows(), out->channels});
  }

  void multiply() {
    at::Tensor y = outputMatrix();
    if (isWide) {
      y.copy_(at::mm(columns(at::kDouble), weightMatrix().to(at::kDouble).t()));
      return;
    }
    // Without codes this is a warm start, whose floats TF32 would round.
    Tf32 tf32(weight.isQuantized() && gpu.hasExactTf32());
    at::mm_out(y, columns(at::kFloat), weightMatrix().t());
  }

  /// Integers stay below 2^63 in the sum over ranks as well.
  void addStatistics() {
    bool areIntegers = acc().hasIntegerSums;
    DevicePointer sums = memory.sums.at(acc().places.sums);
    launchStatistics(gpu.launcher, areIntegers, elements(),
                     addressOf(out->data), sums,
                     memory.sums.at(acc().places.squares),
                     gpu.workspace(statisticsWorkspace(elements())));
    if (!context.mode.ranks->isAlone())
      context.mode.ranks->sumOnDevice(
          viewOf(gpu, sums, {2 * out->channels},
                 areIntegers ? at::kLong : at::kDouble));
  }

  /// da and db of the whole batch, which lie side by side; in f64, as the CPU
  /// has it.
  void sumNormGradient() {
    if (context.mode.ranks->isAlone())
      return;
    at::Tensor own =
        viewOf(gpu, memory.gradients.at(acc().places.da), {2 * out->channels});
    at::Tensor all = own.to(at::kDouble);
    context.mode.ranks->sumOnDevice(all);
    own.copy_(all);
  }

  /// In place of dL/dz that the chain has left.
  void toAccumulatorGrad() {
    Accumulator &a = acc();
    if (!a.isRescaled)
      return;
    const NormPlaces &p = a.places;
    auto &from = memory.uploads;
    auto &to = memory.gradients;
    if (a.isNormalized) {
      sumNormGradient();
      // Those are the whole batch's already; the sum over ranks has them once.
      bool isFirst = context.mode.ranks->isFirst();
      auto gradientOf = [&](const Parameter &p, int64_t unused) {
        return isFirst ? addressOf(gpu.shared().grad(p))
                       : memory.weightGradients.at(unused);
      };
      launchFoldNormGradient(
          gpu.launcher, out->channels, to.at(p.da), to.at(p.db),
          memory.weights.at(p.mean), memory.weights.at(p.deviation),
          from.at(p.a), a.product, batchRows(), to.at(p.p), to.at(p.q),
          gradientOf(*a.gamma, p.gammaGrad), gradientOf(*a.beta, p.betaGrad));
    }
    launchNormGradient(gpu.launcher, elements(), addressOf(out->grad),
                       addressOf(out->data), from.at(p.a), to.at(p.p),
                       to.at(p.q), addressOf(out->grad));
  }

  void backwardDepthwise() {
    DevicePointer grad = addressOf(out->grad);
    launchDepthwiseWeightGradient(
        gpu.launcher, shape, in.value->isCodes(), inputAddress(), grad,
        weight.gradAt(), gpu.workspace(depthwiseWeightWorkspace(shape)));
    if (!needsInputGrad())
      return;
    at::Tensor to = gpuGradientTarget(in);
    launchDepthwiseInputGradient(gpu.launcher, shape, grad,
                                 memory.weights.at(inputWeights),
                                 addressOf(to));
    addGpuGradient(in, to);
  }

  /// Codes are bfloat16 as they are.
  void backwardRounded() {
    int64_t n = out->channels, depth = weight.depth();
    at::Tensor grad = out->grad.view({rows(), n}).to(at::kBFloat16);
    viewOf(gpu, weight.gradAt(), {n, depth})
        .copy_(bfloat16Product(grad.t(), columns(at::kBFloat16)));
    if (!needsInputGrad())
      return;
    at::Tensor made =
        bfloat16Product(grad, backwardMatrix()).mul_(inputScale());
    if (!isPlain())
      return scatter(made);
    at::Tensor to = in.value->grad.view({rows(), depth});
    if (in.accumulates)
      to.add_(made);
    else
      to.copy_(made);
  }

  /// [outputs][depth].
  at::Tensor backwardMatrix() const {
    if (!isExactFloat())
      return weightMatrix();
    return viewOf(gpu, weightsAt(), {weight.depth(), out->channels}).t();
  }

  void backwardDense() {
    Tf32 full(false);
    if (context.mode.bfloat16Gradients)
      return backwardRounded();
    int64_t n = out->channels, depth = weight.depth();
    at::Tensor grad = out->grad.view({rows(), n});
    at::Tensor sum = viewOf(gpu, weight.gradAt(), {n, depth});
    at::mm_out(sum, grad.t(), columns(at::kFloat));
    if (!needsInputGrad())
      return;
    at::Tensor matrix = backwardMatrix();
    if (isPlain()) {
      at::Tensor to = in.value->grad.view({rows(), depth});
      at::addmm_out(to, to, grad, matrix, in.accumulates ? 1 : 0, inputScale());
      return;
    }
    at::Tensor rowsGrad = at::mm(grad, matrix);
    scatter(rowsGrad.mul_(inputScale()));
  }

  /// col2im.
  void scatter(const at::Tensor &rowsGrad) {
    int64_t k = shape.kernel, border = k / 2, c = shape.channels;
    at::Tensor padded = at::zeros(
        {shape.images, shape.height + 2 * border, shape.width + 2 * border, c},
        gpu.options(at::kFloat));
    at::Tensor from =
        rowsGrad.view({shape.images, shape.outHeight, shape.outWidth, k, k, c});
    at::Tensor to = taken(padded);
    for (int64_t y = 0; y < k; ++y)
      for (int64_t x = 0; x < k; ++x)
        to.select(3, y).select(3, x).add_(from.select(3, y).select(3, x));
    at::Tensor inner =
        padded.narrow(1, border, shape.height).narrow(2, border, shape.width);
    at::Tensor grad =
        in.value->grad.view({shape.images, shape.height, shape.width, c});
    if (in.accumulates)
      grad.add_(inner);
    else
      grad.copy_(inner);
  }
};

} // namespace

OperationPtr makeGpuConvolution(const BuildContext &context,
                                const formats::PlanNode &node, Value *in,
                                Value *out) {
  return std::make_unique<GpuConvolution>(context, node, in, out);
}

} // namespace oqat::train
