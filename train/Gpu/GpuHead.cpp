//===- GpuHead.cpp - Input, gates, pooling and classifier on a GPU --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Activations.h"
#include "oqat/Numerics/Input.h"
#include "oqat/Numerics/Shape.h"
#include "train/Device/LayerLaunch.h"
#include "train/Gpu/GpuOperations.h"
#include "train/Gpu/SharedParameters.h"
#include "train/Model/HeadOperations.h"
#include "train/Model/Support.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace oqat::train {
namespace {

class GpuNormalize : public NormalizeOperation {
public:
  GpuNormalize(const BuildContext &context, const formats::PlanNode &node,
               Value *in, Value *out, int64_t pictures)
      : NormalizeOperation(context, node, in, out), gpu(*context.network.gpu),
        memory(*context.memory), pictures(pictures),
        place(memory.uploads.reserveFloats(2 * in->channels)) {}
  void prepare() override {
    float *to = memory.uploads.host<float>(place);
    for (const numerics::Rescale &r : factors) {
      to[out->channels] = r.b;
      *to++ = r.a;
    }
  }
  void forward(const Chunk &) override {
    at::Tensor ab = viewOf(gpu, memory.uploads.at(place), {2, out->channels});
    at::Tensor from =
        viewOf(gpu, memory.uploads.at(pictures), out->data.sizes(), at::kByte);
    at::mul_out(out->data, from, ab.select(0, 0));
    out->data.add_(ab.select(0, 1));
  }
  void backward(const Chunk &) override {}

private:
  Gpu &gpu;
  ProgramMemory &memory;
  int64_t pictures, place; // of uploads
};

/// N4: [images][pixels][channels] to [images][channels].
void poolImages(const Value &in, bool isFloat, const std::string &layer,
                at::Tensor to) {
  if (isFloat) {
    // The mean in float, for a warm start, where nothing has an integer bound.
    at::mean_out(to, in.data, {1});
    return;
  }
  at::Tensor bound = in.gpuBound ? in.gpuBound() : at::Tensor();
  if (!bound.defined())
    throw Error("layer '" + layer + "': pools a value with no known bound");
  double pixels = static_cast<double>(in.pixels());
  // poolFraction(): total = m * 2^exponent, so that their quotient is exact,
  // and NaN where nothing but zero can occur.
  at::Tensor total = bound.to(at::kDouble).mul_(pixels);
  at::Tensor mantissa = std::get<0>(at::frexp(total));
  at::Tensor scale = mantissa.div_(total)
                         .mul_(0x1p31)
                         .clamp_(0x1p-126, 0x1p126)
                         .nan_to_num_(1.0);
  at::Tensor fixed = (in.data * scale).round_();
  to.copy_(at::sum(fixed, {1}, /*keepdim=*/false, at::kDouble)
               .div_(scale)
               .div_(pixels));
}

/// Every pixel gets its share of the mean's gradient, [images][channels].
void spread(const at::Tensor &grad, const Use &use) {
  const Value &v = *use.value;
  at::Tensor all = grad.unsqueeze(1).expand(v.grad.sizes());
  double share = 1.0 / static_cast<double>(v.pixels());
  if (use.accumulates)
    v.grad.add_(all, share);
  else
    at::mul_out(const_cast<at::Tensor &>(v.grad), all,
                at::scalar_tensor(share, at::kFloat));
}

class GpuPool : public HeadOperation {
public:
  GpuPool(const BuildContext &context, const formats::PlanNode &node, Value *in,
          Value *out)
      : HeadOperation(context, node.name.empty() ? "pool" : node.name, in, out,
                      in->channels) {
    out->gpuBound = in->gpuBound;
  }
  void forward(const Chunk &) override {
    poolImages(*in.value, isFloat, label, out->data.squeeze(1));
  }
  void backward(const Chunk &) override { spread(out->grad.squeeze(1), in); }
};

/// The active part of a fully connected layer, float by N5.
class GpuAffine : public AffinePart {
public:
  GpuAffine(const BuildContext &context, const formats::PlanAffine &names,
            int64_t outputs, int64_t inputs)
      : AffinePart(context, names, outputs, inputs), gpu(*context.network.gpu),
        memory(*context.memory),
        padded((outputs + numerics::kGpuVector - 1) / numerics::kGpuVector *
               numerics::kGpuVector),
        values(memory.weights.reserveFloats(inputs * padded)),
        biases(memory.weights.reserveFloats(padded)) {}

  /// Out of the shared ones: the weight turned, with zeros behind it.
  void beginForward() const {
    at::Tensor v = viewOf(gpu, memory.weights.at(values), {inputs, padded});
    at::Tensor b = viewOf(gpu, memory.weights.at(biases), {padded});
    if (padded != outputs) {
      v.zero_();
      b.zero_();
    }
    v.narrow(1, 0, outputs).copy_(part(gpu.shared().value(*weight)).t());
    b.narrow(0, 0, outputs)
        .copy_(gpu.shared().value(*bias).narrow(0, 0, outputs));
  }
  /// [rows][padded outputs].
  at::Tensor forward(const at::Tensor &x) const {
    at::Tensor y = at::empty({x.size(0), padded}, gpu.options(at::kFloat));
    launchFloatDot(gpu.launcher, x.size(0), inputs, outputs, addressOf(x),
                   memory.weights.at(values), memory.weights.at(biases),
                   addressOf(y));
    return y;
  }
  void inputGrad(const at::Tensor &grad, at::Tensor to,
                 bool accumulates) const {
    at::Tensor matrix = viewOf(gpu, memory.weights.at(values), {inputs, padded})
                            .narrow(1, 0, outputs)
                            .t();
    if (!isRounded)
      at::addmm_out(to, to, grad, matrix, accumulates ? 1 : 0, 1);
    else if (accumulates)
      to.add_(bfloat16Product(grad, matrix));
    else
      to.copy_(bfloat16Product(grad, matrix));
  }
  void parameterGrad(const at::Tensor &grad, const at::Tensor &x) const {
    part(gpu.shared().grad(*weight))
        .add_(isRounded ? bfloat16Product(grad.t(), x) : at::mm(grad.t(), x));
    gpu.shared().grad(*bias).narrow(0, 0, outputs).add_(at::sum(grad, {0}));
  }

private:
  Gpu &gpu;
  ProgramMemory &memory;
  int64_t padded;
  int64_t values, biases; // places

