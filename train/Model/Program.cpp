//===- Program.cpp - One subnet made ready to run -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/Program.h"
#include "train/Gpu/GpuOperations.h"
#include "train/Gpu/SharedParameters.h"
#include "train/Model/Buffers.h"
#include "train/Model/Operations.h"
#include "train/Model/Support.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <map>

namespace oqat::train {

using formats::PlanNode;
using formats::PlanStage;

at::Tensor unplaced(std::vector<int64_t> shape, at::ScalarType type) {
  return at::empty(shape, at::TensorOptions(at::kMeta).dtype(type));
}
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
                mode.batchImages ? mode.batchImages : program.imageCount,
                program.memory.get()} {}

  void build() {
    const formats::Plan &plan = context.network.plan;
    Value *input = makeValue();
    input->height = input->width = context.selection.imageSize();
    input->channels = 3;
    makePictures({program.imageCount, input->height, input->width, 3});
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

  void makePictures(std::vector<int64_t> shape) {
    if (program.gpu)
      program.picturesPlace = program.memory->uploads.reserve(
          shape[0] * shape[1] * shape[2] * shape[3]);
    else
      program.pictures = at::empty(shape, at::kByte);
  }

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
    auto [residual, gate] = chainOperands(node);
    for (Value *read : {in, residual, gate})
      if (read)
        read->lastReader = static_cast<int64_t>(program.ops.size());
    out->maker = static_cast<int64_t>(program.ops.size());
    program.ops.push_back(makeOperation(node, in, out));
  }

  std::unique_ptr<Operation> makeOperation(const PlanNode &node, Value *in,
                                           Value *out) {
    if (program.gpu)
      return makeGpuOperation(node, in, out);
    switch (node.kind) {
    case PlanNode::Kind::Normalize:
      return makeNormalize(context, node, in, out, program.pictures);
    case PlanNode::Kind::Conv2d:
      return makeConvolution(context, node, in, out);
    case PlanNode::Kind::Pointwise: {
      auto [residual, gate] = chainOperands(node);
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

  std::unique_ptr<Operation> makeGpuOperation(const PlanNode &node, Value *in,
                                              Value *out) {
    switch (node.kind) {
    case PlanNode::Kind::Normalize:
      return makeGpuNormalize(context, node, in, out, program.picturesPlace);
    case PlanNode::Kind::Conv2d:
      return makeGpuConvolution(context, node, in, out);
    case PlanNode::Kind::Pointwise: {
      auto [residual, gate] = chainOperands(node);
      return makeGpuChain(context, node, in, out, residual, gate);
    }
    case PlanNode::Kind::Gate:
      return makeGpuGate(context, node, in, out);
    case PlanNode::Kind::Pool:
      return makeGpuPool(context, node, in, out);
    case PlanNode::Kind::Linear:
      return makeGpuLinear(context, node, in, out);
    case PlanNode::Kind::Stage:
      break;
    }
    throw Error("the plan nests a stage where none can be");
  }

  /// Residual and gate; null where a chain has none.
  std::pair<Value *, Value *> chainOperands(const PlanNode &node) {
    Value *residual = nullptr, *gate = nullptr;
    for (const PlanStage &stage : node.stages) {
      if (stage.kind == PlanStage::Kind::Add)
        residual = find(stage.in);
      if (stage.kind == PlanStage::Kind::Scale)
        gate = find(stage.in);
    }
    return {residual, gate};
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
      value->grad = unplaced(
          {program.imageCount, value->pixels(), value->channels}, at::kFloat);
  }
};

Program::Program(const Network &network, const Selection &selection,
                 Parameters &parameters, RunMode mode, int64_t images)
    : imageCount(images), gpu(network.gpu), ranks(mode.ranks),
      parameters(parameters), isCalibrating(mode.initializeSteps) {
  if (gpu) {
    checkGpuMode(mode);
    memory = std::make_unique<ProgramMemory>(*gpu);
  }
  ProgramBuilder(*this, network, selection, parameters, mode).build();
  place(mode.backward);
  if (gpu)
    memory->allocate();
}

/// The slab of the program before, since fresh pages cost more than the
/// arithmetic.
static thread_local at::Tensor keptSlab;

Program::~Program() {
  if (gpu && isStep && gpu->shared().isOpen(parameters))
    gpu->shared().abandon();
  if (gpu)
    gpu->keepSlab(std::move(slab));
  else
    keptSlab = std::move(slab);
}

at::Tensor Program::takeSlab(int64_t bytes) {
  if (gpu)
    return gpu->takeSlab(bytes);
  at::Tensor kept = std::move(keptSlab);
  if (kept.defined() && static_cast<int64_t>(kept.nbytes()) >= bytes)
    return kept;
  kept = at::Tensor();
  return at::empty({bytes}, at::kByte);
}

/// A tensor like this one at an offset of the slab.
at::Tensor Program::placed(int64_t offset, const at::Tensor &like) const {
  uint8_t *data = slab.data_ptr<uint8_t>() + offset;
  if (gpu)
    return viewOf(*gpu, reinterpret_cast<DevicePointer>(data), like.sizes(),
                  like.scalar_type());
  return at::from_blob(data, like.sizes(), at::TensorOptions(like.dtype()));
}

/// Where the forward pass that starts at operation `begin` stops.
int64_t Program::forwardEnd(int64_t begin) const {
  int64_t end = begin + 1, count = static_cast<int64_t>(ops.size());
  while (end < count && !isCalibrating && !ops[end]->forwardFence())
    ++end;
  return end;
}

/// Time 0 is the first pass of forward, 1 what follows of it, 2, 3, … the
/// passes of backward, in which a value is dead after the one with the
/// operation that made it. Pictures that the first pass and the last one read
/// are made in both.
void Program::place(bool withBackward) {
  int64_t count = static_cast<int64_t>(ops.size()), end = count, pass = 1;
  const int64_t firstForward = forwardEnd(0);
  int64_t firstEnd = firstForward; // of operations that both passes have
  std::map<const Value *, int64_t> gradient, made;
  while (end > 0) {
    int64_t begin = backwardBegin(end);
    ++pass;
    for (int64_t i = end - 1; i >= begin; --i) {
      for (Use *use : ops[i]->uses())
        gradient.emplace(use->value, pass);
      if (const Value *value = ops[i]->result())
        made[value] = pass;
    }
    if (begin == 0)
      firstEnd = std::min(firstEnd, end);
    end = begin;
  }
  std::vector<Buffer> buffers;
  std::vector<at::Tensor *> tensors;
  auto add = [&](at::Tensor &tensor, int64_t first, int64_t last) {
    if (!tensor.defined())
      return;
    buffers.push_back({static_cast<int64_t>(tensor.nbytes()), first, last});
    tensors.push_back(&tensor);
  };
  for (auto &value : values) {
    if (isCalibrating) { // one operation after the other, as forward() goes
      int64_t last = value.get() == out
                         ? count
                         : std::max(value->maker, value->lastReader);
      add(value->data, value->maker, last);
      add(value->codes, value->maker, last);
      continue;
    }
    bool isKept =
        !withBackward || value.get() == out || !made.count(value.get());
    int64_t first = value->maker < firstForward ? 0 : 1;
    int64_t last = isKept ? pass : made[value.get()];
    if (withBackward && !gpu && value->isPicture &&
        value->lastReader < firstEnd) {
      value->again = unplaced(value->data.sizes().vec(), at::kFloat);
      add(value->again, pass, pass);
      add(value->data, 0, 0);
      continue;
    }
    add(value->data, first, value->isReadAtEnd ? pass : last);
    add(value->codes, first, value->isReadAtEnd ? pass : last);
    add(value->grad, isKept ? 0 : gradient[value.get()], last);
  }
  int64_t bytes = placeBuffers(buffers);
  slab = takeSlab(bytes);
  for (size_t i = 0; i < buffers.size(); ++i)
    *tensors[i] = placed(buffers[i].offset, *tensors[i]);
}

uint8_t *Program::input() {
  return gpu ? memory->uploads.host<uint8_t>(picturesPlace)
             : pictures.data_ptr<uint8_t>();
}
int64_t Program::inputSize() const { return in->height; }
const float *Program::logits() const {
  if (gpu && !hostLogits.defined()) {
    ranks->awaitDevice();
    hostLogits = out->data.cpu();
  }
  return (gpu ? hostLogits : out->data).data_ptr<float>();
}
float *Program::logitsGrad() {
  if (gpu && !hostLogitsGrad.defined())
    hostLogitsGrad = at::empty(out->grad.sizes(), at::kFloat);
  return (gpu ? hostLogitsGrad : out->grad).data_ptr<float>();
}
void Program::synchronize() const {
  if (!gpu)
    return;
  ranks->awaitDevice();
  gpu->synchronize();
}

/// A GPU takes all pictures at once.
int64_t Program::chunkCount() const {
  return gpu ? 1 : (imageCount + kChunkImages - 1) / kChunkImages;
}

Chunk Program::chunk(int64_t index) const {
  if (gpu)
    return {0, 0, imageCount};
  int64_t first = index * kChunkImages;
  return {index, first, std::min(kChunkImages, imageCount - first)};
}

void Program::forward() {
  int64_t count = static_cast<int64_t>(ops.size());
  if (!isCalibrating)
    forEach(count, [&](int64_t i) { ops[i]->prepare(); });
  // Nothing here is differentiated by LibTorch.
  at::AutoDispatchBelowAutograd noAutograd;
  if (gpu) {
    SharedParameters &shared = gpu->share(parameters);
    if (!shared.isOpen(parameters)) {
      shared.begin(parameters);
      isStep = true;
    }
    memory->beginForward();
    hostLogits = at::Tensor();
  }
  for (int64_t begin = 0, end = 0; begin < count; begin = end) {
    end = forwardEnd(begin);
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

int64_t Program::backwardBegin(int64_t end) const {
  int64_t begin = end - 1;
  while (begin > 0 && !ops[begin - 1]->backwardFence())
    --begin;
  return begin;
}

void Program::backward(const std::function<void(const Operation &)> &finished) {
  int64_t count = static_cast<int64_t>(ops.size());
  at::AutoDispatchBelowAutograd noAutograd;
  if (gpu) {
    memory->beginBackward();
    out->grad.copy_(hostLogitsGrad, /*non_blocking=*/true);
  }
  for (int64_t end = count, begin = 0; end > 0; end = begin) {
    begin = backwardBegin(end);
    for (int64_t i = end - 1; i >= begin; --i)
      ops[i]->beginBackward();
    forEach(chunkCount(), [&](int64_t c) {
      for (int64_t i = end - 1; i >= begin; --i)
        ops[i]->backward(chunk(c));
    });
    // A GPU's gradients come all at once.
    if (!finished || gpu)
      continue;
    forEach(end - begin, [&](int64_t i) { ops[begin + i]->finishBackward(); });
    for (int64_t i = end - 1; i >= begin; --i)
      finished(*ops[i]);
  }
  if (finished && !gpu)
    return;
  if (gpu) {
    ranks->awaitDevice();
    memory->endBackward();
  }
  forEach(count, [&](int64_t i) { ops[i]->finishBackward(); });
  // Who listens wants the gradients of the whole step.
  if (gpu && (isStep || finished))
    gpu->shared().end();
  if (finished)
    for (int64_t i = count - 1; i >= 0; --i)
      finished(*ops[i]);
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
    at::Tensor here = gpu ? value->data.cpu() : value->data;
    const float *data = here.data_ptr<float>();
    for (int64_t i = 0; i < here.numel(); ++i)
      if (!std::isfinite(data[i]))
        return op->name();
  }
  return {};
}

} // namespace oqat::train
