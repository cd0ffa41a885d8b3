//===- InterpretFixed.cpp - Levels 1 and 2: elastic and fixed networks ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Both levels are the same operations; an elastic one asks the subnet for what
// a fixed one has in its type or attribute. Quantizers give codes, so
// convolutions between them are exact integers.
//
//===----------------------------------------------------------------------===//

#include "Engine.h"
#include "Kernels.h"

#include "oqat/Numerics/Activations.h"
#include "oqat/Numerics/Input.h"
#include "oqat/Numerics/Pooling.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;
namespace kernels = ::oqat::interpreter;

//===----------------------------------------------------------------------===//
// Shared with the integer level
//===----------------------------------------------------------------------===//

void mlir::oqat::applyRescale(Tensor &tensor,
                              ArrayRef<numerics::Rescale> maps) {
  int64_t channels = tensor.channels();
  if (tensor.kind == Tensor::Kind::Accumulators) {
    float bound = 0;
    for (int64_t c = 0; c < channels; ++c)
      bound = numerics::joinBounds(
          bound, numerics::rescaleBound(tensor.intervals[c], maps[c]));
    tensor.bound = bound;
    tensor.floats.resize(tensor.accumulators.size());
    for (size_t i = 0; i < tensor.floats.size(); ++i)
      tensor.floats[i] =
          numerics::rescale(tensor.accumulators[i], maps[i % channels]);
    tensor.accumulators.clear();
    tensor.intervals.clear();
    tensor.kind = Tensor::Kind::Float;
    return;
  }
  tensor.bound = std::nullopt;
  for (size_t i = 0; i < tensor.floats.size(); ++i)
    tensor.floats[i] =
        numerics::rescaleFloat(tensor.floats[i], maps[i % channels]);
}

Tensor mlir::oqat::quantizeTensor(const Tensor &input, float step,
                                  numerics::CodeRange range, StringRef name) {
  Tensor result;
  result.kind = Tensor::Kind::Codes;
  result.shape = input.shape;
  result.range = range;
  result.step = step;
  result.name = name.str();
  result.codes.resize(input.floats.size());
  float reciprocal = numerics::reciprocalStep(step);
  for (size_t i = 0; i < result.codes.size(); ++i)
    result.codes[i] = numerics::quantize(input.floats[i], reciprocal, range);
  return result;
}

/// Per output channel, every accumulator that the weight codes allow.
static std::vector<numerics::Interval>
accumulatorIntervals(const Tensor &weight, numerics::CodeRange activation) {
  int64_t outputs = weight.shape[0];
  int64_t taps = weight.elements() / outputs;
  std::vector<numerics::Interval> intervals(outputs);
  for (size_t i = 0; i < weight.codes.size(); ++i)
    numerics::addTap(intervals[i / taps], weight.codes[i], activation);
  return intervals;
}

