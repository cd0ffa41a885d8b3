//===- OqatQuantizers.cpp - Quantizer schemes and where they may stand ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/OqatVerifiers.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

//===----------------------------------------------------------------------===//
// Schemes
//===----------------------------------------------------------------------===//

numerics::Scheme LsqAttr::getScheme() const { return numerics::Scheme::Lsq; }
numerics::Scheme LsqPlusAttr::getScheme() const {
  return numerics::Scheme::LsqPlus;
}
numerics::Scheme LiqAttr::getScheme() const { return numerics::Scheme::Liq; }
numerics::Scheme PactAttr::getScheme() const { return numerics::Scheme::Pact; }

FlatSymbolRefAttr LsqPlusAttr::getOffsetParameter() const {
  return getOffset();
}

bool LiqAttr::normalizesWeights() const { return getNormalize(); }

/// Of a scheme that knows neither weights nor signed codes.
static LogicalResult verifyActivation(FakeQuantizeOp op, Attribute scheme) {
  if (op.isWeight())
    return op.emitOpError("expected an activation for ") << scheme;
  if (op.getSignedCodes())
    return op.emitOpError("expected unsigned codes for ") << scheme;
  return success();
}

LogicalResult LsqAttr::verifyUse(Operation *) const { return success(); }

LogicalResult LsqPlusAttr::verifyUse(Operation *op) const {
  auto quantizer = llvm::cast<FakeQuantizeOp>(op);
  if (failed(verifyActivation(quantizer, *this)))
    return failure();
  if (quantizer.getAxis())
    return op->emitOpError("expected one step for all channels for ") << *this;
  return success();
}

LogicalResult LiqAttr::verifyUse(Operation *op) const {
  auto quantizer = llvm::cast<FakeQuantizeOp>(op);
  if (quantizer.isWeight() != quantizer.getSignedCodes())
    return op->emitOpError("expected ")
           << (quantizer.isWeight() ? "signed codes of a weight"
                                    : "unsigned codes of an activation")
           << " for " << *this;
  if (getNormalize() && !quantizer.isWeight())
    return op->emitOpError("expected a weight for ") << *this;
  return success();
}

LogicalResult PactAttr::verifyUse(Operation *op) const {
  return verifyActivation(llvm::cast<FakeQuantizeOp>(op), *this);
}

Attribute LiqAttr::parse(AsmParser &parser, Type) {
  bool normalize = succeeded(parser.parseOptionalLess());
  if (normalize && (parser.parseKeyword("normalize") || parser.parseGreater()))
    return {};
  return LiqAttr::get(parser.getContext(), normalize);
}

void LiqAttr::print(AsmPrinter &printer) const {
  if (getNormalize())
    printer << "<normalize>";
}

//===----------------------------------------------------------------------===//
// FakeQuantizeOp
//===----------------------------------------------------------------------===//

QuantizerAttrInterface FakeQuantizeOp::getScheme() {
  QuantizerAttrInterface scheme = getByAttr();
  return scheme ? scheme
                : cast<QuantizerAttrInterface>(LsqAttr::get(getContext()));
}

numerics::QuantizerSpec FakeQuantizeOp::getSpec(int64_t bits) {
  return {getScheme().getScheme(), static_cast<int>(bits), getSignedCodes()};
}

bool FakeQuantizeOp::isWeight() {
  return isa_and_nonnull<WeightOp>(getInput().getDefiningOp());
}

bool FakeQuantizeOp::isTrainable() {
  bool hasOneBit = getFixedBits() == 1;
  if (auto symbol = dyn_cast<FlatSymbolRefAttr>(getBits()))
    if (SupernetOp network = getNetwork(getOperation()))
      if (ChoiceOp choice = network.lookupChoice(symbol))
        hasOneBit = choice.getValues().front() == 1;
  return getScheme().getScheme() == numerics::Scheme::Lsq && !getAxis() &&
         !hasOneBit && (isWeight() || !getSignedCodes());
}

static LogicalResult requireBits(FakeQuantizeOp op, int64_t bits) {
  if ((bits < 1 || bits > 8) && bits != FakeQuantizeOp::kFloatBits)
    return op.emitOpError("expected 1 to 8 or 32 bits, but got ") << bits;
  if (bits == 1 && op.getSignedCodes() && !op.isWeight())
    return op.emitOpError("expected unsigned codes of an activation of one "
                          "bit, since signed ones have no zero");
  return success();
}

LogicalResult FakeQuantizeOp::verify() {
  if (std::optional<int64_t> bits = getFixedBits())
    if (failed(requireBits(*this, *bits)))
      return failure();
  auto rank = cast<RankedTensorType>(getInput().getType()).getRank();
  if (std::optional<int64_t> axis = getAxis()) {
    int64_t expected = isWeight() ? 0 : 3;
    if (*axis != expected || rank <= expected)
      return emitOpError("expected axis ")
             << expected << " of "
             << (isWeight() ? "a weight" : "an activation") << ", but got "
             << *axis << " of " << getInput().getType();
  }
  return getScheme().verifyUse(getOperation());
}

