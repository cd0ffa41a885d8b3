//===- Interpreter.cpp - Reference execution of every level ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Interpreter/Interpreter.h"

#include "Engine.h"
#include "dialects/bitpack/Bitpack.h"
#include "oqat/Numerics/Rescale.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

//===----------------------------------------------------------------------===//
// Engine
//===----------------------------------------------------------------------===//

void Engine::define(Value value, Tensor tensor) {
  if (auto it = names.find(value);
      it != names.end() && tensor.kind == Tensor::Kind::Float)
    reportFloats(it->second, tensor);
  unsigned uses = std::distance(value.use_begin(), value.use_end());
  if (uses == 0)
    return;
  pendingUses[value] = uses;
  values[value] = std::move(tensor);
}

LogicalResult Engine::runBlock(Block &block) {
  for (Operation &op : block.without_terminator()) {
    if (failed(execute(&op)))
      return failure();
    // A value whose last reader has run is not kept.
    for (Value operand : op.getOperands())
      if (--pendingUses[operand] == 0)
        values.erase(operand);
  }
  return success();
}

/// Refuses what would not fit in memory.
static LogicalResult checkSize(Operation *op, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  double elements = 1;
  if (tensor && tensor.hasStaticShape())
    for (int64_t extent : tensor.getShape())
      elements *= static_cast<double>(extent);
  if (elements > static_cast<double>(1 << 28))
    return op->emitOpError("is too large to be interpreted: ") << type;
  return success();
}

LogicalResult Engine::execute(Operation *op) {
  for (Type type : op->getResultTypes())
    if (failed(checkSize(op, type)))
      return failure();
  if (hook) {
    SmallVector<const Tensor *> operands;
    for (Value operand : op->getOperands())
      operands.push_back(&get(operand));
    if (failed(hook(op, operands)))
      return failure();
  }
  if (isFixedOp(op))
    return interpretFixed(*this, op);
  if (isIntegerOp(op))
    return interpretInteger(*this, op);
  if (isBitpackOp(op))
    return interpretBitpack(*this, op);
  return op->emitOpError("cannot be interpreted");
}

FailureOr<Tensor> Engine::getFloats(Operation *user, Value value) const {
  const Tensor &tensor = get(value);
  if (tensor.kind == Tensor::Kind::Float)
    return tensor;
  if (tensor.kind == Tensor::Kind::Codes)
    return decodeTensor(tensor);
  if (tensor.kind != Tensor::Kind::Accumulators)
    return user->emitOpError("expected a float operand");
  Tensor result = tensor;
  applyRescale(result, tensor.unitRescale());
  return result;
}

FailureOr<int64_t> Engine::decide(Operation *user, FlatSymbolRefAttr symbol) {
  SupernetOp network = getNetwork(user);
  ChoiceOp choice = network ? network.lookupChoice(symbol) : nullptr;
  if (!subnet || !choice)
    return user->emitOpError("needs a subnet that decides choice '")
           << symbol.getValue() << "'";
  const auto *value = subnet->find(choice.getKey().str());
  std::optional<double> entry;
  size_t index = choice.getPerLayer() ? layers.lookup(user)
                                      : choice.getIndex().value_or(0);
  if (value)
    entry = value->at(index);
  if (std::optional<int64_t> fallback = choice.getDefaultValue();
      !value && fallback)
    return *fallback;
  if (!entry)
    return user->emitOpError("needs '")
           << choice.getKey() << "' entry " << index << " of the subnet";
  if (!llvm::is_contained(choice.getValues(), static_cast<int64_t>(*entry)) ||
      *entry != static_cast<int64_t>(*entry))
    return user->emitOpError("expected '")
           << choice.getKey() << "' entry " << index
           << " to be a value of choice '" << symbol.getValue() << "', but got "
           << *entry;
  return static_cast<int64_t>(*entry);
}

FailureOr<int64_t> Engine::decideBits(Operation *user, Attribute bits) {
  if (auto fixed = dyn_cast<IntegerAttr>(bits))
    return fixed.getInt();
  return decide(user, cast<FlatSymbolRefAttr>(bits));
}

bool Engine::isIdentity(FakeQuantizeOp op) {
  if (auto symbol = dyn_cast<FlatSymbolRefAttr>(op.getBits())) {
    ChoiceOp choice = getNetwork(op).lookupChoice(symbol);
    if (!llvm::is_contained(choice.getValues(), FakeQuantizeOp::kFloatBits))
      return false;
  }
  FailureOr<int64_t> bits = decideBits(op, op.getBits());
  return succeeded(bits) && *bits == FakeQuantizeOp::kFloatBits;
}

