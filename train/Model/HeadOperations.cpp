//===- HeadOperations.cpp - What ends have on all devices -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/HeadOperations.h"
#include "oqat/Numerics/Input.h"
#include "train/Model/Support.h"

namespace oqat::train {

NormalizeOperation::NormalizeOperation(const BuildContext &context,
                                       const formats::PlanNode &node, Value *in,
                                       Value *out)
    : out(out) {
  out->height = in->height;
  out->width = in->width;
  out->channels = in->channels;
  out->isPicture = true;
  out->data =
      unplaced({context.images, out->pixels(), out->channels}, at::kFloat);
  for (size_t c = 0; c < node.mean.size(); ++c)
    factors.push_back(numerics::inputRescale(node.mean[c], node.deviation[c]));
  if (static_cast<int64_t>(factors.size()) != out->channels)
    throw Error("the plan normalizes " + std::to_string(factors.size()) +
                " colours of " + std::to_string(out->channels));
}

HeadOperation::HeadOperation(const BuildContext &context, std::string label,
                             Value *in, Value *out, int64_t channels)
    : label(std::move(label)), images(context.images),
      isFloat(context.selection.isFloat()), in{in}, out(out) {
  out->height = out->width = 1;
  out->channels = channels;
  out->data = unplaced({images, 1, channels}, at::kFloat);
}

AffinePart::AffinePart(const BuildContext &context,
                       const formats::PlanAffine &names, int64_t outputs,
                       int64_t inputs)
    : weight(&context.parameters[names.weight]),
      bias(&context.parameters[names.bias]), outputs(outputs), inputs(inputs),
      stride(weight->value.sizes().back()),
      isRounded(context.mode.bfloat16Gradients) {
  if (weight->value.size(0) < outputs || stride < inputs)
    throw Error("'" + weight->name + "' is smaller than its layer");
}

} // namespace oqat::train
