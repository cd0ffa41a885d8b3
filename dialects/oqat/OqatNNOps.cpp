//===- OqatNNOps.cpp - Layers ---------------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/OqatKeywords.h"
#include "dialects/oqat/OqatVerifiers.h"
#include "mlir/IR/OpImplementation.h"
#include "oqat/Numerics/Bounds.h"
#include "oqat/Numerics/Shape.h"
#include <cmath>

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

static StringRef withoutSuffix(StringRef name, StringRef suffix) {
  name.consume_back(suffix);
  return name;
}

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static ParseResult parseActivationKind(OpAsmParser &parser,
                                       ActivationKindAttr &kind) {
  return parseEnumKeyword(parser, kind,
                          "'relu', 'relu6', 'h_swish' or 'h_sigmoid'");
}

static void printActivationKind(OpAsmPrinter &printer, ActivationOp,
                                ActivationKindAttr kind) {
  printer << stringifyActivationKind(kind.getValue());
}

static ParseResult parseBits(OpAsmParser &parser, Attribute &bits) {
  return parseBitsOrChoice(parser, bits);
}

static void printBits(OpAsmPrinter &printer, Operation *, Attribute bits) {
  printBitsOrChoice(printer, bits);
}

static ParseResult parseDoubles(OpAsmParser &parser,
                                DenseF64ArrayAttr &values) {
  values = dyn_cast_or_null<DenseF64ArrayAttr>(
      DenseF64ArrayAttr::parse(parser, Type()));
  return success(static_cast<bool>(values));
}

/// Upstream prints six digits, which are not enough to read the same back.
static void printDoubles(OpAsmPrinter &printer, NormalizeOp,
                         DenseF64ArrayAttr values) {
  printer << '[';
  llvm::interleaveComma(values.asArrayRef(), printer, [&](double value) {
    printer.printFloat(APFloat(value));
  });
  printer << ']';
}

//===----------------------------------------------------------------------===//
// NormalizeOp
//===----------------------------------------------------------------------===//

LogicalResult NormalizeOp::verify() {
  RankedTensorType image = tensorType(getImage());
  RankedTensorType result = tensorType(getResult());
  if (result.getRank() != 4)
    return emitOpError("expected a result of four dimensions, but got ")
           << result;
  for (int64_t dim = 0; dim < 4; ++dim)
    if (failed(requireExtent(getOperation(), "a result extent",
                             result.getDimSize(dim), image.getDimSize(dim))))
      return failure();
  int64_t colours = image.getDimSize(3);
  if (failed(requireExtent(getOperation(), "a number of means",
                           getMean().size(), colours)) ||
      failed(requireExtent(getOperation(), "a number of deviations",
                           getDeviation().size(), colours)))
    return failure();
  for (double deviation : getDeviation())
    if (!(deviation > 0) || !std::isfinite(deviation))
      return emitOpError("expected finite positive deviations, but got ")
             << deviation;
  for (double mean : getMean())
    if (!std::isfinite(mean))
      return emitOpError("expected finite means, but got ") << mean;
  return success();
}

//===----------------------------------------------------------------------===//
// Conv2DOp
//===----------------------------------------------------------------------===//

static bool isQuantizedValue(Value value) {
  return isCodes(tensorType(value).getElementType()) ||
         value.getDefiningOp<FakeQuantizeOp>();
}

static int64_t bitsOf(Value value) {
  if (auto fake = value.getDefiningOp<FakeQuantizeOp>())
    return fake.getFixedBits().value_or(32);
  auto codes =
      dyn_cast<quant::QuantizedType>(tensorType(value).getElementType());
  if (!codes)
    return 32;
  int64_t span = codes.getStorageTypeMax() - codes.getStorageTypeMin();
  return llvm::Log2_64_Ceil(span + 1);
}

bool Conv2DOp::isQuantized() {
  return isQuantizedValue(getInput()) && isQuantizedValue(getWeight());
}

