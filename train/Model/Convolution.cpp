//===- Convolution.cpp - Convolutions of a program ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Quantized layers convolve codes: products and sums of integers, which are
// exact in float32 as long as the bound of the accumulator is below 2^24 (N13);
// above it they are summed in float64. Float layers follow N5, except in the
// warm start. Backward is ordinary float32, or takes the factors of its dense
// products as bfloat16, to which codes are exact.
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Shape.h"
#include "train/Kernels/GradientProducts.h"
#include "train/Kernels/Kernels.h"
#include "train/Model/ActiveWeight.h"
#include "train/Model/BatchNorm.h"
#include "train/Model/Columns.h"
#include "train/Model/Support.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace oqat::train {
namespace {

constexpr int64_t kExactFloat = int64_t(1) << 24;

class Convolution : public Operation {
public:
  Convolution(const BuildContext &context, const formats::PlanNode &node,
              Value *in, Value *out)
      : context(context), node(node), in{in}, out(out), weight(context, node),
        columns(in->height, in->width, in->channels, weight.kernel(),
                node.stride) {
    shape = {in->height, in->width,       in->channels, 0,
             0,          weight.kernel(), node.stride};
    shape.outHeight =
        numerics::convOutput(in->height, weight.kernel(), node.stride);
    shape.outWidth =
        numerics::convOutput(in->width, weight.kernel(), node.stride);
    checkWidths();
    out->height = shape.outHeight;
    out->width = shape.outWidth;
    out->channels = weight.outputs();
    out->data =
        unplaced({context.images, out->pixels(), out->channels}, at::kFloat);
    out->accumulator = std::make_unique<Accumulator>();
    out->accumulator->layer = node.name;
    out->accumulator->isQuantized = weight.isQuantized();
    in->isReadAtEnd |= isDeferred();
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

  void prepare() override {
    weight.prepare();
    if (node.depthwise)
      transposed = perTap(weight.values(), 1.0f);
    else if (isExactFloat() || isSmall())
      transposed = perInput();
  }

  void beginForward() override {
    makeSums(*out, context, weight.isQuantized() ? bound() : 0);
  }

  void forward(const Chunk &chunk) override {
    if (!node.depthwise && weight.isQuantized() && isPlain())
      return forwardCodes(chunk);
    if (node.depthwise)
      forwardDepthwise(chunk);
    else
      forwardDense(chunk);
    clearSums(*out, chunk);
    addSums(*out, chunk, out->at(chunk.first), chunk.count * out->pixels());
  }

  bool backwardFence() const override { return acc().isNormalized; }

  void beginBackward() override {
    // Here, where one thread is: chunks only read it.
    if (acc().isNormalized && context.mode.statistics == Statistics::Batch)
      foldNormGradient(*out, context);
    else if (acc().isRescaled)
      acc().gradScale = makeZeros({2, out->channels});
    if (node.depthwise) {
      inputWeights = perTap(weight.values(), inputScale());
      weightGrad = makeFloats({context.chunks, inputWeights.numel()});
      return;
    }
    if (isRounded())
      inputWeights = roundedWeights();
    else
      inputWeights = perOutput(inputScale());
    if (isDeferred())
      outputGrad = makeFloats(out->data.sizes().vec());
    else
      weightGrad =
          makeFloats({context.chunks, weight.outputs() * weight.depth()});
  }

  void backward(const Chunk &chunk) override {
    const float *grad = accumulatorGrad(chunk);
    if (node.depthwise)
      backwardDepthwise(chunk, grad);
    else
      backwardDense(chunk, grad);
  }

  void finishBackward() override {
    int64_t count = weight.outputs() * weight.depth();
    at::Tensor sum = makeFloats({count});
    if (isDeferred()) {
      Chunk all{0, 0, context.images};
      weightProduct(all, roundedGrad(all, outputGrad.data_ptr<float>()),
                    sum.data_ptr<float>());
    } else {
      sumChunks(sum.data_ptr<float>());
    }
    weight.finishBackward(sum.data_ptr<float>());
    weightGrad = inputWeights = outputGrad = at::Tensor();
  }

  std::vector<const Parameter *> trained() const override {
    std::vector<const Parameter *> all = weight.trained();
    if (acc().isNormalized)
      all.insert(all.end(), {acc().gamma, acc().beta});
    return all;
  }

private:
  const BuildContext context;
  const formats::PlanNode &node;
  Use in;
  Value *out;
  ActiveWeight weight;
  Columns columns;
  DepthwiseShape shape;
  bool isWide = false;
  at::Tensor transposed, inputWeights, weightGrad, outputGrad;

  Accumulator &acc() const { return *out->accumulator; }
  bool isPlain() const { return weight.kernel() == 1 && node.stride == 1; }
  /// N5 holds for layers that stay float, not for quantized ones in a warm
  /// start.
  bool isExactFloat() const {
    return !weight.isQuantized() && !node.weightQuantizer;
  }
  bool needsInputGrad() const { return !in.value->isPicture; }
  /// Whether the factors of gradients' products are bfloat16.
  bool isRounded() const {
    return context.mode.bfloat16Gradients && !node.depthwise;
  }
  /// values() are codes and the gradient is that of the dequantized input.
  float inputScale() const {
    return in.value->isCodes() ? 1.0f / in.value->step : 1.0f;
  }
  /// Weights that stay in the second-level cache, where BLAS would spend its
  /// time on copies of them.
  bool isSmall() const {
    constexpr int64_t kCacheFloats = 64 << 10;
    return !node.depthwise &&
           padChannels(weight.depth()) * padChannels(weight.outputs()) <=
               kCacheFloats;
  }
  /// Few rows per chunk: one product over all pictures costs less than a
  /// weight gradient per chunk.
  bool isDeferred() const {
    return !node.depthwise && kChunkImages * out->pixels() < weight.depth();
  }

  void checkWidths() const {
    int64_t expected = node.depthwise ? weight.outputs() : weight.inputs();
    if (in.value->channels != expected)
      throw Error("layer '" + node.name + "': takes " +
                  std::to_string(expected) + " channels, its input has " +
                  std::to_string(in.value->channels));
    if (weight.isQuantized() && !in.value->isCodes())
      throw Error("layer '" + node.name + "': input is not quantized");
  }

  /// [kernel * kernel][padded channels] of a depthwise weight.
  at::Tensor perTap(const float *values, float scale) const {
    int64_t taps = weight.kernel() * weight.kernel(), n = weight.outputs();
    int64_t padded = padChannels(n);
    at::Tensor result = makeZeros({taps, padded});
    float *to = result.data_ptr<float>();
    for (int64_t c = 0; c < n; ++c)
      for (int64_t t = 0; t < taps; ++t)
        to[t * padded + c] = values[c * taps + t] * scale;
    return result;
  }

  /// [outputs][depth] as a factor, without inputScale(): codes stay exact.
  at::Tensor roundedWeights() const {
    int64_t count = weight.outputs() * weight.depth();
    at::Tensor result = makeFloats({count});
    toFactors(bfloat16Form(), weight.values(), count, result.data_ptr<float>());
    return result;
  }

  /// [outputs][depth] times `scale` for gradients, rows padded for product().
  at::Tensor perOutput(float scale) const {
    int64_t depth = weight.depth();
    int64_t stride = isSmall() ? padChannels(depth) : depth;
    at::Tensor result = makeZeros({weight.outputs(), stride});
    float *to = result.data_ptr<float>();
    const float *values = weight.values();
    for (int64_t n = 0; n < weight.outputs(); ++n)
      for (int64_t k = 0; k < depth; ++k)
        to[n * stride + k] = values[n * depth + k] * scale;
    return result;
  }

  /// [depth][padded outputs] for floatDot() and product().
  at::Tensor perInput() const {
    int64_t depth = weight.depth(), padded = padChannels(weight.outputs());
    at::Tensor result = makeZeros({depth, padded});
    float *to = result.data_ptr<float>();
    const float *values = weight.values();
    for (int64_t n = 0; n < weight.outputs(); ++n)
      for (int64_t k = 0; k < depth; ++k)
        to[k * padded + n] = values[n * depth + k];
    return result;
  }

  /// Of the accumulators, channel by channel and all in all.
  double bound() {
    Accumulator &a = acc();
    a.product = static_cast<double>(in.value->step) *
                static_cast<double>(weight.step());
    a.intervals.resize(static_cast<size_t>(weight.outputs()));
    int64_t most = 0;
    for (int64_t n = 0; n < weight.outputs(); ++n) {
      auto &interval = a.intervals[static_cast<size_t>(n)];
      interval = numerics::accumulatorInterval(weight.codes().data() +
                                                   n * weight.depth(),
                                               weight.depth(), in.value->range);
      most = std::max(most, numerics::maxMagnitude(interval));
    }
    isWide = most >= kExactFloat;
    return static_cast<double>(most);
  }

  /// The input of a chunk as rows of depth() floats.
  const float *inputRows(const Chunk &chunk) {
    Value &v = *in.value;
    int64_t count = chunk.count * v.perImage();
    if (isPlain()) {
      if (!v.isCodes())
        return v.at(chunk.first);
      float *x = scratch(kColumns, count);
      kernels().codesToFloat(v.codesAt(chunk.first), count, x);
      return x;
    }
    float *x = scratch(kColumns, chunk.count * columns.count());
    for (int64_t i = 0; i < chunk.count; ++i) {
      float *rows = x + i * columns.count();
      if (v.isCodes())
        columns.gather(v.codesAt(chunk.first + i), rows);
      else
        columns.gather(v.at(chunk.first + i), rows);
    }
    return x;
  }

  void forwardDense(const Chunk &chunk) {
    multiply(inputRows(chunk), chunk.count * out->pixels(),
             out->at(chunk.first));
  }

  /// Some rows at a time, which stay in the cache until their sums are made,
  /// in any order because they are integers.
  void forwardCodes(const Chunk &chunk) {
    constexpr int64_t kCacheFloats = 48 << 10;
    int64_t depth = weight.depth(), n = out->channels;
    int64_t rows = chunk.count * out->pixels();
    int64_t block = std::max<int64_t>(96, kCacheFloats / (depth + n));
    clearSums(*out, chunk);
    const uint8_t *codes = in.value->codesAt(chunk.first);
    float *x = scratch(kColumns, block * depth), *y = out->at(chunk.first);
    for (int64_t row = 0; row < rows; row += block) {
      int64_t count = std::min(block, rows - row);
      kernels().codesToFloat(codes + row * depth, count * depth, x);
      multiply(x, count, y + row * n);
      addSums(*out, chunk, y + row * n, count);
    }
  }

  void multiply(const float *x, int64_t rows, float *y) {
    if (isExactFloat())
      kernels().floatDot(x, rows, weight.depth(), transposed.data_ptr<float>(),
                         nullptr, weight.outputs(), y);
    else if (isWide)
      multiplyWide(x, rows, y);
    else if (isSmall())
      kernels().product(x, rows, weight.depth(), transposed.data_ptr<float>(),
                        weight.outputs(), y);
    else
      multiplyNT(x, weight.values(), rows, weight.depth(), weight.outputs(), y);
  }

  /// Exact to 2^53, then f32(acc) as N1 has it.
  void multiplyWide(const float *x, int64_t rows, float *y) const {
    int64_t depth = weight.depth();
    const float *values = weight.values();
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t n = 0; n < weight.outputs(); ++n) {
        double sum = 0;
        for (int64_t k = 0; k < depth; ++k)
          sum += static_cast<double>(x[r * depth + k]) *
                 static_cast<double>(values[n * depth + k]);
        y[r * weight.outputs() + n] = static_cast<float>(sum);
      }
  }

