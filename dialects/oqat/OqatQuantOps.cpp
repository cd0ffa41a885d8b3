//===- OqatQuantOps.cpp - Quantizers and integer constants ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/OqatKeywords.h"
#include "dialects/oqat/OqatVerifiers.h"
#include "mlir/IR/OpImplementation.h"
#include "oqat/Support/Bytes.h"

using namespace mlir;
using namespace mlir::oqat;

static ParseResult parseBits(OpAsmParser &parser, Attribute &bits) {
  return parseBitsOrChoice(parser, bits);
}

static void printBits(OpAsmPrinter &printer, FakeQuantizeOp, Attribute bits) {
  printBitsOrChoice(printer, bits);
}

/// `step 0.25`, or `steps dense<...>` with one per channel.
static ParseResult parseNamedStep(OpAsmParser &parser, Attribute &step,
                                  StringRef name) {
  if (succeeded(parser.parseOptionalKeyword((name + "s").str()))) {
    DenseElementsAttr perChannel;
    if (parser.parseAttribute(perChannel))
      return failure();
    step = perChannel;
    return success();
  }
  FloatAttr number;
  if (parser.parseKeyword(name) ||
      parser.parseAttribute(number, parser.getBuilder().getF32Type()))
    return failure();
  step = number;
  return success();
}

static void printNamedStep(OpAsmPrinter &printer, Attribute step,
                           StringRef name) {
  printer << name;
  if (isa<FloatAttr>(step)) {
    printer << ' ';
    printer.printAttributeWithoutType(step);
  } else {
    printer << "s " << step;
  }
}

static ParseResult parseStep(OpAsmParser &parser, Attribute &step) {
  return parseNamedStep(parser, step, "step");
}
static void printStep(OpAsmPrinter &printer, Operation *, Attribute step) {
  printNamedStep(printer, step, "step");
}
static ParseResult parseInputStep(OpAsmParser &parser, Attribute &step) {
  return parseNamedStep(parser, step, "input_step");
}
static void printInputStep(OpAsmPrinter &printer, Operation *, Attribute step) {
  printNamedStep(printer, step, "input_step");
}
static ParseResult parseWeightStep(OpAsmParser &parser, Attribute &step) {
  return parseNamedStep(parser, step, "weight_step");
}
static void printWeightStep(OpAsmPrinter &printer, Operation *,
                            Attribute step) {
  printNamedStep(printer, step, "weight_step");
}

//===----------------------------------------------------------------------===//
// Integer form
//===----------------------------------------------------------------------===//

/// Steps and type agree on being per channel of dimension `axis`.
static LogicalResult verifyStepsOfType(Operation *op, Attribute step,
                                       RankedTensorType type, int64_t axis) {
  int64_t channels = type.getRank() > axis && axis >= 0 ? type.getDimSize(axis)
                                                        : ShapedType::kDynamic;
  if (failed(requireSteps(op, "step", step, channels)) ||
      failed(requireScales(op, type, axis)))
    return failure();
  bool perChannel =
      isa<quant::UniformQuantizedPerAxisType>(type.getElementType());
  if (perChannel == !isa<FloatAttr>(step))
    return success();
  return op->emitOpError("expected a type ")
         << (perChannel ? "per tensor" : "per channel") << " as its "
         << (perChannel ? "step is" : "steps are") << ", but got " << type;
}

LogicalResult QuantizeOp::verify() {
  auto type = cast<RankedTensorType>(getResult().getType());
  if (failed(verifyStepsOfType(getOperation(), getStep(), type,
                               type.getRank() - 1)))
    return failure();
  return requireSameShape(getOperation(), getInput().getType(), type);
}

LogicalResult DequantizeOp::verify() {
  ArrayRef<int64_t> shape =
      cast<RankedTensorType>(getInput().getType()).getShape();
  int64_t channels = shape.empty() ? 1 : shape.back();
  if (failed(requireSteps(getOperation(), "input_step", getInputStep(),
                          channels)) ||
      failed(requireSteps(getOperation(), "weight_step", getWeightStep(),
                          channels)))
    return failure();
  return requireSameShape(getOperation(), getInput().getType(),
                          getResult().getType());
}

