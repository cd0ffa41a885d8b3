//===- InterpretBitpack.cpp - Level 4: packed networks --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every layer computes a float per element and sends it through its epilogue;
// the steps of the integer level have become plain scales and reciprocals.
//
//===----------------------------------------------------------------------===//

#include "Engine.h"
#include "Kernels.h"

#include "dialects/bitpack/Requantization.h"
#include "oqat/Numerics/Packing.h"
#include "oqat/Numerics/Quantize.h"
#include "oqat/Numerics/Residual.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;
namespace kernels = ::oqat::interpreter;

/// `count` two's complement codes of `bits` bits from a little-endian stream.
static std::vector<int16_t> unpackCodes(DenseElementsAttr stream, int64_t count,
                                        int64_t bits) {
  auto values = stream.getValues<int8_t>();
  std::vector<uint8_t> bytes(values.begin(), values.end());
  std::vector<int16_t> codes(count);
  for (int64_t i = 0; i < count; ++i)
    codes[i] = numerics::unpackCode(bytes.data(), i, bits);
  return codes;
}

static SmallVector<int64_t> shapeOf(Value value) {
  return SmallVector<int64_t>(
      cast<RankedTensorType>(value.getType()).getShape());
}

/// Scale, bias, activation, gate and a residual of floats, where present.
static void applyEpilogue(Engine &engine, bitpack::LayerOpInterface layer,
                          std::vector<float> &values, int64_t images) {
  int64_t channels = shapeOf(layer.getResult()).back();
  int64_t perPicture = values.size() / images;
  if (DenseElementsAttr scale = layer.getScaleAttr()) {
    std::vector<float> factors = floatsOf(scale);
    for (size_t i = 0; i < values.size(); ++i)
      values[i] *= factors[i % channels];
  }
  if (DenseElementsAttr bias = layer.getBiasAttr()) {
    std::vector<float> summands = floatsOf(bias);
    for (size_t i = 0; i < values.size(); ++i)
      values[i] += summands[i % channels];
  }
  if (std::optional<bitpack::ActivationKind> kind = layer.getActivation())
    for (float &z : values)
      z = bitpack::applyActivation(*kind, z);
  if (Value gate = layer.getGateValue()) {
    const std::vector<float> &factors = engine.get(gate).floats;
    for (size_t i = 0; i < values.size(); ++i)
      values[i] *= factors[i / perPicture * channels + i % channels];
  }
  if (layer.getResidualValue() && !layer.hasIntegerResidual()) {
    const std::vector<float> &summands =
        engine.get(layer.getResidualValue()).floats;
    for (size_t i = 0; i < values.size(); ++i)
      values[i] += summands[i];
  }
}

static Tensor emptyResult(bitpack::LayerOpInterface layer, int64_t images) {
  Tensor result;
  SmallVector<int64_t> shape = shapeOf(layer.getResult());
  result.shape.assign(shape.begin(), shape.end());
  result.shape.front() = images;
  return result;
}

static void defineCodes(Engine &engine, bitpack::LayerOpInterface layer,
                        std::vector<int16_t> codes, int64_t images) {
  Tensor result = emptyResult(layer, images);
  result.kind = Tensor::Kind::Codes;
  result.quantizer.range = numerics::codeRange(layer.getCodeBits(), false);
  result.name = layer.getTensorName();
  result.codes = std::move(codes);
  if (layer.isReported())
    engine.reportCodes(result);
  engine.define(layer.getResult(), std::move(result));
}

static void defineFloats(Engine &engine, bitpack::LayerOpInterface layer,
                         std::vector<float> values, int64_t images) {
  Tensor result = emptyResult(layer, images);
  result.floats = std::move(values);
  bool isLogits = llvm::any_of(layer.getResult().getUsers(),
                               llvm::IsaPred<bitpack::ReturnOp>);
  if (!isLogits && layer.isReported())
    engine.reportFloats(layer.getTensorName(), result);
  engine.define(layer.getResult(), std::move(result));
}