  const float *padded(int64_t image) {
    float *buffer = scratch(kPadded, shape.paddedSize());
    if (in.value->isCodes())
      kernels().padCodes(in.value->codesAt(image), shape, buffer);
    else
      kernels().padImage(in.value->at(image), shape, buffer);
    return buffer;
  }

  void forwardDepthwise(const Chunk &chunk) {
    for (int64_t i = chunk.first; i < chunk.first + chunk.count; ++i)
      kernels().depthwise(padded(i), transposed.data_ptr<float>(), shape,
                          out->at(i));
  }

  /// dL/d(accumulator) of a chunk, in place of dL/dz that the chain has left.
  const float *accumulatorGrad(const Chunk &chunk) {
    Accumulator &a = acc();
    int64_t rows = chunk.count * out->pixels(), n = out->channels;
    float *dz = out->gradAt(chunk.first);
    if (!a.isRescaled)
      return dz;
    float *grad = isDeferred() ? outputGrad.data_ptr<float>() +
                                     chunk.first * out->perImage()
                               : dz;
    const float *p = a.gradScale.data_ptr<float>();
    kernels().normGradient(dz, out->at(chunk.first), a.a.data_ptr<float>(), p,
                           p + n, rows, n, grad);
    return grad;
  }

  void backwardDense(const Chunk &chunk, const float *grad) {
    int64_t rows = chunk.count * out->pixels();
    int64_t n = weight.outputs(), depth = weight.depth();
    if (isDeferred() && !acc().isRescaled)
      std::memcpy(outputGrad.data_ptr<float>() + chunk.first * out->perImage(),
                  grad, sizeof(float) * static_cast<size_t>(rows * n));
    if (!isDeferred() || needsInputGrad())
      grad = roundedGrad(chunk, grad);
    if (!isDeferred())
      weightProduct(chunk, grad,
                    weightGrad.data_ptr<float>() + chunk.index * n * depth);
    if (!needsInputGrad())
      return;
    float *to = gradientTarget(in, chunk, kInputGrad);
    if (isPlain()) {
      inputProduct(grad, rows, to);
    } else {
      float *columnGrad = scratch(kColumns, rows * depth);
      inputProduct(grad, rows, columnGrad);
      for (int64_t i = 0; i < chunk.count; ++i)
        columns.scatter(columnGrad + i * columns.count(),
                        to + i * in.value->perImage());
    }
    addGradient(in, chunk, to);
  }