/// Of a fixed quantizer whose parameter has entries, or has none.
static LogicalResult verifyEntry(FakeQuantizeOp op, RankedTensorType step,
                                 bool hasEntries) {
  if (!hasEntries) {
    if (!op.getEntry())
      return success();
    return op.emitOpError("expected no entry, since '")
           << op.getStep() << "' "
           << (op.getAxis() ? "has channels only" : "is a scalar");
  }
  int64_t entries = step.getDimSize(0);
  if (!op.getEntry())
    return op.emitOpError("expected an entry, since '")
           << op.getStep() << "' has " << entries << " of them";
  auto entry = static_cast<int64_t>(*op.getEntry());
  if (entry >= 0 && entry < entries)
    return success();
  return op.emitOpError("expected an entry from 0 to ")
         << entries - 1 << " of '" << op.getStep() << "', but got " << entry;
}

/// C3 without the number of entries.
static LogicalResult verifyStepShape(FakeQuantizeOp op, RankedTensorType step) {
  if (!op.getAxis()) {
    if (step.getRank() <= 1)
      return success();
    return op.emitOpError("expected a scalar step or one dimension of entries, "
                          "but got ")
           << step;
  }
  if (step.getRank() == 0)
    return op.emitOpError("expected a step per channel, but got ") << step;
  auto axis = static_cast<int64_t>(*op.getAxis());
  int64_t channels =
      cast<RankedTensorType>(op.getInput().getType()).getDimSize(axis);
  int64_t steps = step.getShape().back();
  if (ShapedType::isDynamic(channels) || steps >= channels)
    return success();
  return op.emitOpError("expected '")
         << op.getStep() << "' to have at least " << channels
         << " channels, but got " << steps;
}

/// C8.
static LogicalResult verifyOffset(FakeQuantizeOp op,
                                  SymbolTableCollection &tables,
                                  RankedTensorType step) {
  FlatSymbolRefAttr symbol = op.getScheme().getOffsetParameter();
  if (!symbol)
    return success();
  FailureOr<ParameterOp> offset =
      requireParameter(op, tables, symbol, ParameterKind::Offset);
  if (failed(offset))
    return failure();
  if (offset->getTensorType() == step)
    return success();
  return op.emitOpError("expected '")
         << symbol.getValue() << "' to have the step's type " << step
         << ", but got " << offset->getTensorType();
}

LogicalResult FakeQuantizeOp::verifySymbolUses(SymbolTableCollection &tables) {
  FailureOr<ParameterOp> parameter = requireParameter(
      getOperation(), tables, getStepAttr(), ParameterKind::Step);
  if (failed(parameter))
    return failure();
  RankedTensorType step = parameter->getTensorType();
  if (failed(verifyStepShape(*this, step)) ||
      failed(verifyOffset(*this, tables, step)))
    return failure();
  bool hasEntries = step.getRank() > (getAxis() ? 1 : 0);
  auto symbol = dyn_cast<FlatSymbolRefAttr>(getBits());
  if (!symbol)
    return verifyEntry(*this, step, hasEntries);
  if (getEntry())
    return emitOpError("expected no entry while the bits are a choice");
  FailureOr<ChoiceOp> choice = requireChoice(getOperation(), tables, symbol);
  if (failed(choice))
    return failure();
  for (int64_t bits : choice->getValues())
    if (failed(requireBits(*this, bits)))
      return failure();
  auto values = static_cast<int64_t>(choice->getValues().size());
  if (!hasEntries || step.getDimSize(0) == values)
    return success();
  InFlightDiagnostic error = emitOpError("expected ")
                             << values << " entries of '" << getStep()
                             << "', one per value of its choice, but got "
                             << step.getDimSize(0);
  error.attachNote(choice->getLoc()) << "the choice is here";
  return error;
}

std::optional<int64_t> FakeQuantizeOp::getStepEntry(RankedTensorType step,
                                                    int64_t bits) {
  if (step.getRank() == (getAxis() ? 1 : 0))
    return std::nullopt;
  auto symbol = dyn_cast<FlatSymbolRefAttr>(getBits());
  if (!symbol)
    return static_cast<int64_t>(*getEntry());
  auto network = (*this)->getParentOfType<SupernetOp>();
  ArrayRef<int64_t> values = network.lookupChoice(symbol).getValues();
  return llvm::find(values, bits) - values.begin();
}

std::optional<int64_t> FakeQuantizeOp::getFixedBits() {
  if (auto bits = dyn_cast<IntegerAttr>(getBits()))
    return bits.getInt();
  return std::nullopt;
}

StringRef FakeQuantizeOp::getTensorName() {
  StringRef name = getStep();
  name.consume_back("_step");
  return name;
}
