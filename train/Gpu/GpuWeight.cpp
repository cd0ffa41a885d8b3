//===- GpuWeight.cpp - The weight of a layer in one subnet ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Gpu/GpuWeight.h"
#include "train/Gpu/SharedParameters.h"

#include <algorithm>

namespace oqat::train {

GpuWeight::GpuWeight(const BuildContext &context, const formats::PlanNode &node)
    : WeightPart(context, node), gpu(*context.network.gpu),
      memory(*context.memory) {}

void GpuWeight::reserve(Order valueOrder, Order gradientOrder) {
  ofValues = valueOrder;
  ofGradient = gradientOrder;
  values = memory.weights.reserveFloats(elements());
  grad = memory.weightGradients.reserveFloats(elements());
  if (quantized)
    quant = memory.uploads.reserveFloats(3);
  for (size_t i = 0; i < cuts.size(); ++i) {
    int64_t count = out * cuts[i].to * cuts[i].to * in;
    bool isLast = i + 1 == cuts.size();
    // What the last one makes is kept for a quantizer of a product only.
    bool isKept = !isLast || (quantized && cuts[i].matrix);
    products.push_back(isKept ? memory.weights.reserveFloats(count) : 0);
    productGrads.push_back(
        isLast ? 0 : memory.weightGradients.reserveFloats(count));
  }
}

void GpuWeight::prepare() {
  if (!quantized)
    return;
  learned.checked(layer);
  std::array<float, 3> factors = quantizer();
  std::copy(factors.begin(), factors.end(), memory.uploads.host<float>(quant));
}

DeviceWeight GpuWeight::ordered(DevicePointer data, Order order) const {
  DeviceWeight result = DeviceWeight::dense(data, {out, size, size, in});
  if (order == Order::ByTap)
    result.strides = {1, size * in * out, in * out, out};
  return result;
}

DeviceWeight GpuWeight::source(size_t i, bool isGradient) const {
  DevicePointer data = 0;
  if (i > 0)
    data = isGradient ? memory.weightGradients.at(productGrads[i - 1])
                      : memory.weights.at(products[i - 1]);
  else
    data = addressOf(isGradient ? gpu.shared().grad(*parameter)
                                : gpu.shared().value(*parameter));
  return DeviceWeight::centre(data, cuts[i].from, columns(i), sizes(i));
}

DeviceWeightOperands GpuWeight::operands(size_t i) const {
  DeviceWeightOperands from;
  from.w = source(i, /*isGradient=*/false);
  if (cuts[i].matrix)
    from.matrix = addressOf(gpu.shared().value(*cuts[i].matrix));
  if (quantizes(i)) {
    from.quant = memory.uploads.at(quant);
    if (cuts[i].matrix)
      from.product = memory.weights.at(products[i]);
  }
  return from;
}

void GpuWeight::launchForward() {
  for (size_t i = 0; i < cuts.size(); ++i) {
    bool isLast = i + 1 == cuts.size();
    launchWeight(
        gpu.launcher, operands(i),
        isLast ? ordered(valuesAt(), ofValues)
               : DeviceWeight::dense(memory.weights.at(products[i]), sizes(i)));
  }
}

void GpuWeight::launchEnds(numerics::CodeRange inputRange, DevicePointer ends) {
  launchAccumulatorEnds(gpu.launcher, ordered(valuesAt(), ofValues),
                        inputRange.lo, inputRange.hi, ends);
}

void GpuWeight::launchBackward() {
  for (size_t i = cuts.size(); i-- > 0;) {
    bool isLast = i + 1 == cuts.size();
    DeviceWeight from =
        isLast ? ordered(gradAt(), ofGradient)
               : DeviceWeight::dense(memory.weightGradients.at(productGrads[i]),
                                     sizes(i));
    DeviceWeightGradients to;
    to.dw = source(i, /*isGradient=*/true);
    if (cuts[i].matrix)
      to.dmatrix = addressOf(gpu.shared().grad(*cuts[i].matrix));
    if (quantizes(i)) {
      to.dsteps = addressOf(gpu.shared().grad(*learned.owner()));
      to.entries = learned.owner()->value.numel();
      to.entry = learned.place();
      to.stepScale = stepGradScale(learned.value(), elements(), range);
    }
    launchWeightGradient(gpu.launcher, operands(i), from, to,
                         gpu.workspace(weightWorkspace(from.elements())));
  }
}

double GpuWeight::bound(numerics::CodeRange inputRange) const {
  auto largest = [](numerics::CodeRange codes) {
    return static_cast<double>(std::max(-codes.lo, codes.hi));
  };
  return static_cast<double>(depth()) * largest(range) * largest(inputRange);
}

} // namespace oqat::train
