//===- PackedLayers.cpp - A fixed network as level 4 runs it --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Analysis/PackedLayers.h"
#include "oqat/Numerics/Shape.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

namespace {

/// What an epilogue does, in this order.
enum Step { None, Scaled, Activated, Gated, Added, Quantized };

class LayerFinder {
public:
  explicit LayerFinder(SupernetOp network) : network(network) {}

  FailureOr<SmallVector<PackedLayer>> run();

private:
  void start(Operation *op, Step done);
  FailureOr<int64_t> bytesOf(Value value);
  LogicalResult addLifetimes();
  LogicalResult addInnerBytes(PackedLayer &layer);

  SupernetOp network;
  SmallVector<PackedLayer> layers;
  /// The layer that stores a value.
  DenseMap<Value, size_t> producers;
  DenseSet<Operation *> covered;
  /// Pools of codes (isPooledAsCodes).
  DenseSet<Operation *> pooledCodes;
};

} // namespace

/// Nothing where `op` is not pointwise.
static std::optional<Step> stepOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::optional<Step>>(op)
      .Case<BatchNormOp, BiasOp, RescaleOp, DequantizeOp>(
          [](auto) { return Scaled; })
      .Case([](ActivationOp) { return Activated; })
      .Case([](ScaleOp) { return Gated; })
      .Case([](AddOp) { return Added; })
      .Case<FakeQuantizeOp, QuantizeOp>([](auto) { return Quantized; })
      .Default([](Operation *) { return std::nullopt; });
}

/// Weights and the normalized picture are part of the layer that reads them.
static bool isOperandOnly(Operation *op) {
  if (isa<WeightOp, ConstantWeightOp, ConstantCodesOp, NormalizeOp>(op))
    return true;
  auto fake = dyn_cast<FakeQuantizeOp>(op);
  return fake && fake.getInput().getDefiningOp<WeightOp>();
}

/// Whether the result is a residual stream of codes (N7).
static bool isStream(Operation *op) {
  auto add = dyn_cast<AddOp>(op);
  return add && add.isStream();
}

