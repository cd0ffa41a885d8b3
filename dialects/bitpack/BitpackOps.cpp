//===- BitpackOps.cpp - Layers --------------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/bitpack/Bitpack.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::bitpack;

//===----------------------------------------------------------------------===//
// custom<Reciprocal>: `reciprocal 4.0`, `reciprocals dense<..> : tensor<Cxf32>`
//===----------------------------------------------------------------------===//

static ParseResult parseReciprocal(OpAsmParser &parser, Attribute &reciprocal) {
  if (succeeded(parser.parseOptionalKeyword("reciprocals"))) {
    DenseElementsAttr perChannel;
    if (parser.parseAttribute(perChannel))
      return failure();
    reciprocal = perChannel;
    return success();
  }
  FloatAttr number;
  if (parser.parseKeyword("reciprocal") ||
      parser.parseAttribute(number, parser.getBuilder().getF32Type()))
    return failure();
  reciprocal = number;
  return success();
}

static void printReciprocal(OpAsmPrinter &printer, Operation *,
                            Attribute reciprocal) {
  if (isa<FloatAttr>(reciprocal)) {
    printer << "reciprocal ";
    printer.printAttributeWithoutType(reciprocal);
  } else {
    printer << "reciprocals " << reciprocal;
  }
}

#define GET_OP_CLASSES
#include "dialects/bitpack/BitpackOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Shared constraints
//===----------------------------------------------------------------------===//

static LogicalResult verifySpatial(Operation *op, RankedTensorType input,
                                   RankedTensorType result, int64_t kernelH,
                                   int64_t kernelW, int64_t stride) {
  if (input.getRank() != 4 || result.getRank() != 4 ||
      input.getDimSize(0) != 1 || result.getDimSize(0) != 1)
    return op->emitOpError() << "expected 1xHxWxC operands, but got " << input
                             << " and " << result;
  if (stride < 1)
    return op->emitOpError()
           << "expected a positive stride, but got " << stride;
  if (kernelH < 1 || kernelH % 2 == 0 || kernelH != kernelW)
    return op->emitOpError() << "expected an odd square kernel, but got "
                             << kernelH << "x" << kernelW;
  for (unsigned dim : {1u, 2u}) {
    int64_t expected = (input.getDimSize(dim) - 1) / stride + 1;
    if (input.getDimSize(dim) < 1 || result.getDimSize(dim) != expected)
      return op->emitOpError()
             << "expected " << expected << " outputs in dimension " << dim
             << ", but got " << result.getDimSize(dim);
  }
  return success();
}

/// The zero point of an operand must be one of its codes.
static LogicalResult verifyInputZeroPoint(Operation *op, RankedTensorType input,
                                          int64_t zeroPoint) {
  auto codes = dyn_cast<CodesType>(input.getElementType());
  int64_t highest = codes ? (1 << codes.getBits()) - 1 : 0;
  if (zeroPoint >= 0 && zeroPoint <= highest)
    return success();
  return op->emitOpError() << "expected an input zero point from 0 to "
                           << highest << ", but got " << zeroPoint;
}

template <typename ConvOp>
static LogicalResult verifyQuantizedConv(ConvOp op, RankedTensorType result,
                                         int64_t inputsPerOutput) {
  ArrayRef<int64_t> kernel = op.getKernel();
  if (kernel.size() != 2)
    return op.emitOpError()
           << "expected 2 kernel sides, but got " << kernel.size();
  if (failed(verifySpatial(op, op.getInput().getType(), result, kernel[0],
                           kernel[1], op.getStride())) ||
      failed(verifyInputZeroPoint(op, op.getInput().getType(),
                                  op.getInputZeroPoint())))
    return failure();
  int64_t bits = op.getWeightBits();
  if (bits < 1 || bits > 8)
    return op.emitOpError() << "expected 1 to 8 weight bits, but got " << bits;
  int64_t codes =
      result.getDimSize(3) * kernel[0] * kernel[1] * inputsPerOutput;
  int64_t bytes = (codes * bits + 7) / 8;
  if (op.getWeights().getNumElements() != bytes)
    return op.emitOpError()
           << "expected " << bytes << " bytes of packed weights, but got "
           << op.getWeights().getNumElements();
  if (!op.getScaleAttr() || !op.getBiasAttr())
    return op.emitOpError() << "expected 'scale' and 'bias'";
  return verifyRequantization(op, op.getRequantizationAttr());
}

