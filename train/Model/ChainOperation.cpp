//===- ChainOperation.cpp - What chains have on all devices ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/ChainOperation.h"
#include "train/Model/Support.h"

namespace oqat::train {

using formats::PlanStage;

ChainOperation::ChainOperation(const BuildContext &context,
                               const formats::PlanNode &node, Value *in,
                               Value *out, Value *residual, Value *gate)
    : context(context), node(node), in{in}, residual{residual}, gate{gate},
      out(out) {
  out->height = in->height;
  out->width = in->width;
  out->channels = in->channels;
  checkShape(residual, out->pixels());
  checkShape(gate, 1);
  for (const PlanStage &stage : node.stages)
    read(stage);
  std::vector<int64_t> shape{context.images, out->pixels(), out->channels};
  if (quantizer)
    out->codes = unplaced(shape, at::kByte);
  else
    out->data = unplaced(shape, at::kFloat);
}

std::string ChainOperation::name() const {
  if (quantizer)
    return quantizer->name;
  return isRescale ? in.value->accumulator->layer : node.name;
}

std::vector<Use *> ChainOperation::uses() {
  std::vector<Use *> all{&in};
  for (Use *use : {&residual, &gate})
    if (use->value)
      all.push_back(use);
  return all;
}

std::vector<const Parameter *> ChainOperation::trained() const {
  if (quantizer)
    return {step.owner()};
  return {};
}

std::array<float, 3> ChainOperation::quantizerFactors() const {
  return {numerics::reciprocalStep(out->step),
          static_cast<float>(out->range.lo), static_cast<float>(out->range.hi)};
}

void ChainOperation::checkShape(const Value *value, int64_t pixels) const {
  if (value && (value->channels != out->channels || value->pixels() != pixels))
    throw Error("chain '" + node.kernel + "': its operands differ in shape");
}

void ChainOperation::read(const PlanStage &stage) {
  if (stage.kind == PlanStage::Kind::Rescale)
    readRescale(stage);
  if (stage.kind == PlanStage::Kind::Quantize && !context.selection.isFloat())
    readQuantizer(stage.quantizer);
}

void ChainOperation::readRescale(const PlanStage &stage) {
  if (!in.value->accumulator)
    throw Error("chain '" + node.kernel + "' rescales no convolution");
  Accumulator &acc = *in.value->accumulator;
  isRescale = acc.isRescaled = true;
  if (!stage.batchNorm)
    return;
  batchNorm = &*stage.batchNorm;
  acc.isNormalized = true;
  acc.norm = batchNorm;
  acc.gamma = &context.parameters[batchNorm->gamma];
  acc.beta = &context.parameters[batchNorm->beta];
  acc.wantsStatistics = context.mode.statistics == Statistics::Batch;
}

void ChainOperation::readQuantizer(const formats::PlanQuantizer &q) {
  quantizer = &q;
  std::string layer = q.name.substr(0, q.name.rfind('.'));
  int bits = context.selection.bitsOf(q, layer);
  step = Step(context.network.plan, context.parameters, q, bits);
  out->range = numerics::codeRange(bits, q.isSigned);
  if (q.isSigned)
    throw Error("tensor '" + q.name +
                "': signed activation codes are not supported");
  out->name = q.name;
}

} // namespace oqat::train
