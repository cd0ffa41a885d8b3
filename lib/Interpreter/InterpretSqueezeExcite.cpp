//===- InterpretSqueezeExcite.cpp - Gates (N6, N17) ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In float, and in 8 bits as it materializes.
//
//===----------------------------------------------------------------------===//

#include "Engine.h"
#include "Kernels.h"

#include "oqat/Numerics/Activations.h"
#include "oqat/Numerics/Pooling.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;
namespace kernels = ::oqat::interpreter;

FailureOr<Tensor> mlir::oqat::poolTensor(Operation *op, const Tensor &input,
                                         std::optional<int32_t> fraction) {
  int64_t pixels = input.shape[1] * input.shape[2];
  Tensor result;
  result.shape = {input.shape[0], 1, 1, input.channels()};
  if (input.kind == Tensor::Kind::Codes) {
    const numerics::Quantizer &quantizer = input.quantizer;
    result.floats = kernels::poolCodes(
        input.codes, static_cast<int16_t>(quantizer.zeroPoint),
        quantizer.steps.front(), input.shape[0], pixels, input.channels());
    return result;
  }
  if (!fraction && (!input.bound || !std::isfinite(*input.bound)))
    return op->emitOpError("pools a value that has no finite bound");
  if (!fraction)
    fraction = numerics::poolFraction(pixels, *input.bound);
  result.floats = kernels::poolFixed(input.floats, input.shape[0], pixels,
                                     input.channels(), *fraction);
  return result;
}

void mlir::oqat::scaleChannels(Tensor &tensor, ArrayRef<float> gates) {
  int64_t channels = tensor.channels();
  int64_t perPicture = tensor.elements() / tensor.shape[0];
  for (size_t i = 0; i < tensor.floats.size(); ++i)
    tensor.floats[i] *= gates[i / perPicture * channels + i % channels];
}

/// A quantized value of a squeeze-excite, reported under its step's name.
static FailureOr<Tensor> quantizeStep(Engine &engine, SqueezeExciteOp op,
                                      const Tensor &input,
                                      SqueezeExciteOp::Step step, bool isSigned,
                                      bool isWeight = false) {
  FlatSymbolRefAttr symbol = op.getStep(step);
  FailureOr<float> value = scalarStepValue(op, symbol, engine.symbols);
  if (failed(value))
    return failure();
  StringRef name = symbol.getValue();
  name.consume_back("_step");
  Tensor result = quantizeTensor(
      input,
      numerics::makeQuantizer({numerics::Scheme::Lsq, /*bits=*/8, isSigned},
                              {*value}),
      /*axis=*/0, isWeight ? StringRef() : name);
  engine.reportCodes(result);
  return result;
}

/// One 1x1 convolution of a quantized squeeze-excite with its bias.
static FailureOr<Tensor>
interpretGateLayer(Engine &engine, SqueezeExciteOp op, const Tensor &input,
                   FlatSymbolRefAttr weight, FlatSymbolRefAttr bias,
                   int64_t outputs, SqueezeExciteOp::Step weightStep) {
  int64_t pictures = input.shape[0], inputs = input.channels();
  auto matrix = activeMatrix(op, weight, outputs, inputs, engine.symbols);
  auto summands = activeVector(op, bias, outputs, engine.symbols);
  if (failed(matrix) || failed(summands))
    return failure();
  Tensor weights;
  weights.shape = {outputs, 1, 1, inputs};
  weights.floats = std::move(*matrix);
  FailureOr<Tensor> codes = quantizeStep(engine, op, weights, weightStep,
                                         /*isSigned=*/true, /*isWeight=*/true);
  if (failed(codes))
    return failure();
  Tensor result = multiplyCodes(
      {pictures, 1, 1, inputs, outputs, 1, 1, /*depthwise=*/false}, input,
      *codes);
  applyRescale(result, result.unitRescale(*summands));
  return result;
}

