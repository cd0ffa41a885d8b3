//===- ActiveWeight.cpp - The weight of a layer in one subnet -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/ActiveWeight.h"
#include "oqat/Numerics/Quantize.h"
#include "train/Model/Support.h"

#include <cmath>

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
  int64_t have = maxSize;
  for (const formats::PlanTransform &t : node.weight.transforms)
    if (t.to >= size) {
      cuts.push_back({t.from, t.to, &context.parameters[t.parameter], {}});
      have = t.to;
    }
  if (cuts.empty() || have != size)
    cuts.push_back({have, size, nullptr, {}});
  if (node.weightQuantizer && !context.selection.isFloat()) {
    quantized = true;
    const formats::PlanQuantizer &quantizer = *node.weightQuantizer;
    int bits = context.selection.bitsOf(quantizer, layer);
    learned = Step(context.network.plan, context.parameters, quantizer, bits);
    range = numerics::codeRange(bits, quantizer.isSigned);
  }
}

/// The active part of filters [from][from][columns], `margin` taps inside.
Weight ActiveWeight::centre(float *data, const Cut &cut,
                            int64_t columns) const {
  int64_t margin = (cut.from - cut.to) / 2;
  Weight result(data, {out, cut.to, cut.to, in});
  result.offset = margin * (cut.from + 1) * columns;
  result.strides = {cut.from * cut.from * columns, cut.from * columns, columns,
                    1};
  return result;
}

Weight ActiveWeight::dense(const at::Tensor &values, const Cut &cut) const {
  return Weight(values.data_ptr<float>(), {out, cut.to, cut.to, in});
}

WeightOperands ActiveWeight::operands(size_t i) const {
  const Cut &cut = cuts[i];
  WeightOperands result;
  result.w = i == 0 ? centre(parameter->data(), cut, maxIn)
                    : centre(cuts[i - 1].product.data_ptr<float>(), cut, in);
  if (cut.matrix)
    result.matrix =
        Matrix(cut.matrix->data(), {cut.to * cut.to, cut.to * cut.to});
  return result;
}

const WeightKernel &ActiveWeight::kernelOf(size_t i) const {
  bool quantizes = quantized && i + 1 == cuts.size();
  return context.network.kernels.weight(cuts[i].matrix, quantizes);
}

/// A cut and its transform without the quantizer.
at::Tensor ActiveWeight::toFloats(size_t i) const {
  at::Tensor result = makeFloats({out, cuts[i].to * cuts[i].to, in});
  context.network.kernels.weight(cuts[i].matrix, /*quantizes=*/false)
      .forward(operands(i), dense(result, cuts[i]), {});
  return result;
}

void ActiveWeight::prepare() {
  size_t last = cuts.size() - 1;
  for (size_t i = 0; i < last; ++i)
    cuts[i].product = toFloats(i);
  if (quantized)
    quantize();
  else
    current = toFloats(last);
}

/// LSQ's first step, of the weight in its order.
void ActiveWeight::initializeStep() {
  at::Tensor floats = toFloats(cuts.size() - 1);
  const float *x = floats.data_ptr<float>();
  double sum = 0;
  for (int64_t i = 0; i < floats.numel(); ++i)
    sum += std::fabs(static_cast<double>(x[i]));
  learned.initialize(sum / static_cast<double>(floats.numel()), range);
}

std::array<float, 3> ActiveWeight::quantizer() const {
  return {numerics::reciprocalStep(learned.value()),
          static_cast<float>(range.lo), static_cast<float>(range.hi)};
}

void ActiveWeight::quantize() {
  size_t last = cuts.size() - 1;
  Cut &cut = cuts[last];
  if (context.mode.initializeSteps && !learned.isKnown())
    initializeStep();
  learned.checked(layer);
  current = makeFloats({out, cut.to * cut.to, in});
  codeBytes.resize(static_cast<size_t>(current.numel()));
  std::array<float, 3> quant = quantizer();
  WeightOperands from = operands(last);
  from.quant = Vector(quant.data(), {3});
  if (cut.matrix) {
    cut.product = makeFloats({out, cut.to * cut.to, in});
    from.product = dense(cut.product, cut);
  }
  Weight values = dense(current, cut);
  kernelOf(last).forward(from, values,
                         WeightCodes(codeBytes.data(), values.sizes));
}

float ActiveWeight::step() const {
  return quantized ? std::fabs(learned.value()) : 1.0f;
}

std::vector<const Parameter *> ActiveWeight::trained() const {
  std::vector<const Parameter *> all = {parameter};
  for (const Cut &cut : cuts)
    if (cut.matrix)
      all.push_back(cut.matrix);
  if (quantized)
    all.push_back(learned.owner());
  return all;
}

/// The gradient of what a cut is made of, unless that is the parameter.
at::Tensor ActiveWeight::backward(size_t i, float *grad) const {
  const Cut &cut = cuts[i];
  bool quantizes = quantized && i + 1 == cuts.size();
  WeightOperands from = operands(i);
  WeightGradients gradients;
  gradients.grad = Weight(grad, from.w.sizes);
  at::Tensor result;
  if (i == 0) {
    gradients.dw = centre(parameter->gradData(), cut, maxIn);
  } else {
    result = makeZeros({out, cut.from * cut.from, in});
    gradients.dw = centre(result.data_ptr<float>(), cut, in);
  }
  if (cut.matrix)
    gradients.dmatrix = Matrix(cut.matrix->gradData(), from.matrix.sizes);
  std::array<float, 3> quant{};
  if (quantizes) {
    quant = quantizer();
    from.quant = Vector(quant.data(), {3});
    if (cut.matrix)
      from.product = dense(cut.product, cut);
  }
  kernelOf(i).backward(from, gradients);
  if (quantizes)
    learned.addGradient(gradients.dstep, static_cast<int64_t>(codeBytes.size()),
                        range);
  return result;
}

void ActiveWeight::finishBackward(float *grad) {
  at::Tensor below;
  for (size_t i = cuts.size(); i-- > 0;) {
    below = backward(i, grad);
    grad = i > 0 ? below.data_ptr<float>() : nullptr;
  }
}

} // namespace oqat::train