bool Conv2DOp::hasLayerBits() {
  SupernetOp network = getNetwork(getOperation());
  return network && isQuantized() &&
         llvm::any_of(getOperands(), [&](Value operand) {
           auto quantizer = operand.getDefiningOp<FakeQuantizeOp>();
           auto symbol = quantizer
                             ? dyn_cast<FlatSymbolRefAttr>(quantizer.getBits())
                             : FlatSymbolRefAttr();
           ChoiceOp choice = symbol ? network.lookupChoice(symbol) : ChoiceOp();
           return choice && choice.getPerLayer();
         });
}

int64_t Conv2DOp::getWeightBits() { return bitsOf(getWeight()); }
int64_t Conv2DOp::getInputBits() { return bitsOf(getInput()); }

/// The layer that a weight belongs to.
static StringRef layerOfWeight(Value value) {
  Operation *producer = value.getDefiningOp();
  if (auto fake = dyn_cast_or_null<FakeQuantizeOp>(producer))
    producer = fake.getInput().getDefiningOp();
  if (auto weight = dyn_cast_or_null<WeightOp>(producer))
    return withoutSuffix(weight.getParameter(), ".weight");
  if (auto codes = dyn_cast_or_null<ConstantCodesOp>(producer))
    return codes.getLayer();
  if (auto constant = dyn_cast_or_null<ConstantWeightOp>(producer))
    return constant.getLayer().value_or("");
  return "";
}

StringRef Conv2DOp::getLayerName() { return layerOfWeight(getWeight()); }

/// Whether a value has a step per channel, at any level.
static bool hasChannelSteps(Value value) {
  auto fake = value.getDefiningOp<FakeQuantizeOp>();
  return (fake && fake.getAxis()) || isa<quant::UniformQuantizedPerAxisType>(
                                         tensorType(value).getElementType());
}

/// Steps per channel leave sums of integers only where they belong to output
/// channels: those of a weight, and those of a depthwise input.
template <typename ProductOp>
static LogicalResult verifyChannelSteps(ProductOp op, bool isDepthwise) {
  if (hasChannelSteps(op.getInput()) && !isDepthwise)
    return op.emitOpError("expected an input with one step, since only "
                          "depthwise convolutions take one per channel");
  if (failed(requireScales(op, op.getInputType(),
                           op.getInputType().getRank() - 1)))
    return failure();
  return requireScales(op, op.getWeightType(), /*axis=*/0);
}

/// Both operands of a product are float, fake-quantized or codes.
template <typename ProductOp>
static LogicalResult verifyProductTypes(ProductOp op) {
  bool inputQuantized = isQuantizedValue(op.getInput());
  if (inputQuantized != isQuantizedValue(op.getWeight()))
    return op.emitOpError("expected both operands to be quantized or neither");
  bool codes = isCodes(op.getInputType().getElementType());
  if (codes != isCodes(op.getWeightType().getElementType()))
    return op.emitOpError("expected both operands as codes or neither");
  if (codes != op.getResultType().getElementType().isInteger(32))
    return op.emitOpError("expected a result of ")
           << (codes ? "i32" : "f32") << ", but got " << op.getResultType();
  return success();
}

