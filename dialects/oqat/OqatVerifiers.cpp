//===- OqatVerifiers.cpp - Checks that several operations share -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/OqatVerifiers.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

FailureOr<ParameterOp>
mlir::oqat::requireParameter(Operation *op, SymbolTableCollection &tables,
                             FlatSymbolRefAttr symbol, ParameterKind kind) {
  auto parameter = tables.lookupNearestSymbolFrom<ParameterOp>(op, symbol);
  if (!parameter)
    return op->emitOpError("refers to '")
           << symbol.getValue() << "', which is no parameter of the module";
  if (parameter.getKind() == kind)
    return parameter;
  InFlightDiagnostic error = op->emitOpError("expected '")
                             << symbol.getValue() << "' to be of kind '"
                             << stringifyParameterKind(kind) << "', but got '"
                             << stringifyParameterKind(parameter.getKind())
                             << "'";
  error.attachNote(parameter.getLoc()) << "the parameter is here";
  return error;
}

FailureOr<ChoiceOp> mlir::oqat::requireChoice(Operation *op,
                                              SymbolTableCollection &tables,
                                              FlatSymbolRefAttr symbol) {
  SupernetOp network = getNetwork(op);
  if (!network || !network.getSpaceAttr())
    return op->emitOpError("refers to choice '")
           << symbol.getValue() << "', but its network has no space";
  auto space = tables.lookupNearestSymbolFrom<SpaceOp>(network.getOperation(),
                                                       network.getSpaceAttr());
  ChoiceOp choice;
  if (space)
    choice = dyn_cast_or_null<ChoiceOp>(
        tables.lookupSymbolIn(space.getOperation(), symbol.getAttr()));
  if (choice)
    return choice;
  return op->emitOpError("refers to '")
         << symbol.getValue() << "', which is no choice of space '"
         << *network.getSpace() << "'";
}

LogicalResult mlir::oqat::requireScalarStep(Operation *op,
                                            SymbolTableCollection &tables,
                                            FlatSymbolRefAttr symbol) {
  FailureOr<ParameterOp> step =
      requireParameter(op, tables, symbol, ParameterKind::Step);
  if (failed(step))
    return failure();
  if (step->getTensorType().getRank() == 0)
    return success();
  return op->emitOpError("expected '")
         << symbol.getValue() << "' to be a scalar, but got "
         << step->getTensorType();
}

LogicalResult mlir::oqat::requireEndBits(Operation *op, int64_t bits) {
  if (bits == 8 || bits == FakeQuantizeOp::kFloatBits)
    return success();
  return op->emitOpError("expected 8 or 32 bits, but got ") << bits;
}

LogicalResult mlir::oqat::requireEndBitsChoice(Operation *op,
                                               SymbolTableCollection &tables,
                                               Attribute bits) {
  auto symbol = dyn_cast<FlatSymbolRefAttr>(bits);
  if (!symbol)
    return success();
  FailureOr<ChoiceOp> choice = requireChoice(op, tables, symbol);
  if (failed(choice))
    return failure();
  for (int64_t value : choice->getValues())
    if (failed(requireEndBits(op, value)))
      return failure();
  return success();
}

LogicalResult mlir::oqat::requireSameShape(Operation *op, Type input,
                                           Type result) {
  if (cast<ShapedType>(input).getShape() == cast<ShapedType>(result).getShape())
    return success();
  return op->emitOpError("expected input and result of one shape, but got ")
         << input << " and " << result;
}

LogicalResult mlir::oqat::requireExtent(Operation *op, StringRef what,
                                        int64_t actual, int64_t expected) {
  if (ShapedType::isDynamic(actual) || ShapedType::isDynamic(expected) ||
      actual == expected)
    return success();
  return op->emitOpError("expected ")
         << what << " of " << expected << ", but got " << actual;
}

LogicalResult mlir::oqat::requireSteps(Operation *op, StringRef name,
                                       Attribute steps, int64_t channels) {
  if (auto list = dyn_cast<DenseElementsAttr>(steps))
    if (list.getType().getRank() != 1 ||
        (!ShapedType::isDynamic(channels) && list.getNumElements() != channels))
      return op->emitOpError("expected a '")
             << name << "' for each of " << channels << " channels, but got "
             << list.getType();
  if (!isa<FloatAttr, DenseElementsAttr>(steps))
    return op->emitOpError("expected readable values of '") << name << "'";
  for (float step : stepsOf(steps))
    if (!numerics::isValidStep(step) || step < 0)
      return op->emitOpError("expected a finite positive '")
             << name << "', but got " << step;
  return success();
}

LogicalResult mlir::oqat::requirePlainCodes(Operation *op,
                                            RankedTensorType type) {
  auto codes = dyn_cast<quant::UniformQuantizedType>(type.getElementType());
  if (codes && codes.getZeroPoint() == 0)
    return success();
  return op->emitOpError("expected codes of one step around zero, but got ")
         << type;
}

LogicalResult mlir::oqat::requireScales(Operation *op, RankedTensorType type,
                                        int64_t axis) {
  auto element =
      dyn_cast<quant::UniformQuantizedPerAxisType>(type.getElementType());
  if (!element)
    return success();
  if (element.getQuantizedDimension() != axis)
    return op->emitOpError("expected scales of dimension ")
           << axis << ", but got " << type;
  return requireExtent(op, "a number of scales", element.getScales().size(),
                       type.getDimSize(axis));
}

LogicalResult mlir::oqat::requireVector(Operation *op, ParameterOp parameter,
                                        int64_t channels) {
  int64_t length = parameter.getTensorType().getNumElements();
  if (ShapedType::isDynamic(channels) || length >= channels)
    return success();
  InFlightDiagnostic error = op->emitOpError("expected '")
                             << parameter.getSymName() << "' to have at least "
                             << channels << " entries, but got " << length;
  error.attachNote(parameter.getLoc()) << "the parameter is here";
  return error;
}
