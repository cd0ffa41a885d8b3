//===- DepthwiseConvolution.cpp - Depthwise layers of a program -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Picture by picture, in a buffer with a border. Weights of kernels are
// [kernel * kernel][padded channels].
//
//===----------------------------------------------------------------------===//

#include "train/Kernels/Kernels.h"
#include "train/Model/BatchNorm.h"
#include "train/Model/Convolution.h"

#include <cstring>

namespace oqat::train {
namespace {

class DepthwiseConvolution : public Convolution {
public:
  DepthwiseConvolution(const BuildContext &context,
                       const formats::PlanNode &node, Value *in, Value *out)
      : Convolution(context, node, in, out),
        shape{in->height, in->width, in->channels, out->height,
              out->width, kernel(),  node.stride} {}

  void prepare() override {
    weight.prepare();
    byTap = perTap(1.0f);
  }

  void forward(const Chunk &chunk) override {
    for (int64_t i = chunk.first; i < chunk.first + chunk.count; ++i)
      kernels().depthwise(padded(i), byTap.data_ptr<float>(), shape,
                          out->at(i));
    clearSums(*out, chunk);
    addSums(*out, chunk, out->at(chunk.first), rows(chunk));
  }

  void beginBackward() override {
    Convolution::beginBackward();
    inputWeights = perTap(inputScale());
    makeWeightGrads(inputWeights.numel());
  }

  void backward(const Chunk &chunk) override {
    const float *grad = out->gradAt(chunk.first);
    toAccumulatorGrad(chunk, out->gradAt(chunk.first));
    float *sums = weightGradAt(chunk);
    std::memset(sums, 0,
                sizeof(float) * static_cast<size_t>(inputWeights.numel()));
    float *to = gradientTarget(in, chunk, kInputGrad);
    for (int64_t i = 0; i < chunk.count; ++i) {
      const float *g = grad + i * out->perImage();
      kernels().depthwiseWeightGrad(padded(chunk.first + i), g, shape, sums);
      inputGrad(g, to + i * in.value->perImage());
    }
    addGradient(in, chunk, to);
  }

  void finishBackward() override {
    int64_t n = weight.outputs();
    at::Tensor sum = takeWeightGrad(), ordered = makeFloats({n, taps()});
    const float *from = sum.data_ptr<float>();
    float *to = ordered.data_ptr<float>();
    for (int64_t c = 0; c < n; ++c)
      for (int64_t t = 0; t < taps(); ++t)
        to[c * taps() + t] = from[t * padChannels(n) + c];
    weight.finishBackward(to);
    inputWeights = at::Tensor();
  }

private:
  DepthwiseShape shape;
  at::Tensor byTap, inputWeights;

  at::Tensor perTap(float scale) const {
    int64_t n = weight.outputs(), padded = padChannels(n);
    at::Tensor result = makeZeros({taps(), padded});
    const float *from = weight.values();
    float *to = result.data_ptr<float>();
    for (int64_t c = 0; c < n; ++c)
      for (int64_t t = 0; t < taps(); ++t)
        to[t * padded + c] = from[c * taps() + t] * scale;
    return result;
  }

  const float *padded(int64_t image) {
    float *buffer = scratch(kPadded, shape.paddedSize());
    if (in.value->isCodes())
      kernels().padCodes(in.value->codesAt(image), shape, buffer);
    else
      kernels().padImage(in.value->at(image), shape, buffer);
    return buffer;
  }

  /// Of one picture.
  void inputGrad(const float *grad, float *to) {
    if (shape.stride == 1)
      return inputGradOfStrideOne(grad, to);
    float *buffer = scratch(kPaddedGrad, shape.paddedSize());
    std::memset(buffer, 0,
                sizeof(float) * static_cast<size_t>(shape.paddedSize()));
    kernels().depthwiseInputGrad(grad, inputWeights.data_ptr<float>(), shape,
                                 buffer);
    kernels().unpadImage(buffer, shape, to);
  }

  /// A convolution of the gradient with the mirrored filter.
  void inputGradOfStrideOne(const float *grad, float *to) {
    int64_t cp = padChannels(in.value->channels);
    float *buffer = scratch(kPaddedGrad, shape.paddedSize() + taps() * cp);
    kernels().padImage(grad, shape, buffer);
    float *mirrored = buffer + shape.paddedSize();
    for (int64_t t = 0; t < taps(); ++t)
      std::memcpy(mirrored + t * cp,
                  inputWeights.data_ptr<float>() + (taps() - 1 - t) * cp,
                  sizeof(float) * static_cast<size_t>(cp));
    kernels().depthwise(buffer, mirrored, shape, to);
  }
};

} // namespace

OperationPtr makeDepthwiseConvolution(const BuildContext &context,
                                      const formats::PlanNode &node, Value *in,
                                      Value *out) {
  return std::make_unique<DepthwiseConvolution>(context, node, in, out);
}

} // namespace oqat::train
