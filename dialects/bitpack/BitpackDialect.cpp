//===- BitpackDialect.cpp - Types, attributes, network --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/bitpack/Bitpack.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionImplementation.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mlir::bitpack;

#include "dialects/bitpack/BitpackDialect.cpp.inc"
#include "dialects/bitpack/BitpackEnums.cpp.inc"
#include "dialects/bitpack/BitpackInterfaces.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/bitpack/BitpackTypes.cpp.inc"

void BitpackDialect::initialize() {
  registerAttributes();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/bitpack/BitpackTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/bitpack/BitpackOps.cpp.inc"
      >();
}

LogicalResult CodesType::verify(function_ref<InFlightDiagnostic()> emitError,
                                unsigned bits) {
  if (bits < 1 || bits > 8)
    return emitError() << "expected 1 to 8 bits, but got " << bits;
  return success();
}

//===----------------------------------------------------------------------===//
// LayerOpInterface
//===----------------------------------------------------------------------===//

std::string LayerOpInterface::getTensorName() {
  if (StringAttr name = getCodeNameAttr())
    return name.str();
  return (getLayer() + ".output").str();
}

unsigned LayerOpInterface::getCodeBits() {
  auto codes = dyn_cast<CodesType>(getResult().getType().getElementType());
  return codes ? codes.getBits() : 0;
}

DenseElementsAttr LayerOpInterface::getChannelReciprocals() {
  return dyn_cast_or_null<DenseElementsAttr>(getReciprocalAttr());
}

bool LayerOpInterface::hasIntegerResidual() {
  Value residual = getResidualValue();
  return residual &&
         isa<CodesType>(
             cast<RankedTensorType>(residual.getType()).getElementType());
}

/// Whether what reads the codes of a quantizer is a pool.
static bool isOnlyPooled(LayerOpInterface layer) {
  Value result = layer.getResult();
  return layer.getReciprocalAttr() && result.hasOneUse() &&
         isa<MaxPoolOp>(*result.user_begin());
}

bool LayerOpInterface::isReported() {
  if (isOnlyPooled(*this))
    return false;
  auto elementwise = dyn_cast<ElementwiseOp>(getOperation());
  return !elementwise ||
         elementwise.getInput().getType().getElementType().isF32() ||
         elementwise.getBias() || elementwise.getActivation() ||
         elementwise.getGate() || elementwise.getResidual() ||
         elementwise.getCodeName();
}

static LogicalResult verifyPerChannel(LayerOpInterface layer,
                                      DenseElementsAttr values, int64_t count,
                                      StringRef what) {
  if (values && values.getNumElements() != count)
    return layer.emitOpError() << "expected " << count << " values of '" << what
                               << "', but got " << values.getNumElements();
  return success();
}

/// Nothing empty, and nothing whose size in bytes might overflow.
static LogicalResult verifyExtents(LayerOpInterface layer, Type type) {
  double elements = 1;
  for (int64_t extent : cast<RankedTensorType>(type).getShape())
    elements *= static_cast<double>(extent);
  if (elements < 1 || elements > 0x1p31)
    return layer.emitOpError()
           << "expected 1 to 2^31 elements, but got " << type;
  return success();
}

/// E2 to E4.
static LogicalResult verifyQuantizer(LayerOpInterface layer) {
  bool codes = layer.getCodeBits() != 0;
  Attribute reciprocal = layer.getReciprocalAttr();
  bool quantizes = reciprocal || layer.usesTable();
  if (codes != (layer.getCodeNameAttr() != nullptr) || codes != quantizes)
    return layer.emitOpError()
           << "expected 'quantize' exactly when the result is of codes";
  int64_t zeroPoint = layer.getZeroPoint();
  int64_t highest = codes ? (1 << layer.getCodeBits()) - 1 : 0;
  if (zeroPoint < 0 || zeroPoint > highest)
    return layer.emitOpError() << "expected a zero point from 0 to " << highest
                               << ", but got " << zeroPoint;
  SmallVector<float> values;
  if (auto scalar = dyn_cast_or_null<FloatAttr>(reciprocal))
    values.push_back(scalar.getValue().convertToFloat());
  if (DenseElementsAttr channels = layer.getChannelReciprocals()) {
    if (failed(verifyPerChannel(layer, channels,
                                layer.getResult().getType().getShape().back(),
                                "reciprocal")))
      return failure();
    llvm::append_range(values, channels.getValues<float>());
  }
  for (float value : values)
    if (!std::isfinite(value) || value <= 0)
      return layer.emitOpError()
             << "expected positive and finite reciprocals, but got " << value;
  return success();
}