/// Step 5 of the epilogue, or steps 4 and 5 on an integer stream.
static std::vector<int16_t> quantizeValues(Engine &engine,
                                           bitpack::LayerOpInterface layer,
                                           ArrayRef<float> values) {
  std::vector<float> reciprocals(shapeOf(layer.getResult()).back());
  if (DenseElementsAttr channels = layer.getChannelReciprocals())
    reciprocals = floatsOf(channels);
  else
    std::fill(
        reciprocals.begin(), reciprocals.end(),
        cast<FloatAttr>(layer.getReciprocalAttr()).getValue().convertToFloat());
  int32_t zeroPoint = static_cast<int32_t>(layer.getZeroPoint());
  numerics::CodeRange range = numerics::codeRange(layer.getCodeBits(), false);
  numerics::CodeRange centred = {range.lo - zeroPoint, range.hi - zeroPoint};
  const int16_t *stream = nullptr;
  if (layer.hasIntegerResidual())
    stream = engine.get(layer.getResidualValue()).codes.data();
  std::vector<int16_t> codes(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    float r = reciprocals[i % reciprocals.size()];
    int32_t code =
        stream ? numerics::addToStream(stream[i] - zeroPoint, values[i], r)
               : numerics::quantize(values[i], r, centred);
    codes[i] = static_cast<int16_t>(code + zeroPoint);
  }
  return codes;
}

static void finishLayer(Engine &engine, bitpack::LayerOpInterface layer,
                        std::vector<float> values, int64_t images) {
  applyEpilogue(engine, layer, values, images);
  if (layer.getReciprocalAttr())
    return defineCodes(engine, layer, quantizeValues(engine, layer, values),
                       images);
  defineFloats(engine, layer, std::move(values), images);
}

/// What codes stand for: their distance from the zero point.
static std::vector<int16_t> centre(const Tensor &codes, int64_t zeroPoint) {
  std::vector<int16_t> values = codes.codes;
  for (int16_t &value : values)
    value -= static_cast<int16_t>(zeroPoint);
  return values;
}

static kernels::ConvShape convShape(const Tensor &input, Value result,
                                    int64_t kernel, int64_t stride,
                                    bool depthwise) {
  return {
      input.shape[0],         input.shape[1], input.shape[2], input.shape[3],
      shapeOf(result).back(), kernel,         stride,         depthwise};
}

/// Codes as `requantize` says.
template <typename ConvOp>
static LogicalResult requantize(Engine &engine, ConvOp op,
                                ArrayRef<int64_t> accumulators,
                                int64_t images) {
  bitpack::CodeLookup lookup(op.getRequantizationAttr());
  int64_t channels = shapeOf(op.getResult()).back();
  std::vector<int16_t> codes;
  for (auto [index, accumulator] : llvm::enumerate(accumulators)) {
    int64_t channel = static_cast<int64_t>(index) % channels;
    std::optional<int32_t> code = lookup(channel, accumulator);
    if (!code)
      return op.emitOpError("has no code for accumulator ")
             << accumulator << " of channel " << channel;
    codes.push_back(static_cast<int16_t>(*code));
  }
  defineCodes(engine, op, std::move(codes), images);
  return success();
}

template <typename ConvOp>
static LogicalResult interpretConv(Engine &engine, ConvOp op, bool depthwise) {
  const Tensor &input = engine.get(op.getInput());
  ArrayRef<int64_t> kernel = op.getKernel();
  kernels::ConvShape shape =
      convShape(input, op.getResult(), kernel[0], op.getStride(), depthwise);
  int64_t count =
      shape.outputs * kernel[0] * kernel[1] * (depthwise ? 1 : shape.inputs);
  std::vector<int16_t> weights = unpackCodes(
      cast<DenseElementsAttr>(op.getWeightsAttr()), count, op.getWeightBits());
  if (op.getOdd())
    for (int16_t &weight : weights)
      weight = static_cast<int16_t>(2 * weight + 1);
  std::vector<int64_t> accumulators = kernels::convolveCodes(
      shape, centre(input, op.getInputZeroPoint()), weights);
  if (op.getRequantizationAttr())
    return requantize(engine, op, accumulators, shape.images);
  finishLayer(engine, op,
              std::vector<float>(accumulators.begin(), accumulators.end()),
              shape.images);
  return success();
}

static LogicalResult interpret(Engine &engine, bitpack::Conv2DOp op) {
  return interpretConv(engine, op, /*depthwise=*/false);
}

static LogicalResult interpret(Engine &engine, bitpack::DepthwiseConv2DOp op) {
  return interpretConv(engine, op, /*depthwise=*/true);
}

