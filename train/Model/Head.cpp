//===- Head.cpp - Input, gates, pooling and classifier of a program -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Activations.h"
#include "oqat/Numerics/Input.h"
#include "oqat/Numerics/Pooling.h"
#include "oqat/Numerics/Shape.h"
#include "train/Kernels/GradientProducts.h"
#include "train/Kernels/Kernels.h"
#include "train/Model/HeadOperations.h"
#include "train/Model/Support.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace oqat::train {
namespace {

class Normalize : public NormalizeOperation {
public:
  Normalize(const BuildContext &context, const formats::PlanNode &node,
            Value *in, Value *out, const at::Tensor &pictures)
      : NormalizeOperation(context, node, in, out), images(context.images),
        pictures(pictures) {}

  void forward(const Chunk &chunk) override {
    size_t colours = factors.size();
    const uint8_t *from =
        pictures.data_ptr<uint8_t>() + chunk.first * out->perImage();
    float *to = out->at(chunk.first);
    int64_t pixels = chunk.count * out->pixels();
    for (int64_t p = 0; p < pixels; ++p)
      for (size_t c = 0; c < colours; ++c, ++from, ++to)
        *to = numerics::normalize(*from, factors[c]);
  }
  void beginBackward() override {
    if (!out->again.defined())
      return;
    out->data = out->again;
    forEach(images, [&](int64_t i) { forward({i, i, 1}); });
  }
  void backward(const Chunk &) override {}

private:
  int64_t images;
  at::Tensor pictures;
};

/// The mean in float, for a warm start, where nothing has an integer bound.
void averageImage(Value &in, int64_t image, float *to) {
  std::fill(to, to + in.channels, 0.0f);
  kernels().columnSums(in.at(image), in.pixels(), in.channels, to);
  for (int64_t c = 0; c < in.channels; ++c)
    to[c] /= static_cast<float>(in.pixels());
}

/// N4 of one picture: [pixels][channels] to [channels].
void poolImage(Value &in, int64_t image, bool isFloat, const std::string &layer,
               float *to) {
  if (isFloat)
    return averageImage(in, image, to);
  if (in.bound < 0)
    throw Error("layer '" + layer + "': pools a value with no known bound");
  int fraction = numerics::poolFraction(in.pixels(), in.bound);
  size_t n = static_cast<size_t>(in.channels);
  static thread_local std::vector<int64_t> sums;
  sums.assign(n, 0);
  kernels().fixedSums(in.at(image), in.pixels(), in.channels,
                      std::ldexp(1.0f, fraction), sums.data());
  for (size_t c = 0; c < n; ++c)
    to[c] = numerics::poolMean(sums[c], fraction, in.pixels());
}

/// Every pixel gets its share of the mean's gradient.
void spread(const float *grad, const Use &use, const Chunk &chunk) {
  Value &v = *use.value;
  float share = 1.0f / static_cast<float>(v.pixels());
  for (int64_t i = 0; i < chunk.count; ++i) {
    float *to = v.gradAt(chunk.first + i);
    const float *g = grad + i * v.channels;
    for (int64_t p = 0; p < v.pixels(); ++p, to += v.channels)
      for (int64_t c = 0; c < v.channels; ++c)
        to[c] = use.accumulates ? to[c] + g[c] * share : g[c] * share;
  }
}

class Pool : public HeadOperation {
public:
  Pool(const BuildContext &context, const formats::PlanNode &node, Value *in,
       Value *out)
      : HeadOperation(context, node.name.empty() ? "pool" : node.name, in, out,
                      in->channels) {}
  void beginForward() override { out->bound = in.value->bound; }
  void forward(const Chunk &chunk) override {
    for (int64_t i = chunk.first; i < chunk.first + chunk.count; ++i)
      poolImage(*in.value, i, isFloat, label, out->at(i));
  }
  void backward(const Chunk &chunk) override {
    spread(out->gradAt(chunk.first), in, chunk);
  }
};

/// The active part of a fully connected layer, float by N5.
class Affine : public AffinePart {
public:
  using AffinePart::AffinePart;