/// Whether `op` is one of ours and depends on no choice.
static LogicalResult checkFixed(Operation *op) {
  if (!isa_and_nonnull<OqatDialect>(op->getDialect()))
    return op->emitOpError("has no place in a fixed network");
  SmallVector<FlatSymbolRefAttr> choices;
  if (auto elastic = dyn_cast<ElasticOpInterface>(op))
    elastic.getChoices(choices);
  if (choices.empty())
    return success();
  return op->emitOpError("is still elastic, it depends on choice '")
         << choices.front().getValue() << "'";
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// Whether what is between a quantized convolution and a pool of the largest
/// values becomes codes before it: those of the pool's only reader.
static bool isPooledAsCodes(const PackedLayer &layer) {
  auto conv = dyn_cast<Conv2DOp>(layer.first());
  Value result = layer.result();
  if (!conv || !conv.isQuantized() || !result.hasOneUse())
    return false;
  auto pool = dyn_cast<MaxPoolOp>(*result.user_begin());
  bool isNumber = llvm::all_of(layer.operations, [](Operation *op) {
    if (auto activation = dyn_cast<ActivationOp>(op))
      return activation.getKind() == ActivationKind::Relu ||
             activation.getKind() == ActivationKind::Relu6;
    return isa<Conv2DOp>(op) || stepOf(op) == Scaled;
  });
  return pool && isNumber && pool.getResult().hasOneUse() &&
         stepOf(*pool.getResult().user_begin()) == Quantized;
}

/// Opens a layer at `op` and takes along what may follow: a value with one use
/// goes on into the next step, a summand or gate has to be there already.
void LayerFinder::start(Operation *op, Step done) {
  PackedLayer layer;
  layer.operations.push_back(op);
  bool extends = !isa<PoolOp, MaxPoolOp>(op);
  if (pooledCodes.contains(op)) {
    // It stands for its quantizer, too.
    layer.operations.push_back(*op->getResult(0).user_begin());
    done = Quantized;
  }
  while (extends && layer.result().hasOneUse()) {
    Operation *next = *layer.result().getUsers().begin();
    std::optional<Step> step = stepOf(next);
    if (!step || *step <= done)
      break;
    bool isReady = llvm::all_of(next->getOperands(), [&](Value operand) {
      return operand == layer.result() || producers.contains(operand);
    });
    if (!isReady)
      break;
    layer.operations.push_back(next);
    done = isStream(next) ? Quantized : *step;
  }
  if (isPooledAsCodes(layer))
    pooledCodes.insert(*layer.result().user_begin());
  covered.insert(layer.operations.begin(), layer.operations.end());
  producers[layer.result()] = layers.size();
  layers.push_back(std::move(layer));
}

//===----------------------------------------------------------------------===//
// Bytes
//===----------------------------------------------------------------------===//

/// One byte per code, four per float.
FailureOr<int64_t> LayerFinder::bytesOf(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  Operation *op = value.getDefiningOp();
  if (!type.hasStaticShape())
    return op->emitOpError("expected static shapes, but the network is still "
                           "elastic");
  bool areCodes =
      isa<FakeQuantizeOp>(op) || isStream(op) ||
      isCodes(type.getElementType()) ||
      (value.hasOneUse() && pooledCodes.contains(*value.user_begin()));
  int64_t bytes = areCodes ? 1 : 4;
  for (int64_t extent : type.getShape())
    if (llvm::MulOverflow(bytes, extent, bytes))
      return op->emitOpError("costs more than 64 bits can count");
  return bytes;
}

/// The pooled, squeezed and gate vectors of a squeeze-excite: at most two of
/// them are there at once, the gate being there to its end.
LogicalResult LayerFinder::addInnerBytes(PackedLayer &layer) {
  auto op = dyn_cast<SqueezeExciteOp>(layer.first());
  if (!op)
    return success();
  int64_t channels = op.getTensorType().getDimSize(3);
  int64_t pictures = op.getTensorType().getDimSize(0);
  FailureOr<int64_t> written = bytesOf(layer.result());
  if (failed(written))
    return failure();
  // The result is not there yet while the gate is computed.
  int64_t vectors =
      4 * pictures * (channels + numerics::squeezeWidth(channels));
  int64_t gate = 4 * pictures * channels;
  layer.liveBytes += std::max(vectors - *written, gate);
  return success();
}

/// Every stored value lives from its layer to the last one that reads it; the
/// picture and the logits are the caller's.
LogicalResult LayerFinder::addLifetimes() {
  SmallVector<size_t> lastReader(layers.size());
  for (auto [index, layer] : llvm::enumerate(layers)) {
    lastReader[index] = index;
    for (Operation *op : layer.operations)
      for (Value operand : op->getOperands())
        if (auto it = producers.find(operand); it != producers.end())
          lastReader[it->second] = index;
  }
  for (auto [index, layer] : llvm::enumerate(layers)) {
    FailureOr<int64_t> bytes = bytesOf(layer.result());
    if (failed(bytes))
      return failure();
    if (llvm::any_of(layer.result().getUsers(), llvm::IsaPred<ReturnOp>))
      continue;
    for (size_t at = index; at <= lastReader[index]; ++at)
      if (llvm::AddOverflow(layers[at].liveBytes, *bytes, layers[at].liveBytes))
        return network.emitOpError("costs more than 64 bits can count");
  }
  for (PackedLayer &layer : layers)
    if (failed(addInnerBytes(layer)))
      return failure();
  return success();
}

/// Whether several quantizers, of one step each, are all that reads an
/// activation of codes: each of them becomes a function of those.
static bool isMappedAway(Operation *op) {
  auto activation = dyn_cast<ActivationOp>(op);
  if (!activation || op->use_empty() || op->hasOneUse())
    return false;
  Operation *source = activation.getInput().getDefiningOp();
  return source && (isStream(source) || isa<FakeQuantizeOp>(source)) &&
         llvm::all_of(op->getUsers(), [](Operation *user) {
           auto fake = dyn_cast<FakeQuantizeOp>(user);
           return stepOf(user) == Quantized && !(fake && fake.getAxis());
         });
}

FailureOr<SmallVector<PackedLayer>> LayerFinder::run() {
  for (Operation &op : network.getBody().front().without_terminator()) {
    if (failed(checkFixed(&op)))
      return failure();
    if (isMappedAway(&op)) {
      auto source = producers.find(op.getOperand(0));
      if (source != producers.end())
        producers[op.getResult(0)] = source->second;
      continue;
    }
    if (!covered.contains(&op) && !isOperandOnly(&op)) {
      bool isGate = isa<SqueezeExciteOp>(op);
      start(&op, isGate ? Gated : stepOf(&op).value_or(None));
    }
  }
  if (failed(addLifetimes()))
    return failure();
  return std::move(layers);
}

FailureOr<SmallVector<PackedLayer>>
mlir::oqat::findPackedLayers(SupernetOp network) {
  return LayerFinder(network).run();
}
