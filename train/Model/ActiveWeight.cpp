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

/// What cut `i` takes of filters [from][from][columns], `margin` taps inside.
Weight ActiveWeight::centre(float *data, size_t i) const {
  const Cut &cut = cuts[i];
  int64_t margin = (cut.from - cut.to) / 2, columns = this->columns(i);
  Weight result(data, sizes(i));
  result.offset = margin * (cut.from + 1) * columns;
  result.strides = {cut.from * cut.from * columns, cut.from * columns, columns,
                    1};
  return result;
}

Weight ActiveWeight::dense(const at::Tensor &values, size_t i) const {
  return Weight(values.data_ptr<float>(), sizes(i));
}

WeightOperands ActiveWeight::operands(size_t i) const {
  const Cut &cut = cuts[i];
  WeightOperands result;
  result.w =
      centre(i == 0 ? parameter->data() : products[i - 1].data_ptr<float>(), i);
  if (cut.matrix)
    result.matrix =
        Matrix(cut.matrix->data(), {cut.to * cut.to, cut.to * cut.to});
  return result;
}

const WeightKernel &ActiveWeight::kernelOf(size_t i) const {
  return context.network.kernels.weight(cuts[i].matrix, quantizes(i));
}

/// A cut and its transform without the quantizer.
at::Tensor ActiveWeight::toFloats(size_t i) const {
  at::Tensor result = makeFloats({out, cuts[i].to * cuts[i].to, in});
  context.network.kernels.weight(cuts[i].matrix, /*quantizes=*/false)
      .forward(operands(i), dense(result, i), {});
  return result;
}

void ActiveWeight::prepare() {
  size_t last = cuts.size() - 1;
  products.resize(cuts.size());
  for (size_t i = 0; i < last; ++i)
    products[i] = toFloats(i);
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

void ActiveWeight::quantize() {
  size_t last = cuts.size() - 1;
  const Cut &cut = cuts[last];
  if (context.mode.initializeSteps && !learned.isKnown())
    initializeStep();
  learned.checked(layer);
  current = makeFloats({out, cut.to * cut.to, in});
  codeBytes.resize(static_cast<size_t>(current.numel()));
  std::array<float, 3> quant = quantizer();
  WeightOperands from = operands(last);
  from.quant = Vector(quant.data(), {3});
  if (cut.matrix) {
    products[last] = makeFloats({out, cut.to * cut.to, in});
    from.product = dense(products[last], last);
  }
  Weight values = dense(current, last);
  kernelOf(last).forward(from, values,
                         WeightCodes(codeBytes.data(), values.sizes));
}

/// The gradient of what a cut is made of, unless that is the parameter.
at::Tensor ActiveWeight::backward(size_t i, float *grad) const {
  const Cut &cut = cuts[i];
  WeightOperands from = operands(i);
  WeightGradients gradients;
  gradients.grad = Weight(grad, from.w.sizes);
  at::Tensor result;
  if (i == 0) {
    gradients.dw = centre(parameter->gradData(), i);
  } else {
    result = makeZeros({out, cut.from * cut.from, in});
    gradients.dw = centre(result.data_ptr<float>(), i);
  }
  if (cut.matrix)
    gradients.dmatrix = Matrix(cut.matrix->gradData(), from.matrix.sizes);
  std::array<float, 3> quant{};
  if (quantizes(i)) {
    quant = quantizer();
    from.quant = Vector(quant.data(), {3});
    if (cut.matrix)
      from.product = dense(products[i], i);
  }
  kernelOf(i).backward(from, gradients);
  if (quantizes(i))
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
