//===- PlanNetwork.cpp - Where everything of a network lies ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Conversion/NetworkPlan.h"
#include "oqat/Support/Bytes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

int64_t NetworkPlan::tensorBytes(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return type.getNumElements() * (type.getElementType().isF32() ? 4 : 1);
}

int64_t NetworkPlan::storedBytes(Value tensor) const {
  auto producer = producers.find(tensor);
  if (producer == producers.end())
    return tensorBytes(tensor);
  const auto &planes = layers[producer->second].plan.resultPlanes;
  return planes ? planes->bytes() : tensorBytes(tensor);
}

bool NetworkPlan::hasPlanes() const {
  return llvm::any_of(layers, [](const PlannedLayer &layer) {
    return layer.plan.resultPlanes.has_value();
  });
}

std::string NetworkPlan::tensorName(const PlannedLayer &layer) const {
  LayerOpInterface op = layer.op;
  return op.getResult() == logits ? "logits" : op.getTensorName();
}

static DenseIntElementsAttr packedWeightsOf(LayerOpInterface layer) {
  return dyn_cast_or_null<DenseIntElementsAttr>(layer->getAttr("weights"));
}

/// Packed weights are planned by the network alone, so that targets share them;
/// panels are the target's.
static void planWeights(NetworkPlan &plan) {
  for (PlannedLayer &layer : plan.layers) {
    if (DenseIntElementsAttr packed = packedWeightsOf(layer.op)) {
      layer.packedOffset = alignUp(plan.packedWeights.size());
      plan.packedWeights.resize(layer.packedOffset, 0);
      llvm::append_range(plan.packedWeights, BytesView(packed));
    }
    if (!layer.plan.panel)
      continue;
    layer.panelOffset = plan.preparedBytes;
    plan.preparedBytes += alignUp(layer.plan.panel->getBytes());
  }
  // Codes are read as 64-bit words, up to seven bytes behind the last one.
  plan.packedWeights.resize(alignUp(plan.packedWeights.size() + 7), 0);
  plan.preparedBytes = std::max(plan.preparedBytes, kAlignment);
}

/// Lets tensors between two layers lie in planes where that is faster, or
/// wherever it can be if such kernels are preferred. A layer whose kernel is
/// said keeps it.
static void planPlanes(NetworkPlan &plan, StringRef preferred) {
  bool always = preferred.starts_with(kPlanarPrefix);
  if (!always && !preferred.empty())
    return;
  for (PlannedLayer &consumer : plan.layers) {
    Value input = consumer.op->getOperand(0);
    auto place = plan.producers.find(input);
    if (place == plan.producers.end() || !input.hasOneUse())
      continue;
    PlannedLayer &producer = plan.layers[place->second];
    if (plan.target->getWanted(producer.op) ||
        plan.target->getWanted(consumer.op))
      continue;
    auto pair = plan.target->planPlanes(producer.op, consumer.op,
                                        {producer.plan, consumer.plan}, always);
    if (!pair)
      continue;
    producer.plan = std::move(pair->producer);
    consumer.plan = std::move(pair->consumer);
  }
}

/// `b1.ib` as a part of a symbol.
static std::string mangle(StringRef name) {
  std::string text = name.str();
  for (char &c : text)
    if (!llvm::isAlnum(c))
      c = '_';
  return text;
}

FailureOr<NetworkOp> mlir::oqat::getOnlyNetwork(ModuleOp module) {
  auto networks = llvm::to_vector(module.getOps<NetworkOp>());
  if (networks.size() == 1)
    return networks.front();
  return emitError(module.getLoc())
         << "expected one 'bitpack.network' in the module, but got "
         << networks.size();
}

FailureOr<NetworkPlan> mlir::oqat::planNetwork(NetworkOp network,
                                               const KernelTarget &target,
                                               StringRef preferKernels) {
  NetworkPlan plan;
  plan.network = network;
  plan.target = &target;
  plan.image = network.getBody().getArgument(0);
  auto end = cast<ReturnOp>(network.getBody().front().getTerminator());
  plan.logits = end.getLogits();
  if (plan.logits == plan.image || !plan.logits.hasOneUse())
    return end.emitOpError()
           << "expected the logits to be a layer's result with no other use";
  llvm::StringSet<> names;
  for (Operation &op : network.getBody().front().without_terminator()) {
    auto layer = dyn_cast<LayerOpInterface>(op);
    if (!layer)
      return op.emitOpError() << "expected only layers in a network";
    FailureOr<LayerPlan> layerPlan = target.plan(layer, preferKernels);
    if (failed(layerPlan))
      return failure();
    std::string symbol =
        (network.getSymName() + "." + Twine(plan.layers.size()) + "." +
         mangle(layer.getLayer()))
            .str();
    plan.producers[layer.getResult()] = plan.layers.size();
    plan.layers.push_back({layer, std::move(*layerPlan), symbol});
    std::string name = plan.tensorName(plan.layers.back());
    if (!names.insert(name).second)
      return op.emitOpError()
             << "another layer makes a tensor '" << name << "' too";
  }
  planPlanes(plan, preferKernels);
  planWeights(plan);
  planPrefetches(plan);
  planArena(plan);
  return plan;
}