LogicalResult mlir::oqat::interpretConvolution(Engine &engine, Conv2DOp op) {
  const Tensor &input = engine.get(op.getInput());
  const Tensor &weight = engine.get(op.getWeight());
  kernels::ConvShape shape{input.shape[0],
                           input.shape[1],
                           input.shape[2],
                           input.shape[3],
                           weight.shape[0],
                           weight.shape[1],
                           static_cast<int64_t>(op.getStride()),
                           op.getDepthwise()};
  int64_t expected = shape.depthwise ? shape.outputs : weight.shape[3];
  if (shape.inputs != expected)
    return op.emitOpError("expected ")
           << expected << " input channels, but got " << shape.inputs;
  Tensor result;
  result.shape = {shape.images, shape.outHeight(), shape.outWidth(),
                  shape.outputs};
  if (input.kind == Tensor::Kind::Codes && weight.kind == Tensor::Kind::Codes) {
    result.kind = Tensor::Kind::Accumulators;
    result.inputStep = input.step;
    result.weightStep = weight.step;
    result.intervals = accumulatorIntervals(weight, input.range);
    result.accumulators =
        kernels::convolveCodes(shape, input.codes, weight.codes);
  } else {
    FailureOr<Tensor> x = engine.getFloats(op, op.getInput());
    FailureOr<Tensor> w = engine.getFloats(op, op.getWeight());
    if (failed(x) || failed(w))
      return failure();
    result.floats = kernels::convolveFloat(shape, x->floats, w->floats);
  }
  engine.define(op.getResult(), std::move(result));
  return success();
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

static LogicalResult interpret(Engine &engine, NormalizeOp op) {
  const Tensor &pixels = engine.get(op.getImage());
  Tensor result;
  result.shape = pixels.shape;
  int64_t channels = pixels.channels();
  SmallVector<numerics::Rescale> maps;
  for (auto [mean, deviation] : llvm::zip(op.getMean(), op.getDeviation()))
    maps.push_back(numerics::inputRescale(mean, deviation));
  result.floats.resize(pixels.pixels.size());
  for (size_t i = 0; i < result.floats.size(); ++i)
    result.floats[i] =
        numerics::normalize(pixels.pixels[i], maps[i % channels]);
  engine.define(op.getResult(), std::move(result));
  return success();
}

/// The extent that a width attribute decides, or the parameter's own.
static FailureOr<int64_t> decideWidth(Engine &engine, Operation *op,
                                      WidthAttr width, int64_t full) {
  if (!width)
    return ShapedType::isDynamic(full) ? FailureOr<int64_t>(failure()) : full;
  FailureOr<int64_t> value = engine.decide(op, width.getChoice());
  return failed(value) ? value : width.widthFor(*value);
}

static LogicalResult interpret(Engine &engine, WeightOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  FailureOr<int64_t> outputs =
      decideWidth(engine, op, op.getOutAttr(), type.getDimSize(0));
  FailureOr<int64_t> inputs =
      decideWidth(engine, op, op.getInAttr(), type.getDimSize(3));
  FailureOr<int64_t> kernel = type.getDimSize(1);
  if (op.getKernelAttr())
    kernel = engine.decide(op, op.getKernelAttr());
  if (failed(outputs) || failed(inputs) || failed(kernel))
    return failure();
  FailureOr<ActiveWeight> weight =
      activeWeight(op, *outputs, *kernel, *inputs, engine.symbols);
  if (failed(weight))
    return failure();
  Tensor result;
  result.shape = {*outputs, *kernel, *kernel, *inputs};
  result.floats = std::move(weight->values);
  engine.define(op.getResult(), std::move(result));
  return success();
}

static LogicalResult interpret(Engine &engine, FakeQuantizeOp op) {
  FailureOr<Tensor> input = engine.getFloats(op, op.getInput());
  FailureOr<int64_t> bits = failure();
  if (std::optional<int64_t> fixed = op.getFixedBits())
    bits = *fixed;
  else
    bits = engine.decide(op, cast<FlatSymbolRefAttr>(op.getBits()));
  if (failed(input) || failed(bits))
    return failure();
  FailureOr<float> step = stepValue(op, *bits, engine.symbols);
  if (failed(step))
    return failure();
  bool isWeight = isa_and_nonnull<WeightOp>(op.getInput().getDefiningOp());
  Tensor result = quantizeTensor(
      *input, *step, numerics::codeRange(*bits, op.getSignedCodes()),
      isWeight ? StringRef() : op.getTensorName());
  engine.reportCodes(result);
  engine.define(op.getResult(), std::move(result));
  return success();
}

static LogicalResult interpret(Engine &engine, BatchNormOp op) {
  Tensor tensor = engine.get(op.getInput());
  double product = 1.0;
  if (tensor.kind == Tensor::Kind::Accumulators)
    product = static_cast<double>(tensor.inputStep) *
              static_cast<double>(tensor.weightStep);
  else if (tensor.kind != Tensor::Kind::Float)
    return op.emitOpError("expected the result of a convolution");
  FailureOr<std::vector<numerics::Rescale>> maps =
      foldedBatchNorm(op, tensor.channels(), product, engine.symbols);
  if (failed(maps))
    return failure();
  applyRescale(tensor, *maps);
  engine.define(op.getResult(), std::move(tensor));
  return success();
}

static LogicalResult interpret(Engine &engine, ActivationOp op) {
  FailureOr<Tensor> tensor = engine.getFloats(op, op.getInput());
  if (failed(tensor))
    return failure();
  for (float &x : tensor->floats)
    x = op.getKind() == ActivationKind::Relu     ? numerics::relu(x)
        : op.getKind() == ActivationKind::HSwish ? numerics::hSwish(x)
                                                 : numerics::hSigmoid(x);
  if (op.getKind() == ActivationKind::HSigmoid)
    tensor->bound = numerics::hSigmoidBound();
  else if (tensor->bound)
    tensor->bound = numerics::activationBound(*tensor->bound);
  engine.define(op.getResult(), std::move(*tensor));
  return success();
}

/// The pooled values of [pictures, h, w, c], shape [pictures, 1, 1, c].
static FailureOr<Tensor> poolTensor(Operation *op, const Tensor &input,
                                    std::optional<int32_t> fraction) {
  if (!fraction && (!input.bound || !std::isfinite(*input.bound)))
    return op->emitOpError("pools a value that has no finite bound");
  int64_t pixels = input.shape[1] * input.shape[2];
  if (!fraction)
    fraction = numerics::poolFraction(pixels, *input.bound);
  Tensor result;
  result.shape = {input.shape[0], 1, 1, input.channels()};
  result.floats = kernels::poolFixed(input.floats, input.shape[0], pixels,
                                     input.channels(), *fraction);
  return result;
}

static LogicalResult interpret(Engine &engine, PoolOp op) {
  FailureOr<Tensor> input = engine.getFloats(op, op.getInput());
  if (failed(input))
    return failure();
  FailureOr<Tensor> result = poolTensor(op, *input, op.getFraction());
  if (failed(result))
    return failure();
  result->bound = input->bound;
  engine.define(op.getResult(), std::move(*result));
  return success();
}

static LogicalResult interpret(Engine &engine, SqueezeExciteOp op) {
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
  int64_t perPicture = input->shape[1] * input->shape[2] * channels;
  for (size_t i = 0; i < input->floats.size(); ++i)
    input->floats[i] *= values[i / perPicture * channels + i % channels];
  if (input->bound)
    input->bound = numerics::squeezeExciteBound(*input->bound);
  engine.define(op.getResult(), std::move(*input));
  return success();
}

static LogicalResult interpret(Engine &engine, AddOp op) {
  FailureOr<Tensor> lhs = engine.getFloats(op, op.getLhs());
  FailureOr<Tensor> rhs = engine.getFloats(op, op.getRhs());
  if (failed(lhs) || failed(rhs))
    return failure();
  if (lhs->shape != rhs->shape)
    return op.emitOpError("adds tensors of different shapes");
  for (auto [x, y] : llvm::zip(lhs->floats, rhs->floats))
    x += y;
  if (lhs->bound && rhs->bound)
    lhs->bound = numerics::addBound(*lhs->bound, *rhs->bound);
  else
    lhs->bound = std::nullopt;
  engine.define(op.getResult(), std::move(*lhs));
  return success();
}

static LogicalResult interpret(Engine &engine, StageOp op) {
  Tensor value = engine.get(op.getInput());
  for (Region &region : engine.activeBlocks(op)) {
    Block &block = region.front();
    engine.define(block.getArgument(0), std::move(value));
    if (failed(engine.runBlock(block)))
      return failure();
    value = engine.get(block.getTerminator()->getOperand(0));
  }
  engine.define(op.getResult(), std::move(value));
  return success();
}

static LogicalResult interpret(Engine &engine, LinearOp op) {
  FailureOr<Tensor> input = engine.getFloats(op, op.getInput());
  if (failed(input))
    return failure();
  int64_t classes = cast<RankedTensorType>(op.getType()).getDimSize(1);
  int64_t channels = input->elements() / input->shape[0];
  auto weight =
      activeMatrix(op, op.getWeightAttr(), classes, channels, engine.symbols);
  auto bias = activeVector(op, op.getBiasAttr(), classes, engine.symbols);
  if (failed(weight) || failed(bias))
    return failure();
  Tensor result;
  result.shape = {input->shape[0], classes};
  result.floats =
      kernels::linearFloat(input->floats, input->shape[0], *weight, *bias);
  engine.define(op.getResult(), std::move(result));
  return success();
}

bool mlir::oqat::isFixedOp(Operation *op) {
  return isa<NormalizeOp, WeightOp, FakeQuantizeOp, Conv2DOp, BatchNormOp,
             ActivationOp, PoolOp, SqueezeExciteOp, AddOp, StageOp, LinearOp>(
      op);
}

LogicalResult mlir::oqat::interpretFixed(Engine &engine, Operation *op) {
  if (auto conv = dyn_cast<Conv2DOp>(op))
    return interpretConvolution(engine, conv);
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<NormalizeOp, WeightOp, FakeQuantizeOp, BatchNormOp, ActivationOp,
            PoolOp, SqueezeExciteOp, AddOp, StageOp, LinearOp>(
          [&](auto typed) { return interpret(engine, typed); })
      .Default([](Operation *) { return failure(); });
}
