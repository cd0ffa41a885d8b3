//===- ActiveWeight.cpp - The weight of a layer in one subnet -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/ActiveWeight.h"
#include "oqat/Numerics/Quantize.h"
#include "train/Model/Support.h"

#include <cmath>
#include <cstring>

namespace oqat::train {

ActiveWeight::ActiveWeight(const BuildContext &context,
                           const formats::PlanNode &node)
    : context(context), layer(node.name),
      parameter(&context.parameters[node.weight.parameter]) {
  auto shape = parameter->value.sizes();
  maxIn = shape[3];
  maxSize = shape[1];
  out = context.selection.extent(node.weight.out, shape[0]);
  in = context.selection.extent(node.weight.in, maxIn);
  size = node.weight.kernelChoice.empty()
             ? maxSize
             : static_cast<int64_t>(
                   context.selection.value(node.weight.kernelChoice));
  if (size > maxSize || size < 1 || (maxSize - size) % 2)
    throw Error("layer '" + layer + "': no kernel " + std::to_string(size) +
                " in one of " + std::to_string(maxSize));
  for (const formats::PlanTransform &t : node.weight.transforms)
    if (t.to >= size)
      transforms.push_back(
          {t.from, t.to, &context.parameters[t.parameter], {}});
  if (node.weightQuantizer && !context.selection.isFloat()) {
    quantized = true;
    const formats::PlanQuantizer &quantizer = *node.weightQuantizer;
    int bits = context.selection.bitsOf(quantizer, layer);
    learned = Step(context.network.plan, context.parameters, quantizer, bits);
    range = numerics::codeRange(bits, quantizer.isSigned);
  }
}

/// The first rows and columns, kernels whole.
at::Tensor ActiveWeight::cut() const {
  int64_t taps = maxSize * maxSize;
  at::Tensor result = makeFloats({out, taps, in});
  const float *from = parameter->data();
  float *to = result.data_ptr<float>();
  if (in == maxIn) {
    std::memcpy(to, from, sizeof(float) * static_cast<size_t>(out * taps * in));
    return result;
  }
  for (int64_t i = 0; i < out * taps; ++i)
    std::memcpy(to + i * in, from + i * maxIn,
                sizeof(float) * static_cast<size_t>(in));
  return result;
}

void ActiveWeight::uncut(const at::Tensor &grad) const {
  const float *from = grad.data_ptr<float>();
  float *to = parameter->gradData();
  for (int64_t i = 0; i < out * maxSize * maxSize; ++i)
    for (int64_t c = 0; c < in; ++c)
      to[i * maxIn + c] += from[i * in + c];
}

/// The centre `to` x `to` of every filter.
at::Tensor ActiveWeight::crop(const at::Tensor &weight, int64_t from,
                              int64_t to) const {
  at::Tensor result = makeFloats({out, to * to, in});
  const float *source = weight.data_ptr<float>();
  float *target = result.data_ptr<float>();
  int64_t margin = (from - to) / 2;
  for (int64_t o = 0; o < out; ++o)
    for (int64_t y = 0; y < to; ++y)
      for (int64_t x = 0; x < to; ++x)
        std::memcpy(target + ((o * to + y) * to + x) * in,
                    source + ((o * from + y + margin) * from + x + margin) * in,
                    sizeof(float) * static_cast<size_t>(in));
  return result;
}

at::Tensor ActiveWeight::apply(Transform &t, const at::Tensor &weight) const {
  t.cropped = crop(weight, t.from, t.to);
  int64_t taps = t.to * t.to;
  at::Tensor result = makeZeros(t.cropped.sizes().vec());
  const float *matrix = t.matrix->data(), *x = t.cropped.data_ptr<float>();
  float *y = result.data_ptr<float>();
  // Per channel: from +0, i ascending, multiply then add.
  for (int64_t o = 0; o < out; ++o)
    for (int64_t j = 0; j < taps; ++j)
      for (int64_t i = 0; i < taps; ++i)
        for (int64_t c = 0; c < in; ++c) {
          float product = matrix[j * taps + i] * x[(o * taps + i) * in + c];
          y[(o * taps + j) * in + c] = y[(o * taps + j) * in + c] + product;
        }
  return result;
}

at::Tensor ActiveWeight::undo(Transform &t, const at::Tensor &grad) const {
  int64_t taps = t.to * t.to, margin = (t.from - t.to) / 2;
  at::Tensor result = makeZeros({out, t.from * t.from, in});
  const float *g = grad.data_ptr<float>(), *x = t.cropped.data_ptr<float>();
  const float *matrix = t.matrix->data();
  float *matrixGrad = t.matrix->gradData(), *to = result.data_ptr<float>();
  for (int64_t o = 0; o < out; ++o)
    for (int64_t i = 0; i < taps; ++i) {
      int64_t at = (i / t.to + margin) * t.from + i % t.to + margin;
      for (int64_t j = 0; j < taps; ++j)
        for (int64_t c = 0; c < in; ++c) {
          float dy = g[(o * taps + j) * in + c];
          to[(o * t.from * t.from + at) * in + c] += matrix[j * taps + i] * dy;
          matrixGrad[j * taps + i] += dy * x[(o * taps + i) * in + c];
        }
    }
  return result;
}

void ActiveWeight::prepare() {
  sliced = cut();
  int64_t have = maxSize;
  for (Transform &t : transforms) {
    sliced = apply(t, sliced);
    have = t.to;
  }
  if (have != size)
    sliced = crop(sliced, have, size);
  current = sliced;
  if (quantized)
    quantize();
}

void ActiveWeight::quantize() {
  int64_t count = sliced.numel();
  float *x = sliced.data_ptr<float>();
  if (context.mode.initializeSteps && !learned.isKnown()) {
    double sum = 0;
    for (int64_t i = 0; i < count; ++i)
      sum += std::fabs(static_cast<double>(x[i]));
    learned.initialize(sum / static_cast<double>(count), range);
  }
  learned.checked(layer);
  float quant[3] = {numerics::reciprocalStep(learned.value()),
                    static_cast<float>(range.lo), static_cast<float>(range.hi)};
  codeBytes.resize(static_cast<size_t>(count));
  ChainOperands operands;
  operands.x = Activations(x, {1, 1, count});
  operands.quant = Vector(quant, {3});
  const formats::Plan &plan = context.network.plan;
  context.network.kernels[plan.weightKernel].forward(
      operands, {}, Codes(codeBytes.data(), {1, 1, count}));
  current = makeFloats({out, size * size, in});
  float *values = current.data_ptr<float>();
  for (int64_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(codeBytes[static_cast<size_t>(i)]);
}

float ActiveWeight::step() const {
  return quantized ? std::fabs(learned.value()) : 1.0f;
}

std::vector<const Parameter *> ActiveWeight::trained() const {
  std::vector<const Parameter *> all = {parameter};
  for (const Transform &t : transforms)
    all.push_back(t.matrix);
  if (quantized)
    all.push_back(learned.owner());
  return all;
}

/// The gradient of the weight before its quantizer; adds that of the step.
at::Tensor ActiveWeight::unquantize(const float *grad) const {
  int64_t count = sliced.numel();
  at::Tensor result = makeFloats(sliced.sizes().vec());
  at::Tensor upstream = makeFloats({count}), dstep = makeZeros({count});
  float *g = upstream.data_ptr<float>();
  // values() are codes; the quantized weight is |s| times them.
  float reciprocal = numerics::reciprocalStep(learned.value());
  for (int64_t i = 0; i < count; ++i)
    g[i] = grad[i] * reciprocal;
  float quant[3] = {reciprocal, static_cast<float>(range.lo),
                    static_cast<float>(range.hi)};
  ChainOperands operands;
  operands.x = Activations(sliced.data_ptr<float>(), {1, 1, count});
  operands.quant = Vector(quant, {3});
  ChainGradients gradients;
  gradients.grad = Activations(g, {1, 1, count});
  gradients.dx = Activations(result.data_ptr<float>(), {1, 1, count});
  gradients.dstep = Vector(dstep.data_ptr<float>(), {count});
  const formats::Plan &plan = context.network.plan;
  context.network.kernels[plan.weightKernel].backward(operands, gradients);
  learned.addGradient(dstep.data_ptr<float>(), count, count, range);
  return result;
}

void ActiveWeight::finishBackward(const float *grad) {
  at::Tensor current;
  if (quantized) {
    current = unquantize(grad);
  } else {
    current = makeFloats(sliced.sizes().vec());
    std::memcpy(current.data_ptr<float>(), grad,
                sizeof(float) * static_cast<size_t>(sliced.numel()));
  }
  int64_t have = transforms.empty() ? maxSize : transforms.back().to;
  if (have != size) {
    // A crop without a matrix: its inverse is a border of zeros.
    at::Tensor whole = makeZeros({out, have * have, in});
    int64_t margin = (have - size) / 2;
    for (int64_t o = 0; o < out; ++o)
      for (int64_t y = 0; y < size; ++y)
        std::memcpy(whole.data_ptr<float>() +
                        ((o * have + y + margin) * have + margin) * in,
                    current.data_ptr<float>() + (o * size + y) * size * in,
                    sizeof(float) * static_cast<size_t>(size * in));
    current = whole;
  }
  for (auto t = transforms.rbegin(); t != transforms.rend(); ++t)
    current = undo(*t, current);
  uncut(current);
}

} // namespace oqat::train
