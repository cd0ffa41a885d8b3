//===- Program.cpp - One subnet made ready to run -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/Program.h"
#include "train/Model/Operations.h"
#include "train/Model/Support.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <map>

namespace oqat::train {

using formats::PlanNode;
using formats::PlanStage;

at::Tensor makeFloats(std::vector<int64_t> shape) {
  return at::empty(shape, at::kFloat);
}
at::Tensor makeZeros(std::vector<int64_t> shape) {
  return at::zeros(shape, at::kFloat);
}

/// Walks the active nodes of the plan and makes one operation of each.
class ProgramBuilder {
public:
  ProgramBuilder(Program &program, const Network &network,
                 const Selection &selection, Parameters &parameters,
                 RunMode mode)
      : program(program),
        context{network,
                selection,
                parameters,
                mode,
                program.imageCount,
                program.chunkCount(),
                mode.batchImages ? mode.batchImages : program.imageCount} {}

  void build() {
    const formats::Plan &plan = context.network.plan;
    Value *input = makeValue();
    input->height = input->width = context.selection.imageSize();
    input->channels = 3;
    program.pictures = at::empty(
        {program.imageCount, input->height, input->width, 3}, at::kByte);
    program.in = values[plan.input] = input;
    add(plan.body);
    program.out = find(plan.output);
    if (context.mode.backward)
      prepareGradients();
  }

private:
  Program &program;
  BuildContext context;
  std::map<int64_t, Value *> values;

  Value *makeValue() {
    program.values.push_back(std::make_unique<Value>());
    return program.values.back().get();
  }
  Value *find(int64_t id) {
    auto it = values.find(id);
    if (it == values.end())
      throw Error("the plan uses value " + std::to_string(id) +
                  " before it is made");
    return it->second;
  }

  void add(const std::vector<PlanNode> &body) {
    for (const PlanNode &node : body)
      node.kind == PlanNode::Kind::Stage ? addStage(node) : addNode(node);
  }

  void addStage(const PlanNode &node) {
    Value *current = find(node.in);
    int64_t depth = context.selection.depth(node);
    for (int64_t i = 0; i < depth; ++i) {
      const formats::PlanBlock &block = node.blocks[static_cast<size_t>(i)];
      values[block.arg] = current;
      add(block.body);
      current = find(block.result);
    }
    values[node.out] = current;
  }

  void addNode(const PlanNode &node) {
    Value *in = find(node.in);
    // Without its quantizer such a chain does nothing.
    if (node.kind == PlanNode::Kind::Pointwise && context.selection.isFloat() &&
        node.floatKernel.empty()) {
      values[node.out] = in;
      return;
    }
    Value *out = makeValue();
    values[node.out] = out;
    program.ops.push_back(makeOperation(node, in, out));
  }

  std::unique_ptr<Operation> makeOperation(const PlanNode &node, Value *in,
                                           Value *out) {
    switch (node.kind) {
    case PlanNode::Kind::Normalize:
      return makeNormalize(context, node, in, out, program.pictures);
    case PlanNode::Kind::Conv2d:
      return makeConvolution(context, node, in, out);
    case PlanNode::Kind::Pointwise: {
      Value *residual = nullptr, *gate = nullptr;
      for (const PlanStage &stage : node.stages) {
        if (stage.kind == PlanStage::Kind::Add)
          residual = find(stage.in);
        if (stage.kind == PlanStage::Kind::Scale)
          gate = find(stage.in);
      }
      return makeChain(context, node, in, out, residual, gate);
    }
    case PlanNode::Kind::Gate:
      return makeGate(context, node, in, out);
    case PlanNode::Kind::Pool:
      return makePool(context, node, in, out);
    case PlanNode::Kind::Linear:
      return makeLinear(context, node, in, out);
    case PlanNode::Kind::Stage:
      break;
    }
    throw Error("the plan nests a stage where none can be");
  }

  /// The last reader of a value comes first in backward and writes.
  void prepareGradients() {
    std::map<Value *, bool> written;
    for (auto op = program.ops.rbegin(); op != program.ops.rend(); ++op) {
      for (Use *use : (*op)->uses()) {
        use->accumulates = written[use->value];
        written[use->value] = true;
      }
    }
    written[program.out] = true;
    for (auto &[value, isWritten] : written)
      value->grad =
          makeFloats({program.imageCount, value->pixels(), value->channels});
  }
};

Program::Program(const Network &network, const Selection &selection,
                 Parameters &parameters, RunMode mode, int64_t images)
    : imageCount(images), isCalibrating(mode.initializeSteps) {
  ProgramBuilder(*this, network, selection, parameters, mode).build();
}

Program::~Program() = default;

uint8_t *Program::input() { return pictures.data_ptr<uint8_t>(); }
int64_t Program::inputSize() const { return in->height; }
const float *Program::logits() const { return out->data.data_ptr<float>(); }
float *Program::logitsGrad() { return out->grad.data_ptr<float>(); }

int64_t Program::chunkCount() const {
  return (imageCount + kChunkImages - 1) / kChunkImages;
}

Chunk Program::chunk(int64_t index) const {
  int64_t first = index * kChunkImages;
  return {index, first, std::min(kChunkImages, imageCount - first)};
}

void Program::forward() {
  int64_t count = static_cast<int64_t>(ops.size());
  if (!isCalibrating)
    forEach(count, [&](int64_t i) { ops[i]->prepare(); });
  for (int64_t begin = 0, end = 0; begin < count; begin = end) {
    end = begin + 1;
    while (end < count && !isCalibrating && !ops[end]->forwardFence())
      ++end;
    for (int64_t i = begin; i < end; ++i) {
      if (isCalibrating)
        ops[i]->prepare();
      ops[i]->beginForward();
    }
    forEach(chunkCount(), [&](int64_t c) {
      for (int64_t i = begin; i < end; ++i)
        ops[i]->forward(chunk(c));
    });
  }
}

void Program::backward(const std::function<void(const Operation &)> &finished) {
  int64_t count = static_cast<int64_t>(ops.size());
  for (int64_t end = count, begin = 0; end > 0; end = begin) {
    begin = end - 1;
    while (begin > 0 && !ops[begin - 1]->backwardFence())
      --begin;
    for (int64_t i = end - 1; i >= begin; --i)
      ops[i]->beginBackward();
    forEach(chunkCount(), [&](int64_t c) {
      for (int64_t i = end - 1; i >= begin; --i)
        ops[i]->backward(chunk(c));
    });
    if (!finished)
      continue;
    forEach(end - begin, [&](int64_t i) { ops[begin + i]->finishBackward(); });
    for (int64_t i = end - 1; i >= begin; --i)
      finished(*ops[i]);
  }
  if (!finished)
    forEach(count, [&](int64_t i) { ops[i]->finishBackward(); });
}

std::vector<Value *> Program::quantizedValues() const {
  std::vector<Value *> result;
  for (const auto &value : values)
    if (value->isCodes())
      result.push_back(value.get());
  return result;
}

std::string Program::firstNonFinite() const {
  for (const auto &op : ops) {
    Value *value = op->result();
    if (!value || !value->data.defined())
      continue;
    const float *data = value->data.data_ptr<float>();
    for (int64_t i = 0; i < value->data.numel(); ++i)
      if (!std::isfinite(data[i]))
        return op->name();
  }
  return {};
}

} // namespace oqat::train