  /// The gradient of a chunk as products take it.
  const float *roundedGrad(const Chunk &chunk, const float *grad) const {
    if (!isRounded())
      return grad;
    int64_t count = chunk.count * out->perImage();
    float *to = scratch(kRoundedGrad, count);
    toFactors(bfloat16Form(), grad, count, to);
    return to;
  }

  /// `grad` is a roundedGrad().
  void weightProduct(const Chunk &chunk, const float *grad, float *to) {
    int64_t rows = chunk.count * out->pixels();
    int64_t n = weight.outputs(), depth = weight.depth();
    const float *x = inputRows(chunk);
    if (!isRounded())
      return multiplyTN(grad, x, rows, n, depth, to);
    Bfloat16Form form = bfloat16Form();
    // Codes are what they would be rounded to.
    if (form == Bfloat16Form::Packed || !in.value->isCodes()) {
      float *rounded = scratch(kRoundedInput, rows * depth);
      toFactors(form, x, rows * depth, rounded);
      x = rounded;
    }
    multiplyFactorsTN(form, grad, x, rows, n, depth, to);
  }

  /// Likewise.
  void inputProduct(const float *grad, int64_t rows, float *to) const {
    const float *weights = inputWeights.data_ptr<float>();
    if (isRounded())
      multiplyFactorsNN(bfloat16Form(), grad, weights, rows, weight.outputs(),
                        weight.depth(), inputScale(), to);
    else if (isSmall())
      kernels().product(grad, rows, weight.outputs(), weights, weight.depth(),
                        to);
    else
      multiplyNN(grad, weights, rows, weight.outputs(), weight.depth(), to);
  }

