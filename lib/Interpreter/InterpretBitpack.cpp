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

#include "dialects/bitpack/Bitpack.h"
#include "oqat/Numerics/Activations.h"
#include "oqat/Numerics/Packing.h"
#include "oqat/Numerics/Quantize.h"
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

static float applyActivation(bitpack::ActivationKind kind, float z) {
  switch (kind) {
  case bitpack::ActivationKind::Relu:
    return numerics::relu(z);
  case bitpack::ActivationKind::HSwish:
    return numerics::hSwish(z);
  case bitpack::ActivationKind::HSigmoid:
    return numerics::hSigmoid(z);
  }
  return z;
}

/// Scale, bias, activation, gate, residual and quantizer, where present.
static void finishLayer(Engine &engine, bitpack::LayerOpInterface layer,
                        std::vector<float> values, int64_t images) {
  Tensor result;
  SmallVector<int64_t> shape = shapeOf(layer.getResult());
  result.shape.assign(shape.begin(), shape.end());
  result.shape.front() = images;
  int64_t channels = shape.back(), perPicture = values.size() / images;
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
      z = applyActivation(*kind, z);
  if (Value gate = layer.getGateValue()) {
    const std::vector<float> &factors = engine.get(gate).floats;
    for (size_t i = 0; i < values.size(); ++i)
      values[i] *= factors[i / perPicture * channels + i % channels];
  }
  if (Value residual = layer.getResidualValue()) {
    const std::vector<float> &summands = engine.get(residual).floats;
    for (size_t i = 0; i < values.size(); ++i)
      values[i] += summands[i];
  }
  std::string name = layer.getTensorName();
  if (FloatAttr reciprocal = layer.getReciprocalAttr()) {
    result.kind = Tensor::Kind::Codes;
    result.range = numerics::codeRange(layer.getCodeBits(), false);
    result.name = name;
    for (float z : values)
      result.codes.push_back(numerics::quantize(
          z, reciprocal.getValue().convertToFloat(), result.range));
    engine.reportCodes(result);
  } else {
    result.floats = std::move(values);
    bool isLogits = llvm::any_of(layer.getResult().getUsers(),
                                 llvm::IsaPred<bitpack::ReturnOp>);
    if (!isLogits)
      engine.reportFloats(name, result);
  }
  engine.define(layer.getResult(), std::move(result));
}

static kernels::ConvShape convShape(const Tensor &input, Value result,
                                    int64_t kernel, int64_t stride,
                                    bool depthwise) {
  return {
      input.shape[0],         input.shape[1], input.shape[2], input.shape[3],
      shapeOf(result).back(), kernel,         stride,         depthwise};
}

template <typename ConvOp>
static LogicalResult interpretConv(Engine &engine, ConvOp op, bool depthwise) {
  const Tensor &input = engine.get(op.getInput());
  ArrayRef<int64_t> kernel = op.getKernel();
  if (kernel[0] != kernel[1])
    return op.emitOpError("has a kernel that is not square");
  kernels::ConvShape shape =
      convShape(input, op.getResult(), kernel[0], op.getStride(), depthwise);
  int64_t count =
      shape.outputs * kernel[0] * kernel[1] * (depthwise ? 1 : shape.inputs);
  std::vector<int16_t> weights = unpackCodes(
      cast<DenseElementsAttr>(op.getWeightsAttr()), count, op.getWeightBits());
  std::vector<int64_t> accumulators =
      kernels::convolveCodes(shape, input.codes, weights);
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
  finishLayer(engine, op, input.floats, input.shape[0]);
  return success();
}

static LogicalResult interpret(Engine &engine, bitpack::PoolOp op) {
  const Tensor &input = engine.get(op.getInput());
  int64_t images = input.shape[0];
  finishLayer(engine, op,
              kernels::poolFixed(input.floats, images,
                                 input.shape[1] * input.shape[2],
                                 input.channels(), op.getFraction()),
              images);
  return success();
}

bool mlir::oqat::isBitpackOp(Operation *op) {
  return isa<bitpack::LayerOpInterface>(op);
}

LogicalResult mlir::oqat::interpretBitpack(Engine &engine, Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<bitpack::Conv2DOp, bitpack::DepthwiseConv2DOp,
            bitpack::FloatConv2DOp, bitpack::LinearOp, bitpack::ElementwiseOp,
            bitpack::PoolOp>(
          [&](auto typed) { return interpret(engine, typed); })
      .Default([](Operation *unknown) {
        return unknown->emitOpError("cannot be interpreted");
      });
}