//===----------------------------------------------------------------------===//
// Conv2DOp, DepthwiseConv2DOp
//===----------------------------------------------------------------------===//

RankedTensorType Conv2DOp::getPictureType() {
  RankedTensorType type = getResult().getType();
  ArrayRef<int64_t> shape = type.getShape();
  if (shape.size() != 2)
    return type;
  return type.clone({shape[0], 1, 1, shape[1]});
}

LogicalResult Conv2DOp::verify() {
  return verifyQuantizedConv(*this, getPictureType(),
                             getInput().getType().getShape().back());
}

int64_t Conv2DOp::getMacs() {
  return getResult().getType().getNumElements() * getKernel()[0] *
         getKernel()[1] * getInput().getType().getShape().back();
}

LogicalResult DepthwiseConv2DOp::verify() {
  if (getInput().getType().getShape().back() !=
      getResult().getType().getShape().back())
    return emitOpError() << "expected as many channels in the result as in the "
                            "input, but got "
                         << getResult().getType() << " and "
                         << getInput().getType();
  return verifyQuantizedConv(*this, getResult().getType(), 1);
}

int64_t DepthwiseConv2DOp::getMacs() {
  return getResult().getType().getNumElements() * getKernel()[0] *
         getKernel()[1];
}

//===----------------------------------------------------------------------===//
// FloatConv2DOp
//===----------------------------------------------------------------------===//

LogicalResult FloatConv2DOp::verify() {
  RankedTensorType input = getInput().getType();
  ArrayRef<int64_t> weights = getWeights().getType().getShape();
  RankedTensorType result = getResult().getType();
  if (weights.size() != 4)
    return emitOpError() << "expected NxKxKxC weights, but got "
                         << getWeights().getType();
  if (failed(verifySpatial(*this, input, result, weights[1], weights[2],
                           getStride())))
    return failure();
  int64_t channels = input.getDimSize(3);
  if (weights[0] != result.getDimSize(3) || weights[3] != channels)
    return emitOpError() << "expected weights of " << result.getDimSize(3)
                         << " outputs and " << channels << " inputs, but got "
                         << getWeights().getType();
  bool image = !input.getElementType().isF32();
  for (DenseElementsAttr values : {getInputScaleAttr(), getInputBiasAttr()})
    if (image != static_cast<bool>(values) ||
        (image && values.getNumElements() != channels))
      return emitOpError() << "expected 'normalize' of " << channels
                           << " channels exactly when the input is of bytes";
  return success();
}

int64_t FloatConv2DOp::getMacs() {
  ArrayRef<int64_t> weights = getWeights().getType().getShape();
  return getResult().getType().getNumElements() * weights[1] * weights[2] *
         weights[3];
}

//===----------------------------------------------------------------------===//
// LinearOp, ElementwiseOp, PoolOp, MaxPoolOp
//===----------------------------------------------------------------------===//

LogicalResult LinearOp::verify() {
  ArrayRef<int64_t> weights = getWeights().getType().getShape();
  if (weights.size() != 2 ||
      weights[0] != getResult().getType().getNumElements() ||
      weights[1] != getInput().getType().getNumElements() ||
      weights[0] != getResult().getType().getShape().back())
    return emitOpError() << "expected NxK weights for " << getInput().getType()
                         << " and " << getResult().getType() << ", but got "
                         << getWeights().getType();
  return success();
}

int64_t LinearOp::getMacs() { return getWeights().getNumElements(); }

LogicalResult ElementwiseOp::verify() {
  if (getInput().getType().getShape() != getResult().getType().getShape())
    return emitOpError() << "expected input and result of one shape, but got "
                         << getInput().getType() << " and "
                         << getResult().getType();
  return verifyInputZeroPoint(*this, getInput().getType(), getInputZeroPoint());
}

int64_t ElementwiseOp::getMacs() { return 0; }