  /// [outputs][inputs] of the shared one.
  at::Tensor part(const at::Tensor &shared) const {
    return shared.view({-1, stride}).narrow(0, 0, outputs).narrow(1, 0, inputs);
  }
};

/// h_sigmoid(expand(relu(reduce(pool(y))))) of a squeeze-excite.
class GpuGate : public HeadOperation {
public:
  GpuGate(const BuildContext &context, const formats::PlanNode &node, Value *in,
          Value *out)
      : HeadOperation(context, node.name, in, out, in->channels),
        gpu(*context.network.gpu),
        squeezed(numerics::squeezeWidth(in->channels)),
        reduce(context, node.reduce, squeezed, in->channels),
        expand(context, node.expand, in->channels, squeezed) {
    checkGpuChannels(label, out->channels);
    checkGpuChannels(label, squeezed);
  }
  void beginForward() override {
    reduce.beginForward();
    expand.beginForward();
  }

  void forward(const Chunk &) override {
    pooled = at::empty({images, out->channels}, gpu.options(at::kFloat));
    poolImages(*in.value, isFloat, label, pooled);
    hidden = reduce.forward(pooled).relu_();
    raw = expand.forward(hidden);
    // In N2's order; LibTorch's own function may divide.
    at::Tensor to = out->data.squeeze(1);
    at::add_out(to, raw, at::scalar_tensor(3.0, at::kFloat));
    to.clamp_(0, 6).mul_(static_cast<double>(numerics::kSixth));
  }

  void backward(const Chunk &) override {
    at::Tensor dr = at::hardsigmoid_backward(out->grad.squeeze(1), raw);
    expand.parameterGrad(dr, hidden);
    at::Tensor dh = at::empty_like(hidden), dp = at::empty_like(pooled);
    expand.inputGrad(dr, dh, false);
    dh = at::threshold_backward(dh, hidden, 0);
    reduce.parameterGrad(dh, pooled);
    reduce.inputGrad(dh, dp, false);
    spread(dp, in);
  }

  std::vector<const Parameter *> trained() const override {
    std::vector<const Parameter *> all = reduce.trained();
    for (const Parameter *p : expand.trained())
      all.push_back(p);
    return all;
  }

private:
  Gpu &gpu;
  int64_t squeezed;
  GpuAffine reduce, expand;
  at::Tensor pooled, hidden, raw;
};

class GpuLinear : public HeadOperation {
public:
  GpuLinear(const BuildContext &context, const formats::PlanNode &node,
            Value *in, Value *out)
      : HeadOperation(context, node.name, in, out,
                      context.parameters[node.linear.weight].value.size(0)),
        affine(context, node.linear, out->channels, in->perImage()) {}
  void beginForward() override { affine.beginForward(); }
  void forward(const Chunk &) override {
    out->data.squeeze(1).copy_(
        affine.forward(rowsOf(in.value->data)).narrow(1, 0, out->channels));
  }
  void backward(const Chunk &) override {
    at::Tensor grad = out->grad.squeeze(1);
    affine.parameterGrad(grad, rowsOf(in.value->data));
    affine.inputGrad(grad, rowsOf(in.value->grad), in.accumulates);
  }
  std::vector<const Parameter *> trained() const override {
    return affine.trained();
  }

private:
  GpuAffine affine;

  static at::Tensor rowsOf(const at::Tensor &x) {
    return x.view({x.size(0), -1});
  }
};

} // namespace

at::Tensor bfloat16Product(const at::Tensor &a, const at::Tensor &b) {
  at::Tensor x = a.to(at::kBFloat16), y = b.to(at::kBFloat16);
  if (x.is_cuda())
    return at::mm(x, y, at::kFloat);
  return at::mm(x.to(at::kFloat), y.to(at::kFloat));
}

OperationPtr makeGpuNormalize(const BuildContext &context,
                              const formats::PlanNode &node, Value *in,
                              Value *out, int64_t pictures) {
  return std::make_unique<GpuNormalize>(context, node, in, out, pictures);
}
OperationPtr makeGpuPool(const BuildContext &context,
                         const formats::PlanNode &node, Value *in, Value *out) {
  return std::make_unique<GpuPool>(context, node, in, out);
}
OperationPtr makeGpuGate(const BuildContext &context,
                         const formats::PlanNode &node, Value *in, Value *out) {
  return std::make_unique<GpuGate>(context, node, in, out);
}
OperationPtr makeGpuLinear(const BuildContext &context,
                           const formats::PlanNode &node, Value *in,
                           Value *out) {
  return std::make_unique<GpuLinear>(context, node, in, out);
}

} // namespace oqat::train
