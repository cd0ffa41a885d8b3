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

/// Kernels may read so many bytes past the end of a buffer.
static constexpr int64_t kSlack = 64;

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

namespace {
/// A part of the arena, in use up to and including the layer `lastUse`.
struct Lease {
  int64_t offset, bytes;
  size_t lastUse;
};

/// Leases of the arena, by offset.
class Leases {
public:
  /// Those that are in use up to layers before `now` end.
  void expire(size_t now) {
    llvm::erase_if(leases,
                   [&](const Lease &lease) { return lease.lastUse < now; });
  }

  /// The lowest gap that is large enough, up to and including `lastUse`.
  int64_t take(int64_t bytes, size_t lastUse) {
    return takeAt(firstFit(bytes), bytes, lastUse);
  }
  /// The highest one below `limit`, or else the lowest one.
  int64_t takeHigh(int64_t bytes, size_t lastUse, int64_t limit) {
    return takeAt(lastFit(bytes, limit).value_or(firstFit(bytes)), bytes,
                  lastUse);
  }

  /// The end of all that ever was taken.
  int64_t getEnd() const { return most; }

private:
  int64_t takeAt(int64_t offset, int64_t bytes, size_t lastUse) {
    Lease lease{offset, bytes, lastUse};
    leases.insert(llvm::lower_bound(leases, lease,
                                    [](const Lease &lhs, const Lease &rhs) {
                                      return lhs.offset < rhs.offset;
                                    }),
                  lease);
    most = std::max(most, lease.offset + bytes);
    return lease.offset;
  }

  std::optional<int64_t> lastFit(int64_t bytes, int64_t limit) const {
    int64_t end = limit;
    for (const Lease &lease : llvm::reverse(leases)) {
      if (lease.offset + lease.bytes + bytes <= end)
        break;
      end = std::min(end, lease.offset);
    }
    return end >= bytes ? std::optional(end - bytes) : std::nullopt;
  }

  int64_t firstFit(int64_t bytes) const {
    int64_t offset = 0;
    for (const Lease &lease : leases) {
      if (offset + bytes <= lease.offset)
        return offset;
      offset = std::max(offset, lease.offset + lease.bytes);
    }
    return offset;
  }

  std::vector<Lease> leases;
  int64_t most = 0;
};
} // namespace

/// Places all results; with `limit`, those in planes below it, as far from rows
/// of pixels as can be: the bytes of a row are hardly ever those of the thread
/// that had a part of a plane there. Without, all are rows. Returns the end.
static int64_t placeResults(NetworkPlan &plan, std::optional<int64_t> limit) {
  Leases leases;
  for (auto [index, layer] : llvm::enumerate(plan.layers)) {
    Value result = layer.op.getResult();
    if (result == plan.logits)
      continue;
    size_t now = index, lastUse = index;
    for (Operation *user : result.getUsers())
      if (!isa<ReturnOp>(user))
        lastUse = std::max(lastUse, plan.producers.lookup(user->getResult(0)));
    leases.expire(now);
    bool isPlanes = limit && layer.plan.resultPlanes;
    int64_t bytes = alignUp((isPlanes ? plan.storedBytes(result)
                                      : NetworkPlan::tensorBytes(result)) +
                            kSlack);
    if (layer.plan.sharedBytes != 0)
      bytes = NetworkPlan::sharedOffset(result) +
              alignUp(layer.plan.sharedBytes + kSlack);
    layer.resultOffset = isPlanes ? leases.takeHigh(bytes, lastUse, *limit)
                                  : leases.take(bytes, lastUse);
    if (!isPlanes || !layer.op.isReported())
      continue;
    // It is reported when what only the layer itself read isn't needed any
    // more.
    leases.expire(now + 1);
    layer.reportOffset =
        leases.take(alignUp(NetworkPlan::tensorBytes(result)), now);
  }
  return leases.getEnd();
}

/// No more than rows would take, most of the time.
static void planArena(NetworkPlan &plan) {
  int64_t end = placeResults(plan, std::nullopt);
  if (plan.hasPlanes())
    end = placeResults(plan, end);
  plan.scratchBytes = std::max(end, kAlignment);
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
