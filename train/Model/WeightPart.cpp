//===- WeightPart.cpp - A subnet's part of a shared weight ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/WeightPart.h"
#include "oqat/Numerics/Quantize.h"
#include "train/Model/Support.h"

#include <cmath>

namespace oqat::train {

WeightPart::WeightPart(const BuildContext &context,
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
      cuts.push_back({t.from, t.to, &context.parameters[t.parameter]});
      have = t.to;
    }
  if (cuts.empty() || have != size)
    cuts.push_back({have, size, nullptr});
  if (node.weightQuantizer && !context.selection.isFloat()) {
    quantized = true;
    const formats::PlanQuantizer &quantizer = *node.weightQuantizer;
    int bits = context.selection.bitsOf(quantizer, layer);
    learned = Step(context.network.plan, context.parameters, quantizer, bits);
    range = numerics::codeRange(bits, quantizer.isSigned);
  }
}

std::array<float, 3> WeightPart::quantizer() const {
  return {numerics::reciprocalStep(learned.value()),
          static_cast<float>(range.lo), static_cast<float>(range.hi)};
}

float WeightPart::step() const {
  return quantized ? std::fabs(learned.value()) : 1.0f;
}

std::vector<const Parameter *> WeightPart::trained() const {
  std::vector<const Parameter *> all = {parameter};
  for (const Cut &cut : cuts)
    if (cut.matrix)
      all.push_back(cut.matrix);
  if (quantized)
    all.push_back(learned.owner());
  return all;
}

} // namespace oqat::train