  void prepare() {
    int64_t padded = padChannels(outputs);
    values = makeFloats({outputs, inputs});
    transposed = makeZeros({inputs, padded});
    const float *from = weight->data();
    float *to = values.data_ptr<float>(),
          *turned = transposed.data_ptr<float>();
    for (int64_t n = 0; n < outputs; ++n)
      for (int64_t k = 0; k < inputs; ++k)
        to[n * inputs + k] = turned[k * padded + n] = from[n * stride + k];
    if (!isRounded)
      return;
    rounded = makeFloats({outputs, inputs});
    toFactors(bfloat16Form(), to, outputs * inputs, rounded.data_ptr<float>());
  }
  void forward(const float *x, int64_t rows, float *y) const {
    kernels().floatDot(x, rows, inputs, transposed.data_ptr<float>(),
                       bias->data(), outputs, y);
  }
  void inputGrad(const float *grad, int64_t rows, float *to) const {
    if (!isRounded)
      return multiplyNN(grad, values.data_ptr<float>(), rows, outputs, inputs,
                        to);
    multiplyFactorsNN(
        bfloat16Form(), factors(grad, rows * outputs, kRoundedGrad),
        rounded.data_ptr<float>(), rows, outputs, inputs, 1.0f, to);
  }
  void finish(const float *grad, const float *x, int64_t rows) {
    at::Tensor product = makeFloats({outputs, inputs});
    weightProduct(grad, x, rows, product.data_ptr<float>());
    const float *from = product.data_ptr<float>();
    float *to = weight->gradData();
    for (int64_t n = 0; n < outputs; ++n)
      kernels().accumulate(from + n * inputs, inputs, to + n * stride);
    at::Tensor sums = makeZeros({outputs});
    kernels().columnSums(grad, rows, outputs, sums.data_ptr<float>());
    kernels().accumulate(sums.data_ptr<float>(), outputs, bias->gradData());
  }

private:
  at::Tensor values, transposed, rounded;

  static const float *factors(const float *x, int64_t count, ScratchSlot slot) {
    float *to = scratch(slot, count);
    toFactors(bfloat16Form(), x, count, to);
    return to;
  }
  void weightProduct(const float *grad, const float *x, int64_t rows,
                     float *to) const {
    if (!isRounded)
      return multiplyTN(grad, x, rows, outputs, inputs, to);
    multiplyFactorsTN(
        bfloat16Form(), factors(grad, rows * outputs, kRoundedGrad),
        factors(x, rows * inputs, kRoundedInput), rows, outputs, inputs, to);
  }
};

/// h_sigmoid(expand(relu(reduce(pool(y))))) of a squeeze-excite.
class Gate : public HeadOperation {
public:
  Gate(const BuildContext &context, const formats::PlanNode &node, Value *in,
       Value *out)
      : HeadOperation(context, node.name, in, out, in->channels),
        squeezed(numerics::squeezeWidth(in->channels)),
        reduce(context, node.reduce, squeezed, in->channels),
        expand(context, node.expand, in->channels, squeezed) {
    pooled = makeFloats({images, in->channels});
    hidden = makeFloats({images, squeezed});
    raw = makeFloats({images, in->channels});
  }
  void prepare() override {
    reduce.prepare();
    expand.prepare();
  }

  void forward(const Chunk &chunk) override {
    int64_t n = out->channels;
    float *p = row(pooled, chunk), *h = row(hidden, chunk);
    float *r = row(raw, chunk), *g = out->at(chunk.first);
    for (int64_t i = 0; i < chunk.count; ++i)
      poolImage(*in.value, chunk.first + i, isFloat, label, p + i * n);
    reduce.forward(p, chunk.count, h);
    for (int64_t i = 0; i < chunk.count * squeezed; ++i)
      h[i] = numerics::relu(h[i]);
    expand.forward(h, chunk.count, r);
    for (int64_t i = 0; i < chunk.count * n; ++i)
      g[i] = numerics::hSigmoid(r[i]);
  }