LogicalResult Conv2DOp::verify() {
  RankedTensorType input = getInputType(), weight = getWeightType(),
                   result = getResultType();
  if (input.getRank() != 4 || weight.getRank() != 4 || result.getRank() != 4)
    return emitOpError("expected four dimensions throughout, but got ")
           << input << ", " << weight << " and " << result;
  if (failed(verifyProductTypes(*this)) ||
      failed(verifyChannelSteps(*this, getDepthwise())))
    return failure();
  int64_t kernel = weight.getDimSize(1);
  if (!weight.isDynamicDim(1) && kernel % 2 == 0)
    return emitOpError("expected an odd kernel, but got ") << kernel;
  if (failed(requireExtent(getOperation(), "a square kernel",
                           weight.getDimSize(2), kernel)))
    return failure();
  int64_t inputs = getDepthwise() ? weight.getDimSize(0) : weight.getDimSize(3);
  if (getDepthwise() &&
      failed(requireExtent(getOperation(), "depthwise weight columns",
                           weight.getDimSize(3), 1)))
    return failure();
  if (failed(requireExtent(getOperation(), "input channels",
                           input.getDimSize(3), inputs)) ||
      failed(requireExtent(getOperation(), "result channels",
                           result.getDimSize(3), weight.getDimSize(0))) ||
      failed(requireExtent(getOperation(), "result pictures",
                           result.getDimSize(0), input.getDimSize(0))))
    return failure();
  for (int64_t dim : {1, 2}) {
    if (input.isDynamicDim(dim))
      continue;
    // With odd kernels the padding k/2 makes the size independent of k.
    int64_t size = numerics::convOutput(input.getDimSize(dim), 1, getStride());
    if (failed(requireExtent(getOperation(), "a result size",
                             result.getDimSize(dim), size)))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// BatchNormOp
//===----------------------------------------------------------------------===//

LogicalResult BatchNormOp::verify() {
  if (tensorType(getInput()).getRank() == 0)
    return emitOpError("expected at least one dimension, but got ")
           << getInput().getType();
  double epsilon = getEps().convertToDouble();
  if (epsilon > 0 && std::isfinite(epsilon))
    return success();
  return emitOpError("expected a finite positive 'eps', but got ") << epsilon;
}

LogicalResult BatchNormOp::verifySymbolUses(SymbolTableCollection &tables) {
  const std::pair<FlatSymbolRefAttr, ParameterKind> parameters[] = {
      {getGammaAttr(), ParameterKind::Gamma},
      {getBetaAttr(), ParameterKind::Beta},
      {getMeanAttr(), ParameterKind::Mean},
      {getVarianceAttr(), ParameterKind::Variance}};
  int64_t channels = tensorType(getInput()).getShape().back();
  int64_t length = ShapedType::kDynamic;
  for (auto [symbol, kind] : parameters) {
    FailureOr<ParameterOp> parameter =
        requireParameter(getOperation(), tables, symbol, kind);
    if (failed(parameter) ||
        failed(requireVector(getOperation(), *parameter, channels)))
      return failure();
    int64_t entries = parameter->getTensorType().getNumElements();
    if (failed(requireExtent(getOperation(), "parameters of one length",
                             entries, length)))
      return failure();
    length = entries;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// BiasOp and ScaleOp
//===----------------------------------------------------------------------===//

LogicalResult BiasOp::verify() {
  if (tensorType(getInput()).getRank() > 0)
    return success();
  return emitOpError("expected at least one dimension, but got ")
         << getInput().getType();
}

LogicalResult BiasOp::verifySymbolUses(SymbolTableCollection &tables) {
  FailureOr<ParameterOp> parameter = requireParameter(
      getOperation(), tables, getParameterAttr(), ParameterKind::Bias);
  if (failed(parameter))
    return failure();
  return requireVector(getOperation(), *parameter,
                       tensorType(getInput()).getShape().back());
}

LogicalResult ScaleOp::verify() {
  RankedTensorType input = tensorType(getInput()), gate = tensorType(getGate());
  if (input.getRank() != 4 || gate.getRank() != 4)
    return emitOpError("expected four dimensions, but got ")
           << input << " and " << gate;
  if (failed(requireExtent(getOperation(), "gate pictures", gate.getDimSize(0),
                           input.getDimSize(0))) ||
      failed(requireExtent(getOperation(), "gate channels", gate.getDimSize(3),
                           input.getDimSize(3))) ||
      failed(
          requireExtent(getOperation(), "a gate size", gate.getDimSize(1), 1)))
    return failure();
  return requireExtent(getOperation(), "a gate size", gate.getDimSize(2), 1);
}

//===----------------------------------------------------------------------===//
// SqueezeExciteOp
//===----------------------------------------------------------------------===//

StringRef SqueezeExciteOp::getLayerName() {
  return withoutSuffix(withoutSuffix(getReduceWeight(), ".weight"), ".reduce");
}

LogicalResult SqueezeExciteOp::verify() {
  if (getTensorType().getRank() != 4)
    return emitOpError("expected four dimensions, but got ") << getTensorType();
  if (static_cast<bool>(getStepsAttr()) != static_cast<bool>(getBitsAttr()))
    return emitOpError("expected 'steps' and 'bits' together");
  if (getStepsAttr() && getStepsAttr().size() != StepCount)
    return emitOpError("expected ")
           << static_cast<int>(StepCount) << " steps, but got "
           << getStepsAttr().size();
  auto bits = dyn_cast_or_null<IntegerAttr>(getBitsAttr());
  return bits ? requireEndBits(getOperation(), bits.getInt()) : success();
}

static LogicalResult verifySteps(SqueezeExciteOp op,
                                 SymbolTableCollection &tables) {
  if (!op.getStepsAttr())
    return success();
  for (auto symbol : op.getStepsAttr().getAsRange<FlatSymbolRefAttr>())
    if (failed(requireScalarStep(op, tables, symbol)))
      return failure();
  return requireEndBitsChoice(op, tables, op.getBitsAttr());
}

LogicalResult SqueezeExciteOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (failed(verifySteps(*this, tables)))
    return failure();
  FailureOr<ParameterOp> reduce = requireParameter(
      getOperation(), tables, getReduceWeightAttr(), ParameterKind::Weight);
  FailureOr<ParameterOp> expand = requireParameter(
      getOperation(), tables, getExpandWeightAttr(), ParameterKind::Weight);
  FailureOr<ParameterOp> reduceBias = requireParameter(
      getOperation(), tables, getReduceBiasAttr(), ParameterKind::Bias);
  FailureOr<ParameterOp> expandBias = requireParameter(
      getOperation(), tables, getExpandBiasAttr(), ParameterKind::Bias);
  if (failed(reduce) || failed(expand) || failed(reduceBias) ||
      failed(expandBias))
    return failure();
  for (ParameterOp parameter : {*reduce, *expand}) {
    ArrayRef<int64_t> shape = parameter.getTensorType().getShape();
    if (shape.size() != 4 || shape[1] != 1 || shape[2] != 1)
      return emitOpError("expected a 1x1 weight, but got '")
             << parameter.getSymName() << "' of " << parameter.getTensorType();
  }
  int64_t squeeze = reduce->getTensorType().getDimSize(0);
  int64_t channels = reduce->getTensorType().getDimSize(3);
  if (failed(requireExtent(getOperation(), "expand columns",
                           expand->getTensorType().getDimSize(3), squeeze)) ||
      failed(requireExtent(getOperation(), "expand rows",
                           expand->getTensorType().getDimSize(0), channels)) ||
      failed(requireExtent(getOperation(), "reduce biases",
                           reduceBias->getTensorType().getNumElements(),
                           squeeze)) ||
      failed(requireExtent(getOperation(), "expand biases",
                           expandBias->getTensorType().getNumElements(),
                           channels)))
    return failure();
  int64_t active = getTensorType().getDimSize(3);
  if (ShapedType::isDynamic(active))
    return success();
  if (active > channels || numerics::squeezeWidth(active) > squeeze)
    return emitOpError("expected weights for ")
           << active << " channels, but got them for " << channels;
  return success();
}

//===----------------------------------------------------------------------===//
// PoolOp and LinearOp
//===----------------------------------------------------------------------===//

LogicalResult PoolOp::verify() {
  RankedTensorType input = tensorType(getInput());
  RankedTensorType result = tensorType(getResult());
  if (input.getRank() != 4 || result.getRank() != 4)
    return emitOpError("expected four dimensions, but got ")
           << input << " and " << result;
  bool areCodes = isCodes(input.getElementType());
  if (areCodes != bool(getStepAttr()))
    return emitOpError("expected a step for codes, and none for floats");
  if (areCodes && (failed(requireSteps(getOperation(), "step", getStepAttr(),
                                       ShapedType::kDynamic)) ||
                   failed(requirePlainCodes(getOperation(), input))))
    return failure();
  if (failed(requireExtent(getOperation(), "result channels",
                           result.getDimSize(3), input.getDimSize(3))) ||
      failed(requireExtent(getOperation(), "result pictures",
                           result.getDimSize(0), input.getDimSize(0))) ||
      failed(requireExtent(getOperation(), "a result size",
                           result.getDimSize(1), 1)))
    return failure();
  return requireExtent(getOperation(), "a result size", result.getDimSize(2),
                       1);
}

std::optional<float> ActivationOp::boundResult(std::optional<float> input) {
  if (getKind() == ActivationKind::HSigmoid)
    return numerics::hSigmoidBound();
  if (!input)
    return std::nullopt;
  return getKind() == ActivationKind::Relu6 ? numerics::relu6Bound(*input)
                                            : numerics::activationBound(*input);
}

LogicalResult MaxPoolOp::verify() {
  if (getKernel() % 2 == 0)
    return emitOpError("expected an odd kernel, but got ") << getKernel();
  RankedTensorType input = tensorType(getInput());
  RankedTensorType result = tensorType(getResult());
  if (input.getRank() != 4 || result.getRank() != 4)
    return emitOpError("expected four dimensions, but got ")
           << input << " and " << result;
  for (int64_t dim : {0, 3})
    if (failed(requireExtent(getOperation(),
                             dim == 0 ? "result pictures" : "result channels",
                             result.getDimSize(dim), input.getDimSize(dim))))
      return failure();
  for (int64_t dim : {1, 2}) {
    if (input.isDynamicDim(dim))
      continue;
    int64_t size =
        numerics::convOutput(input.getDimSize(dim), getKernel(), getStride());
    if (failed(requireExtent(getOperation(), "a result size",
                             result.getDimSize(dim), size)))
      return failure();
  }
  return success();
}

bool LinearOp::isQuantized() {
  return isQuantizedValue(getInput()) && isQuantizedValue(getWeight());
}

int64_t LinearOp::getWeightBits() { return bitsOf(getWeight()); }
int64_t LinearOp::getInputBits() { return bitsOf(getInput()); }
StringRef LinearOp::getLayerName() { return layerOfWeight(getWeight()); }

LogicalResult LinearOp::verify() {
  RankedTensorType input = getInputType(), weight = getWeightType(),
                   result = getResultType();
  if (input.getRank() < 2 || weight.getRank() != 2 || result.getRank() != 2)
    return emitOpError("expected features, a weight [classes, channels] and a "
                       "2-D result, but got ")
           << input << ", " << weight << " and " << result;
  for (int64_t extent : input.getShape().drop_front().drop_back())
    if (!ShapedType::isDynamic(extent) && extent != 1)
      return emitOpError("expected pooled features, but got ") << input;
  if (failed(verifyProductTypes(*this)) ||
      failed(verifyChannelSteps(*this, /*isDepthwise=*/false)))
    return failure();
  if (getBias() && isCodes(input.getElementType()))
    return emitOpError("expected no bias on codes, but got '")
           << *getBias() << "'";
  if (failed(requireExtent(getOperation(), "input channels",
                           input.getShape().back(), weight.getDimSize(1))) ||
      failed(requireExtent(getOperation(), "result classes",
                           result.getDimSize(1), weight.getDimSize(0))))
    return failure();
  return requireExtent(getOperation(), "result pictures", result.getDimSize(0),
                       input.getDimSize(0));
}

LogicalResult LinearOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (!getBiasAttr())
    return success();
  FailureOr<ParameterOp> bias = requireParameter(
      getOperation(), tables, getBiasAttr(), ParameterKind::Bias);
  if (failed(bias))
    return failure();
  return requireExtent(getOperation(), "biases",
                       bias->getTensorType().getNumElements(),
                       getWeightType().getDimSize(0));
}

#define GET_OP_CLASSES
#include "dialects/oqat/OqatNNOps.cpp.inc"