/// The same arithmetic as that of the operations it materializes to (N17).
static LogicalResult interpretQuantized(Engine &engine, SqueezeExciteOp op) {
  using SE = SqueezeExciteOp;
  FailureOr<Tensor> input = engine.getFloats(op, op.getInput());
  if (failed(input))
    return failure();
  bool isSigned = op.getSignedCodes();
  FailureOr<Tensor> y =
      quantizeStep(engine, op, *input, SE::InputStep, isSigned);
  if (failed(y))
    return failure();
  Tensor floats = decodeTensor(*y);
  FailureOr<Tensor> gate = poolTensor(op, *y, std::nullopt);
  if (failed(gate))
    return failure();
  engine.reportFloats(op.getLayerName().str() + ".pool.output", *gate);
  gate = quantizeStep(engine, op, *gate, SE::ReduceInputStep, isSigned);
  if (failed(gate))
    return failure();
  gate = interpretGateLayer(
      engine, op, *gate, op.getReduceWeightAttr(), op.getReduceBiasAttr(),
      numerics::squeezeWidth(floats.channels()), SE::ReduceWeightStep);
  if (failed(gate))
    return failure();
  llvm::transform(gate->floats, gate->floats.begin(), numerics::relu);
  gate = quantizeStep(engine, op, *gate, SE::ExpandInputStep,
                      /*isSigned=*/false);
  if (failed(gate))
    return failure();
  gate = interpretGateLayer(engine, op, *gate, op.getExpandWeightAttr(),
                            op.getExpandBiasAttr(), floats.channels(),
                            SE::ExpandWeightStep);
  if (failed(gate))
    return failure();
  llvm::transform(gate->floats, gate->floats.begin(), numerics::hSigmoid);
  gate = quantizeStep(engine, op, *gate, SE::GateStep, /*isSigned=*/false);
  if (failed(gate))
    return failure();
  Tensor gates = decodeTensor(*gate);
  scaleChannels(floats, gates.floats);
  floats.bound = numerics::scaleBound(*floats.bound, *gates.bound);
  engine.define(op.getResult(), std::move(floats));
  return success();
}

LogicalResult mlir::oqat::interpretSqueezeExcite(Engine &engine,
                                                 SqueezeExciteOp op) {
  if (op.getBitsAttr()) {
    FailureOr<int64_t> bits = engine.decideBits(op, op.getBitsAttr());
    if (failed(bits))
      return failure();
    if (*bits != FakeQuantizeOp::kFloatBits)
      return interpretQuantized(engine, op);
  }
  FailureOr<Tensor> input = engine.getFloats(op, op.getInput());
  if (failed(input))
    return failure();
  int64_t channels = input->channels();
  int64_t squeezed = numerics::squeezeWidth(channels);
  SymbolTableCollection &symbols = engine.symbols;
  auto reduce =
      activeMatrix(op, op.getReduceWeightAttr(), squeezed, channels, symbols);
  auto expand =
      activeMatrix(op, op.getExpandWeightAttr(), channels, squeezed, symbols);
  auto reduceBias = activeVector(op, op.getReduceBiasAttr(), squeezed, symbols);
  auto expandBias = activeVector(op, op.getExpandBiasAttr(), channels, symbols);
  if (failed(reduce) || failed(expand) || failed(reduceBias) ||
      failed(expandBias))
    return failure();
  FailureOr<Tensor> pooled = poolTensor(op, *input, op.getFraction());
  if (failed(pooled))
    return failure();
  std::string layer = op.getLayerName().str();
  engine.reportFloats(layer + ".pool.output", *pooled);
  std::vector<float> &values = pooled->floats;
  values = kernels::linearFloat(values, input->shape[0], *reduce, *reduceBias);
  llvm::transform(values, values.begin(), numerics::relu);
  engine.reportFloats(layer + ".reduce.output", *pooled);
  values = kernels::linearFloat(values, input->shape[0], *expand, *expandBias);
  llvm::transform(values, values.begin(), numerics::hSigmoid);
  engine.reportFloats(layer + ".expand.output", *pooled);
  scaleChannels(*input, values);
  if (input->bound)
    input->bound = numerics::squeezeExciteBound(*input->bound);
  engine.define(op.getResult(), std::move(*input));
  return success();
}
