//===- GpuDenseConvolution.cpp - Dense layers of a program on a GPU -------===//
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
// or takes the factors of its products as bfloat16.
//
//===----------------------------------------------------------------------===//

#include "train/Device/LayerLaunch.h"
#include "train/Gpu/GpuConvolution.h"

#include <ATen/ATen.h>

namespace oqat::train {
namespace {

class GpuDenseConvolution : public GpuConvolution {
public:
  GpuDenseConvolution(const BuildContext &context,
                      const formats::PlanNode &node, Value *in, Value *out)
      : GpuConvolution(context, node, in, out) {
    using Order = GpuWeight::Order;
    weight.reserve(isExactFloat() ? Order::ByTap : Order::ByOutput,
                   Order::ByOutput);
  }

protected:
  void convolve() override {
    if (isExactFloat())
      launchFloatDot(gpu.launcher, rows(), weight.depth(), weight.outputs(),
                     addressOf(columns(at::kFloat)), weight.valuesAt(),
                     /*bias=*/0, addressOf(out->data));
    else
      multiply();
  }

  void convolveBackward() override {
    Tf32 full(false);
    if (context.mode.bfloat16Gradients)
      backwardRounded();
    else
      backwardFloat();
  }

private:
  int64_t rows() const { return context.images * out->pixels(); }
  /// Pixels of the border.
  int64_t border() const { return kernel() / 2; }

  /// The input's, with so wide a border.
  std::array<int64_t, 4> inputSizes(int64_t border) const {
    const Value &v = *in.value;
    return {context.images, v.height + 2 * border, v.width + 2 * border,
            v.channels};
  }

  /// The input as rows of depth() numbers.
  at::Tensor columns(at::ScalarType type) const {
    at::Tensor x = in.value->isCodes() ? in.value->codes : in.value->data;
    if (isPlain())
      return x.view({rows(), weight.depth()}).to(type);
    int64_t b = border();
    at::Tensor padded =
        at::constant_pad_nd(x.view(inputSizes(0)), {0, 0, b, b, b, b});
    return taken(padded)
        .to(type, false, true, at::MemoryFormat::Contiguous)
        .view({rows(), weight.depth()});
  }

  /// A padded picture as [images][out height][out width][ky][kx][channels].
  at::Tensor taken(const at::Tensor &padded) const {
    int64_t c = in.value->channels;
    int64_t row = padded.stride(1), image = padded.stride(0);
    return padded.as_strided(
        tapSizes(), {image, row * node.stride, c * node.stride, row, c, 1});
  }
  std::array<int64_t, 6> tapSizes() const {
    return {context.images, out->height, out->width,
            kernel(),       kernel(),    in.value->channels};
  }

  at::Tensor weightMatrix() const {
    return viewOf(gpu, weight.valuesAt(), {weight.outputs(), weight.depth()});
  }
  /// [outputs][depth].
  at::Tensor backwardMatrix() const {
    if (!isExactFloat())
      return weightMatrix();
    return viewOf(gpu, weight.valuesAt(), {weight.depth(), out->channels}).t();
  }

  void multiply() {
    at::Tensor y = out->data.view({rows(), out->channels});
    if (isWide) {
      y.copy_(at::mm(columns(at::kDouble), weightMatrix().to(at::kDouble).t()));
      return;
    }
    // Without codes this is a warm start, whose floats TF32 would round.
    Tf32 tf32(weight.isQuantized() && gpu.hasExactTf32());
    at::mm_out(y, columns(at::kFloat), weightMatrix().t());
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
    addToInput(made.view(inputSizes(0)));
  }

  void backwardFloat() {
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
    scatter(at::mm(grad, matrix).mul_(inputScale()));
  }

  /// col2im.
  void scatter(const at::Tensor &rowsGrad) {
    at::Tensor padded =
        at::zeros(inputSizes(border()), gpu.options(at::kFloat));
    at::Tensor from = rowsGrad.view(tapSizes()), to = taken(padded);
    for (int64_t y = 0; y < kernel(); ++y)
      for (int64_t x = 0; x < kernel(); ++x)
        to.select(3, y).select(3, x).add_(from.select(3, y).select(3, x));
    addToInput(padded.narrow(1, border(), in.value->height)
                   .narrow(2, border(), in.value->width));
  }

  void addToInput(const at::Tensor &made) {
    at::Tensor grad = in.value->grad.view(inputSizes(0));
    if (in.accumulates)
      grad.add_(made);
    else
      grad.copy_(made);
  }
};

} // namespace

OperationPtr makeGpuDenseConvolution(const BuildContext &context,
                                     const formats::PlanNode &node, Value *in,
                                     Value *out) {
  return std::make_unique<GpuDenseConvolution>(context, node, in, out);
}

} // namespace oqat::train