SmallVector<double> DequantizeOp::getStepProducts() {
  SmallVector<float> input = stepsOf(getInputStep());
  SmallVector<float> weight = stepsOf(getWeightStep());
  SmallVector<double> products(std::max(input.size(), weight.size()));
  for (auto [c, product] : llvm::enumerate(products))
    product = static_cast<double>(input[c % input.size()]) *
              static_cast<double>(weight[c % weight.size()]);
  return products;
}

LogicalResult DecodeOp::verify() {
  if (failed(requireSteps(getOperation(), "step", getStepAttr(),
                          ShapedType::kDynamic)) ||
      failed(requirePlainCodes(getOperation(),
                               cast<RankedTensorType>(getInput().getType()))))
    return failure();
  return requireSameShape(getOperation(), getInput().getType(),
                          getResult().getType());
}

LogicalResult ResidualAddOp::verify() {
  auto stream = cast<RankedTensorType>(getStream().getType());
  if (failed(requireSteps(getOperation(), "step", getStepAttr(),
                          ShapedType::kDynamic)) ||
      failed(requirePlainCodes(getOperation(), stream)))
    return failure();
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

/// Sparse values and those of a resource have no place in a network.
static LogicalResult requireDense(Operation *op, ElementsAttr values) {
  if (isa<DenseElementsAttr>(values))
    return success();
  return op->emitOpError("expected dense values");
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
    if (failed(requireDense(getOperation(), list)))
      return failure();
    if (failed(requireExtent(getOperation(), "a vector", vector.getDimSize(0),
                             channels)))
      return failure();
  }
  return success();
}

/// Compilers make vectors of bytes of a loop of a constant count.
static constexpr size_t kCodesAtOnce = 256;

/// Whether so many codes lie in [lo, hi].
static bool blockFits(const int8_t *codes, int64_t lo, int64_t hi) {
  const auto least = static_cast<uint8_t>(lo);
  uint8_t largest = 0;
  for (size_t i = 0; i < kCodesAtOnce; ++i)
    largest = std::max(
        largest, static_cast<uint8_t>(static_cast<uint8_t>(codes[i]) - least));
  return largest <= hi - lo;
}

LogicalResult ConstantCodesOp::verify() {
  auto type = cast<RankedTensorType>(getResult().getType());
  if (failed(verifyStepsOfType(getOperation(), getStep(), type, /*axis=*/0)))
    return failure();
  ShapedType codesType = getCodes().getShapedType();
  if (!codesType.getElementType().isSignlessInteger(8))
    return emitOpError("expected i8 codes, but got ") << codesType;
  if (failed(requireSameShape(getOperation(), codesType, type)) ||
      failed(requireDense(getOperation(), getCodes())))
    return failure();
  auto element = cast<quant::QuantizedType>(type.getElementType());
  if (auto uniform = dyn_cast<quant::UniformQuantizedType>(element);
      uniform && uniform.getZeroPoint() != 0)
    return emitOpError("expected weight codes around zero, but got ") << type;
  // Millions of them, and verified after every pass.
  const int64_t lo = element.getStorageTypeMin();
  const int64_t hi = element.getStorageTypeMax();
  ElementsView<int8_t> codes(cast<DenseElementsAttr>(getCodes()));
  for (ArrayRef<int8_t> left = codes.get(); !left.empty();) {
    ArrayRef<int8_t> block = left.take_front(kCodesAtOnce);
    left = left.drop_front(block.size());
    bool fit = block.size() == kCodesAtOnce && blockFits(block.data(), lo, hi);
    for (int8_t code : fit ? ArrayRef<int8_t>() : block)
      if (code < lo || code > hi)
        return emitOpError("expected codes from ")
               << lo << " to " << hi << ", but got "
               << static_cast<int64_t>(code);
  }
  return success();
}

#define GET_OP_CLASSES
#include "dialects/oqat/OqatQuantOps.cpp.inc"