FailureOr<bool> Engine::addsToStream(AddOp op) {
  if (!op.getBitsAttr())
    return false;
  FailureOr<int64_t> bits = decideBits(op, op.getBitsAttr());
  if (failed(bits))
    return failure();
  return *bits != FakeQuantizeOp::kFloatBits;
}

MutableArrayRef<Region> Engine::activeBlocks(StageOp stage) {
  return stage.getBlocks().take_front(depths.lookup(stage));
}

LogicalResult Engine::prepare(Block &body) {
  if (failed(numberLayers(body)))
    return failure();
  nameTensors(
      body, [&](StageOp stage) { return activeBlocks(stage); },
      [&](FakeQuantizeOp op) { return isIdentity(op); },
      [&](AddOp op) { return addsToStream(op).value_or(false); }, names);
  return success();
}

LogicalResult Engine::numberLayers(Block &block) {
  for (Operation &op : block) {
    if (auto stage = dyn_cast<StageOp>(op)) {
      FailureOr<int64_t> depth = decide(stage, stage.getChoiceAttr());
      if (failed(depth))
        return failure();
      depths[stage] = *depth;
      for (Region &region : activeBlocks(stage))
        if (failed(numberLayers(region.front())))
          return failure();
    }
    auto conv = dyn_cast<Conv2DOp>(op);
    if (!conv || !conv.hasLayerBits())
      continue;
    for (Value operand : conv->getOperands())
      if (Operation *quantizer = operand.getDefiningOp())
        layers.try_emplace(quantizer, layerCount);
    ++layerCount;
  }
  return success();
}

void Engine::reportCodes(const Tensor &tensor) {
  if (!sink || tensor.name.empty())
    return;
  // As they are stored: unsigned, the lowest code of a signed quantizer is 0.
  std::vector<char> bytes;
  for (int16_t code : tensor.codes)
    bytes.push_back(
        static_cast<char>(code - std::min(tensor.quantizer.range.lo, 0)));
  sink(tensor.name, bytes);
}

void Engine::reportFloats(StringRef name, const Tensor &tensor) {
  if (sink)
    sink(name,
         ArrayRef<char>(reinterpret_cast<const char *>(tensor.floats.data()),
                        tensor.floats.size() * sizeof(float)));
}

//===----------------------------------------------------------------------===//
// Interpreter
//===----------------------------------------------------------------------===//

FailureOr<std::pair<int64_t, int64_t>>
Interpreter::pictureSize(Operation *op) const {
  auto network = dyn_cast<FunctionOpInterface>(op);
  if (!network || !isa<SupernetOp, bitpack::NetworkOp>(op))
    return emitError(op->getLoc())
           << "'" << op->getName()
           << "' is not a network that can be interpreted";
  auto type = cast<RankedTensorType>(network.getArgumentTypes().front());
  if (failed(checkSize(op, type)))
    return failure();
  if (!type.isDynamicDim(1) && !type.isDynamicDim(2))
    return std::pair(type.getDimSize(1), type.getDimSize(2));
  std::optional<int64_t> size;
  if (subnet)
    size = subnet->imageSize();
  if (!size)
    return emitError(op->getLoc(),
                     "an elastic network needs a subnet with an 'image_size'");
  if (*size > 1 << 13)
    return emitError(op->getLoc(), "'image_size' is too large: ") << *size;
  return std::pair(*size, *size);
}

LogicalResult Interpreter::run(Operation *network, const uint8_t *image,
                               const TensorSink &onTensor,
                               std::vector<float> &logits) {
  return runBatch(network, image, 1, onTensor, logits);
}

LogicalResult Interpreter::runBatch(Operation *op, const uint8_t *images,
                                    int64_t count, const TensorSink &onTensor,
                                    std::vector<float> &logits) {
  FailureOr<std::pair<int64_t, int64_t>> size = pictureSize(op);
  if (failed(size))
    return failure();
  Block &body = op->getRegion(0).front();
  Engine engine(subnet, onTensor, hook);
  if (failed(engine.prepare(body)))
    return failure();

  Tensor pixels;
  pixels.kind = Tensor::Kind::Pixels;
  pixels.shape = {count, size->first, size->second, 3};
  pixels.pixels.assign(images, images + pixels.elements());
  engine.define(body.getArgument(0), std::move(pixels));
  if (failed(engine.runBlock(body)))
    return failure();

  Value result = body.getTerminator()->getOperand(0);
  FailureOr<Tensor> tensor = engine.getFloats(body.getTerminator(), result);
  if (failed(tensor))
    return failure();
  engine.reportFloats("logits", *tensor);
  logits = std::move(tensor->floats);
  return success();
}