  void beginBackward() override {
    rawGrad = makeFloats({images, out->channels});
    hiddenGrad = makeFloats({images, squeezed});
  }

  void backward(const Chunk &chunk) override {
    int64_t n = out->channels;
    const float *g = out->gradAt(chunk.first), *r = row(raw, chunk);
    const float *h = row(hidden, chunk);
    float *dr = row(rawGrad, chunk), *dh = row(hiddenGrad, chunk);
    for (int64_t i = 0; i < chunk.count * n; ++i)
      dr[i] = g[i] * numerics::hSigmoidGrad(r[i]);
    expand.inputGrad(dr, chunk.count, dh);
    for (int64_t i = 0; i < chunk.count * squeezed; ++i)
      dh[i] = dh[i] * numerics::reluGrad(h[i]);
    float *dp = scratch(kInputGrad, chunk.count * n);
    reduce.inputGrad(dh, chunk.count, dp);
    spread(dp, in, chunk);
  }

  void finishBackward() override {
    expand.finish(rawGrad.data_ptr<float>(), hidden.data_ptr<float>(), images);
    reduce.finish(hiddenGrad.data_ptr<float>(), pooled.data_ptr<float>(),
                  images);
  }
  std::vector<const Parameter *> trained() const override {
    std::vector<const Parameter *> all = reduce.trained();
    for (const Parameter *p : expand.trained())
      all.push_back(p);
    return all;
  }

private:
  int64_t squeezed;
  Affine reduce, expand;
  at::Tensor pooled, hidden, raw, rawGrad, hiddenGrad;

  static float *row(at::Tensor &tensor, const Chunk &chunk) {
    return tensor.data_ptr<float>() + chunk.first * tensor.size(1);
  }
};

class Linear : public HeadOperation {
public:
  Linear(const BuildContext &context, const formats::PlanNode &node, Value *in,
         Value *out)
      : HeadOperation(context, node.name, in, out,
                      context.parameters[node.linear.weight].value.size(0)),
        affine(context, node.linear, out->channels, in->perImage()) {
    in->isReadAtEnd = true;
  }
  void prepare() override { affine.prepare(); }
  void forward(const Chunk &chunk) override {
    affine.forward(in.value->at(chunk.first), chunk.count,
                   out->at(chunk.first));
  }
  void backward(const Chunk &chunk) override {
    float *to = gradientTarget(in, chunk, kInputGrad);
    affine.inputGrad(out->gradAt(chunk.first), chunk.count, to);
    addGradient(in, chunk, to);
  }
  void finishBackward() override {
    affine.finish(out->gradAt(0), in.value->at(0), images);
  }
  std::vector<const Parameter *> trained() const override {
    return affine.trained();
  }

private:
  Affine affine;
};

} // namespace

OperationPtr makeNormalize(const BuildContext &context,
                           const formats::PlanNode &node, Value *in, Value *out,
                           const at::Tensor &pictures) {
  return std::make_unique<Normalize>(context, node, in, out, pictures);
}
OperationPtr makePool(const BuildContext &context,
                      const formats::PlanNode &node, Value *in, Value *out) {
  return std::make_unique<Pool>(context, node, in, out);
}
OperationPtr makeGate(const BuildContext &context,
                      const formats::PlanNode &node, Value *in, Value *out) {
  return std::make_unique<Gate>(context, node, in, out);
}
OperationPtr makeLinear(const BuildContext &context,
                        const formats::PlanNode &node, Value *in, Value *out) {
  return std::make_unique<Linear>(context, node, in, out);
}

} // namespace oqat::train