LogicalResult PoolOp::verify() {
  RankedTensorType input = getInput().getType();
  if (input.getRank() != 4 || input.getDimSize(0) != 1 ||
      getResult().getType().getNumElements() != input.getDimSize(3) ||
      getResult().getType().getShape().back() != input.getDimSize(3))
    return emitOpError() << "expected a 1xHxWxC input and C results, but got "
                         << input << " and " << getResult().getType();
  bool areCodes = isa<CodesType>(input.getElementType());
  if (areCodes != bool(getStepAttr()) || areCodes == bool(getFractionAttr()))
    return emitOpError("expected a step for codes or a fraction for floats");
  std::optional<uint32_t> fraction = getFraction();
  if (fraction && std::abs(static_cast<int32_t>(*fraction)) > 126)
    return emitOpError() << "expected a fraction in [-126, 126], but got "
                         << static_cast<int32_t>(*fraction);
  constexpr int64_t kMostPixels = int64_t(1) << 23;
  if (areCodes && input.getDimSize(1) * input.getDimSize(2) >= kMostPixels)
    return emitOpError() << "expected codes of less than " << kMostPixels
                         << " pixels, but got " << input;
  return verifyInputZeroPoint(*this, input, getInputZeroPoint());
}

LogicalResult MaxPoolOp::verify() {
  RankedTensorType input = getInput().getType();
  RankedTensorType result = getResult().getType();
  if (failed(verifySpatial(*this, input, result, getKernel(), getKernel(),
                           getStride())))
    return failure();
  if (input.getDimSize(3) != result.getDimSize(3) ||
      input.getElementType() != result.getElementType())
    return emitOpError() << "expected as many channels in the result as in the "
                            "input, and elements of one type, but got "
                         << result << " and " << input;
  return success();
}

StringAttr MaxPoolOp::getCodeNameAttr() {
  return usesTable() ? getLayerAttr() : StringAttr();
}

/// No quantizer makes the codes of those that come in.
bool MaxPoolOp::usesTable() {
  return isa<CodesType>(getResult().getType().getElementType());
}

//===----------------------------------------------------------------------===//
// MapOp, TableOp
//===----------------------------------------------------------------------===//

/// 256 rows of codes of the result.
static LogicalResult verifyTable(Operation *op, RankedTensorType input,
                                 RankedTensorType result,
                                 DenseElementsAttr table,
                                 ArrayRef<int64_t> shape) {
  if (input.getShape() != result.getShape())
    return op->emitOpError()
           << "expected input and result of one shape, but got " << input
           << " and " << result;
  if (table.getType().getShape() != shape)
    return op->emitOpError()
           << "expected a table of "
           << RankedTensorType::get(shape, table.getElementType())
           << ", but got " << table.getType();
  unsigned bits = cast<CodesType>(result.getElementType()).getBits();
  for (const APInt &entry : table.getValues<APInt>())
    if (entry.getActiveBits() > bits)
      return op->emitOpError() << "expected entries of " << bits
                               << " bits, but got " << entry.getZExtValue();
  return success();
}

LogicalResult MapOp::verify() {
  return verifyTable(*this, getInput().getType(), getResult().getType(),
                     getTable(), {256});
}

LogicalResult TableOp::verify() {
  return verifyTable(*this, getInput().getType(), getResult().getType(),
                     getTables(),
                     {256, getInput().getType().getShape().back()});
}

StringAttr MapOp::getCodeNameAttr() { return getLayerAttr(); }
StringAttr TableOp::getCodeNameAttr() { return getLayerAttr(); }
bool MapOp::usesTable() { return true; }
bool TableOp::usesTable() { return true; }

//===----------------------------------------------------------------------===//
// Epilogue operands
//===----------------------------------------------------------------------===//

Value Conv2DOp::getGateValue() { return getGate(); }
Value Conv2DOp::getResidualValue() { return getResidual(); }
Value DepthwiseConv2DOp::getGateValue() { return getGate(); }
Value DepthwiseConv2DOp::getResidualValue() { return getResidual(); }
Value FloatConv2DOp::getGateValue() { return getGate(); }
Value FloatConv2DOp::getResidualValue() { return getResidual(); }
Value LinearOp::getGateValue() { return getGate(); }
Value LinearOp::getResidualValue() { return getResidual(); }
Value ElementwiseOp::getGateValue() { return getGate(); }
Value ElementwiseOp::getResidualValue() { return getResidual(); }
