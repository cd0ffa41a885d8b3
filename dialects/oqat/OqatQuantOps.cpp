//===- OqatQuantOps.cpp - Quantizers and integer constants ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/OqatKeywords.h"
#include "dialects/oqat/OqatVerifiers.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace mlir::oqat;

static ParseResult parseBits(OpAsmParser &parser, Attribute &bits) {
  return parseBitsOrChoice(parser, bits);
}

static void printBits(OpAsmPrinter &printer, FakeQuantizeOp, Attribute bits) {
  printBitsOrChoice(printer, bits);
}

static LogicalResult requireBits(Operation *op, int64_t bits) {
  if ((bits >= 2 && bits <= 8) || bits == FakeQuantizeOp::kFloatBits)
    return success();
  return op->emitOpError("expected 2 to 8 or 32 bits, but got ") << bits;
}

//===----------------------------------------------------------------------===//
// FakeQuantizeOp
//===----------------------------------------------------------------------===//

LogicalResult FakeQuantizeOp::verify() {
  if (std::optional<int64_t> bits = getFixedBits())
    return requireBits(getOperation(), *bits);
  return success();
}

/// Of a fixed quantizer.
static LogicalResult verifyEntry(FakeQuantizeOp op, RankedTensorType step) {
  if (step.getRank() == 0) {
    if (!op.getEntry())
      return success();
    return op.emitOpError("expected no entry, since '")
           << op.getStep() << "' is a scalar";
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

LogicalResult FakeQuantizeOp::verifySymbolUses(SymbolTableCollection &tables) {
  FailureOr<ParameterOp> parameter = requireParameter(
      getOperation(), tables, getStepAttr(), ParameterKind::Step);
  if (failed(parameter))
    return failure();
  RankedTensorType step = parameter->getTensorType();
  if (step.getRank() > 1)
    return emitOpError("expected a scalar step or one dimension of entries, "
                       "but got ")
           << step;
  auto symbol = dyn_cast<FlatSymbolRefAttr>(getBits());
  if (!symbol)
    return verifyEntry(*this, step);
  if (getEntry())
    return emitOpError("expected no entry while the bits are a choice");
  FailureOr<ChoiceOp> choice = requireChoice(getOperation(), tables, symbol);
  if (failed(choice))
    return failure();
  for (int64_t bits : choice->getValues())
    if (failed(requireBits(getOperation(), bits)))
      return failure();
  auto values = static_cast<int64_t>(choice->getValues().size());
  if (step.getRank() == 0 || step.getDimSize(0) == values)
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
  if (step.getRank() == 0)
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

//===----------------------------------------------------------------------===//
// Integer form
//===----------------------------------------------------------------------===//

LogicalResult QuantizeOp::verify() {
  if (failed(requireStep(getOperation(), "step", getStep())))
    return failure();
  return requireSameShape(getOperation(), getInput().getType(),
                          getResult().getType());
}

LogicalResult DequantizeOp::verify() {
  if (failed(requireStep(getOperation(), "input_step", getInputStep())) ||
      failed(requireStep(getOperation(), "weight_step", getWeightStep())))
    return failure();
  return requireSameShape(getOperation(), getInput().getType(),
                          getResult().getType());
}

LogicalResult DecodeOp::verify() {
  if (failed(requireStep(getOperation(), "step", getStep())))
    return failure();
  return requireSameShape(getOperation(), getInput().getType(),
                          getResult().getType());
}

LogicalResult ResidualAddOp::verify() {
  if (failed(requireStep(getOperation(), "step", getStep())))
    return failure();
  auto stream = cast<RankedTensorType>(getStream().getType());
  if (cast<RankedTensorType>(getInput().getType()).getShape() !=
      stream.getShape())
    return emitOpError("expected operands of one shape, but got ")
           << getInput().getType() << " and " << stream;
  auto codes = cast<quant::UniformQuantizedType>(stream.getElementType());
  if (codes.getStorageTypeMin() == INT8_MIN &&
      codes.getStorageTypeMax() == INT8_MAX)
    return success();
  return emitOpError("expected a stream of signed 8-bit codes, but got ")
         << stream;
}

LogicalResult RescaleOp::verify() {
  if (failed(requireSameShape(getOperation(), getInput().getType(),
                              getResult().getType())))
    return failure();
  auto type = cast<RankedTensorType>(getInput().getType());
  if (type.getRank() == 0)
    return emitOpError("expected at least one dimension, but got ") << type;
  int64_t channels = type.getShape().back();
  for (ElementsAttr list : {getScale(), getBias()}) {
    auto vector = dyn_cast<RankedTensorType>(list.getShapedType());
    if (!vector || vector.getRank() != 1 || !vector.getElementType().isF32())
      return emitOpError("expected an f32 vector per channel, but got ")
             << list.getShapedType();
    if (failed(requireExtent(getOperation(), "a vector", vector.getDimSize(0),
                             channels)))
      return failure();
  }
  return success();
}

LogicalResult ConstantCodesOp::verify() {
  if (failed(requireStep(getOperation(), "step", getStep())))
    return failure();
  auto type = cast<RankedTensorType>(getResult().getType());
  ShapedType codesType = getCodes().getShapedType();
  if (!codesType.getElementType().isSignlessInteger(8))
    return emitOpError("expected i8 codes, but got ") << codesType;
  if (failed(requireSameShape(getOperation(), codesType, type)))
    return failure();
  auto element = cast<quant::UniformQuantizedType>(type.getElementType());
  auto codes = getCodes().tryGetValues<int8_t>();
  if (!codes)
    return emitOpError("expected readable codes");
  for (int8_t code : *codes)
    if (code < element.getStorageTypeMin() ||
        code > element.getStorageTypeMax())
      return emitOpError("expected codes from ")
             << element.getStorageTypeMin() << " to "
             << element.getStorageTypeMax() << ", but got "
             << static_cast<int64_t>(code);
  return success();
}

#define GET_OP_CLASSES
#include "dialects/oqat/OqatQuantOps.cpp.inc"