  void backwardDepthwise(const Chunk &chunk, const float *grad) {
    int64_t taps = inputWeights.numel(), perImage = in.value->perImage();
    float *sums = weightGrad.data_ptr<float>() + chunk.index * taps;
    std::memset(sums, 0, sizeof(float) * static_cast<size_t>(taps));
    float *to = gradientTarget(in, chunk, kInputGrad);
    for (int64_t i = 0; i < chunk.count; ++i) {
      const float *g = grad + i * out->perImage();
      kernels().depthwiseWeightGrad(padded(chunk.first + i), g, shape, sums);
      depthwiseInputGrad(g, to + i * perImage);
    }
    addGradient(in, chunk, to);
  }

  void depthwiseInputGrad(const float *grad, float *to) {
    if (node.stride == 1)
      return depthwiseStrideOne(grad, to);
    float *buffer = scratch(kPaddedGrad, shape.paddedSize());
    std::memset(buffer, 0,
                sizeof(float) * static_cast<size_t>(shape.paddedSize()));
    kernels().depthwiseInputGrad(grad, inputWeights.data_ptr<float>(), shape,
                                 buffer);
    kernels().unpadImage(buffer, shape, to);
  }

  /// A convolution of the gradient with the mirrored filter.
  void depthwiseStrideOne(const float *grad, float *to) {
    int64_t taps = weight.kernel() * weight.kernel();
    int64_t cp = padChannels(in.value->channels);
    float *buffer = scratch(kPaddedGrad, shape.paddedSize() + taps * cp);
    kernels().padImage(grad, shape, buffer);
    float *mirrored = buffer + shape.paddedSize();
    for (int64_t t = 0; t < taps; ++t)
      std::memcpy(mirrored + t * cp,
                  inputWeights.data_ptr<float>() + (taps - 1 - t) * cp,
                  sizeof(float) * static_cast<size_t>(cp));
    kernels().depthwise(buffer, mirrored, shape, to);
  }

  void sumChunks(float *to) const {
    int64_t stored = weightGrad.size(1), n = weight.outputs();
    int64_t taps = weight.kernel() * weight.kernel();
    at::Tensor sum = makeZeros({stored});
    for (int64_t c = 0; c < context.chunks; ++c)
      kernels().accumulate(weightGrad.data_ptr<float>() + c * stored, stored,
                           sum.data_ptr<float>());
    const float *from = sum.data_ptr<float>();
    if (!node.depthwise) {
      std::memcpy(to, from, sizeof(float) * static_cast<size_t>(stored));
      return;
    }
    for (int64_t c = 0; c < n; ++c)
      for (int64_t t = 0; t < taps; ++t)
        to[c * taps + t] = from[t * padChannels(n) + c];
  }
};

} // namespace

OperationPtr makeConvolution(const BuildContext &context,
                             const formats::PlanNode &node, Value *in,
                             Value *out) {
  return std::make_unique<Convolution>(context, node, in, out);
}

} // namespace oqat::train