/// E5.
static LogicalResult verifyIntegerResidual(LayerOpInterface layer) {
  if (!layer.hasIntegerResidual())
    return success();
  auto stream =
      cast<CodesType>(cast<RankedTensorType>(layer.getResidualValue().getType())
                          .getElementType());
  if (stream.getBits() == 8 && layer.getCodeBits() == 8 &&
      layer.getZeroPoint() == 128 && isa<FloatAttr>(layer.getReciprocalAttr()))
    return success();
  return layer.emitOpError("expected a residual of codes to be of 8 bits, as "
                           "the result with zero point 128 and one reciprocal");
}

LogicalResult mlir::bitpack::verifyLayer(LayerOpInterface layer) {
  RankedTensorType type = layer.getResult().getType();
  if (failed(verifyExtents(layer, type)))
    return failure();
  for (Type operand : layer->getOperandTypes())
    if (failed(verifyExtents(layer, operand)))
      return failure();
  if (type.getRank() < 2)
    return layer.emitOpError() << "expected a result of at least 2 dimensions, "
                                  "but got "
                               << type.getRank();
  int64_t channels = type.getShape().back();
  if (failed(
          verifyPerChannel(layer, layer.getScaleAttr(), channels, "scale")) ||
      failed(verifyPerChannel(layer, layer.getBiasAttr(), channels, "bias")))
    return failure();
  if (Value gate = layer.getGateValue())
    if (cast<RankedTensorType>(gate.getType()).getNumElements() != channels)
      return layer.emitOpError() << "expected a gate of " << channels
                                 << " elements, but got " << gate.getType();
  if (Value residual = layer.getResidualValue())
    if (cast<RankedTensorType>(residual.getType()).getShape() !=
        type.getShape())
      return layer.emitOpError()
             << "expected a residual of the result's shape, but got "
             << residual.getType() << " and " << type;
  if (failed(verifyQuantizer(layer)))
    return failure();
  return verifyIntegerResidual(layer);
}

//===----------------------------------------------------------------------===//
// NetworkOp
//===----------------------------------------------------------------------===//

ParseResult NetworkOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> arguments,
                      ArrayRef<Type> results,
                      function_interface_impl::VariadicFlag, std::string &) {
    return builder.getFunctionType(arguments, results);
  };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false,
      getFunctionTypeAttrName(result.name), buildType,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void NetworkOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(
      printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
      getArgAttrsAttrName(), getResAttrsAttrName());
}

LogicalResult NetworkOp::verify() {
  StringRef name = getSymName();
  bool identifier =
      !name.empty() && !llvm::isDigit(name.front()) &&
      llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
  if (!identifier)
    return emitOpError() << "expected an identifier of C as name, but got '"
                         << name << "'";
  FunctionType type = getFunctionType();
  auto image = type.getNumInputs() == 1
                   ? dyn_cast<RankedTensorType>(type.getInput(0))
                   : RankedTensorType();
  if (!image || !image.hasStaticShape() || image.getRank() != 4 ||
      image.getDimSize(0) != 1 || !image.getElementType().isUnsignedInteger(8))
    return emitOpError()
           << "expected one argument of type tensor<1xHxWxCxui8>, but got "
           << type;
  auto logits = type.getNumResults() == 1
                    ? dyn_cast<RankedTensorType>(type.getResult(0))
                    : RankedTensorType();
  if (!logits || !logits.hasStaticShape() || logits.getRank() != 2 ||
      logits.getDimSize(0) != 1 || !logits.getElementType().isF32())
    return emitOpError()
           << "expected one result of type tensor<1xNxf32>, but got " << type;
  return success();
}

LogicalResult ReturnOp::verify() {
  FunctionType type = cast<NetworkOp>((*this)->getParentOp()).getFunctionType();
  if (!getLogits() || type.getNumResults() != 1 ||
      getLogits().getType() != type.getResult(0))
    return emitOpError() << "expected the logits of the network's type "
                         << type;
  return success();
}