static LogicalResult interpret(Engine &engine, bitpack::FloatConv2DOp op) {
  Tensor input = engine.get(op.getInput());
  if (input.kind == Tensor::Kind::Pixels) {
    std::vector<float> scale = floatsOf(op.getInputScaleAttr());
    std::vector<float> bias = floatsOf(op.getInputBiasAttr());
    for (size_t i = 0; i < input.pixels.size(); ++i) {
      int64_t c = i % input.channels();
      input.floats.push_back(
          numerics::rescaleFloat(input.pixels[i], {scale[c], bias[c]}));
    }
  }
  auto weights = op.getWeightsAttr();
  int64_t kernel = cast<ShapedType>(weights.getType()).getDimSize(1);
  kernels::ConvShape shape =
      convShape(input, op.getResult(), kernel, op.getStride(), false);
  finishLayer(engine, op,
              kernels::convolveFloat(shape, input.floats, floatsOf(weights)),
              shape.images);
  return success();
}

static LogicalResult interpret(Engine &engine, bitpack::LinearOp op) {
  const Tensor &input = engine.get(op.getInput());
  // The bias of N5 is the epilogue's; adding -0 first changes no value.
  std::vector<float> none(shapeOf(op.getResult()).back(), -0.0f);
  finishLayer(engine, op,
              kernels::linearFloat(input.floats, input.shape[0],
                                   floatsOf(op.getWeightsAttr()), none),
              input.shape[0]);
  return success();
}

static LogicalResult interpret(Engine &engine, bitpack::ElementwiseOp op) {
  const Tensor &input = engine.get(op.getInput());
  std::vector<float> values = input.floats;
  if (input.kind == Tensor::Kind::Codes) {
    std::vector<int16_t> codes = centre(input, op.getInputZeroPoint());
    values.assign(codes.begin(), codes.end());
  }
  finishLayer(engine, op, std::move(values), input.shape[0]);
  return success();
}

static LogicalResult interpret(Engine &engine, bitpack::MaxPoolOp op) {
  const Tensor &input = engine.get(op.getInput());
  kernels::ConvShape shape =
      convShape(input, op.getResult(), op.getKernel(), op.getStride(), true);
  if (input.kind != Tensor::Kind::Codes) {
    defineFloats(engine, op, kernels::poolMax(shape, input.floats),
                 shape.images);
    return success();
  }
  std::vector<float> largest = kernels::poolMax(
      shape, std::vector<float>(input.codes.begin(), input.codes.end()));
  defineCodes(engine, op, std::vector<int16_t>(largest.begin(), largest.end()),
              shape.images);
  return success();
}

static LogicalResult interpret(Engine &engine, bitpack::MapOp op) {
  const Tensor &input = engine.get(op.getInput());
  auto table = op.getTable().getValues<uint8_t>();
  std::vector<int16_t> codes;
  for (int16_t code : input.codes)
    codes.push_back(table[code]);
  defineCodes(engine, op, std::move(codes), input.shape[0]);
  return success();
}

static LogicalResult interpret(Engine &engine, bitpack::TableOp op) {
  const Tensor &input = engine.get(op.getInput());
  auto tables = op.getTables().getValues<uint8_t>();
  std::vector<int16_t> codes;
  for (size_t i = 0; i < input.pixels.size(); ++i)
    codes.push_back(
        tables[input.pixels[i] * input.channels() + i % input.channels()]);
  defineCodes(engine, op, std::move(codes), input.shape[0]);
  return success();
}

static LogicalResult interpret(Engine &engine, bitpack::PoolOp op) {
  const Tensor &input = engine.get(op.getInput());
  int64_t images = input.shape[0];
  int64_t pixels = input.shape[1] * input.shape[2];
  std::vector<float> means =
      op.getStepAttr()
          ? kernels::poolCodes(input.codes,
                               static_cast<int16_t>(op.getInputZeroPoint()),
                               op.getStepAttr().getValue().convertToFloat(),
                               images, pixels, input.channels())
          : kernels::poolFixed(input.floats, images, pixels, input.channels(),
                               static_cast<int>(*op.getFraction()));
  finishLayer(engine, op, std::move(means), images);
  return success();
}

bool mlir::oqat::isBitpackOp(Operation *op) {
  return isa<bitpack::LayerOpInterface>(op);
}

LogicalResult mlir::oqat::interpretBitpack(Engine &engine, Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<bitpack::Conv2DOp, bitpack::DepthwiseConv2DOp,
            bitpack::FloatConv2DOp, bitpack::LinearOp, bitpack::ElementwiseOp,
            bitpack::PoolOp, bitpack::MaxPoolOp, bitpack::MapOp,
            bitpack::TableOp>(
          [&](auto typed) { return interpret(engine, typed); })
      .Default([](Operation *unknown) {
        return unknown->emitOpError("cannot be interpreted");
      });
}
