//===- OqatQuantOps.cpp - Quantizers and integer constants ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/OqatVerifiers.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace mlir::oqat;

/// `@choice` or an integer.
static ParseResult parseBits(OpAsmParser &parser, Attribute &bits) {
  FlatSymbolRefAttr choice;
  OptionalParseResult symbol = parser.parseOptionalAttribute(choice);
  if (symbol.has_value()) {
    bits = choice;
    return *symbol;
  }
  int64_t value;
  if (parser.parseInteger(value))
    return failure();
  bits = parser.getBuilder().getI64IntegerAttr(value);
  return success();
}

static void printBits(OpAsmPrinter &printer, FakeQuantizeOp op,
                      Attribute bits) {
  if (auto integer = dyn_cast<IntegerAttr>(bits))
    printer << integer.getInt();
  else
    printer << bits;
}

static LogicalResult requireBits(Operation *op, int64_t bits) {
  if (bits >= 2 && bits <= 8)
    return success();
  return op->emitOpError("expected 2 to 8 bits, but got ") << bits;
}

//===----------------------------------------------------------------------===//
// FakeQuantizeOp
//===----------------------------------------------------------------------===//

LogicalResult FakeQuantizeOp::verify() {
  if (std::optional<int64_t> bits = getFixedBits())
    return requireBits(getOperation(), *bits);
  return success();
}

LogicalResult FakeQuantizeOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (failed(requireParameter(getOperation(), tables, getStepAttr(),
                              ParameterKind::Step)))
    return failure();
  auto symbol = dyn_cast<FlatSymbolRefAttr>(getBits());
  if (!symbol)
    return success();
  FailureOr<ChoiceOp> choice = requireChoice(getOperation(), tables, symbol);
  if (failed(choice))
    return failure();
  for (int64_t bits : choice->getValues())
    if (failed(requireBits(getOperation(), bits)))
      return failure();
  return success();
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
