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
#include "oqat/Numerics/Residual.h"
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
  if (tensor.bound) {
    float bound = 0;
    for (numerics::Rescale map : maps)
      bound = numerics::joinBounds(
          bound, numerics::rescaleFloatBound(*tensor.bound, map));
    tensor.bound = bound;
  }
  for (size_t i = 0; i < tensor.floats.size(); ++i)
    tensor.floats[i] =
        numerics::rescaleFloat(tensor.floats[i], maps[i % channels]);
}

Tensor mlir::oqat::quantizeTensor(const Tensor &input,
                                  numerics::Quantizer quantizer, int64_t axis,
                                  StringRef name) {
  size_t inner = 1;
  for (size_t dim = axis + 1; dim < input.shape.size(); ++dim)
    inner *= input.shape[dim];
  Tensor result;
  result.kind = Tensor::Kind::Codes;
  result.shape = input.shape;
  result.name = name.str();
  result.codes = numerics::quantizeAll(quantizer, input.floats, inner);
  result.quantizer = std::move(quantizer);
  return result;
}

Tensor mlir::oqat::decodeTensor(const Tensor &codes) {
  const numerics::Quantizer &q = codes.quantizer;
  numerics::CodeRange range = numerics::aroundZeroPoint(q.range, q.zeroPoint);
  Tensor result;
  result.shape = codes.shape;
  float bound = 0;
  for (float step : q.steps)
    bound = numerics::joinBounds(bound, numerics::codeBound(range, step));
  result.bound = bound;
  result.floats.reserve(codes.codes.size());
  // Steps per channel are those of the last dimension: weights stay codes.
  for (auto [i, code] : llvm::enumerate(codes.codes))
    result.floats.push_back(numerics::dequantize(q, code, i % q.steps.size()));
  return result;
}

LogicalResult mlir::oqat::interpretStreamAdd(Engine &engine, Operation *op,
                                             Value input, Value stream,
                                             StringRef name) {
  FailureOr<Tensor> z = engine.getFloats(op, input);
  if (failed(z))
    return failure();
  Tensor result = engine.get(stream);
  if (result.kind != Tensor::Kind::Codes)
    return op->emitOpError("expected a stream of codes to add to");
  if (result.shape != z->shape)
    return op->emitOpError("adds tensors of different shapes");
  float reciprocal = numerics::reciprocalStep(result.quantizer.steps.front());
  for (auto [code, summand] : llvm::zip(result.codes, z->floats))
    code = numerics::addToStream(code, summand, reciprocal);
  result.name = name.str();
  engine.reportCodes(result);
  engine.define(op->getResult(0), std::move(result));
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
  result.bound = numerics::inputBound(maps);
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
  bool isMatrix = type.getRank() == 2;
  FailureOr<int64_t> outputs =
      decideWidth(engine, op, op.getOutAttr(), type.getDimSize(0));
  FailureOr<int64_t> inputs =
      decideWidth(engine, op, op.getInAttr(), type.getShape().back());
  FailureOr<int64_t> kernel = isMatrix ? 1 : type.getDimSize(1);
  if (op.getKernelAttr())
    kernel = engine.decide(op, op.getKernelAttr());
  if (failed(outputs) || failed(inputs) || failed(kernel))
    return failure();
  FailureOr<ActiveWeight> weight =
      activeWeight(op, *outputs, *kernel, *inputs, engine.symbols);
  if (failed(weight))
    return failure();
  Tensor result;
  if (isMatrix)
    result.shape = {*outputs, *inputs};
  else
    result.shape = {*outputs, *kernel, *kernel, *inputs};
  result.floats = std::move(weight->values);
  engine.define(op.getResult(), std::move(result));
  return success();
}

static LogicalResult interpret(Engine &engine, FakeQuantizeOp op) {
  FailureOr<int64_t> bits = engine.decideBits(op, op.getBits());
  if (failed(bits))
    return failure();
  if (*bits == FakeQuantizeOp::kFloatBits) {
    engine.define(op.getResult(), engine.get(op.getInput()));
    return success();
  }
  FailureOr<Tensor> input = engine.getFloats(op, op.getInput());
  if (failed(input) || failed(normalizeForQuantizer(op, input->floats)))
    return failure();
  auto axis = static_cast<int64_t>(op.getAxis().value_or(0));
  auto quantizer = resolveQuantizer(
      op, *bits, op.getAxis() ? input->shape[axis] : 1, engine.symbols);
  if (failed(quantizer))
    return failure();
  StringRef name = engine.nameOf(op.getResult());
  if (name.empty() && !op.isWeight())
    name = op.getTensorName();
  Tensor result = quantizeTensor(*input, std::move(*quantizer), axis, name);
  engine.reportCodes(result);
  engine.define(op.getResult(), std::move(result));
  return success();
}

static LogicalResult interpret(Engine &engine, BatchNormOp op) {
  Tensor tensor = engine.get(op.getInput());
  if (tensor.kind == Tensor::Kind::Codes)
    tensor = decodeTensor(tensor);
  std::vector<double> products = {1.0};
  if (tensor.kind == Tensor::Kind::Accumulators)
    products = tensor.stepProducts();
  FailureOr<std::vector<numerics::Rescale>> maps =
      foldedBatchNorm(op, tensor.channels(), products, engine.symbols);
  if (failed(maps))
    return failure();
  applyRescale(tensor, *maps);
  engine.define(op.getResult(), std::move(tensor));
  return success();
}

/// B of N1 where the accumulator is at hand, else the last summand (N5).
static LogicalResult interpret(Engine &engine, BiasOp op) {
  Tensor tensor = engine.get(op.getInput());
  if (tensor.kind == Tensor::Kind::Codes)
    tensor = decodeTensor(tensor);
  auto bias = activeVector(op, op.getParameterAttr(), tensor.channels(),
                           engine.symbols);
  if (failed(bias))
    return failure();
  std::vector<numerics::Rescale> maps;
  if (tensor.kind == Tensor::Kind::Accumulators)
    maps = tensor.unitRescale(*bias);
  else
    for (float value : *bias)
      maps.push_back({1.0f, value});
  applyRescale(tensor, maps);
  engine.define(op.getResult(), std::move(tensor));
  return success();
}

static float activate(ActivationKind kind, float x) {
  switch (kind) {
  case ActivationKind::Relu:
    return numerics::relu(x);
  case ActivationKind::Relu6:
    return numerics::relu6(x);
  case ActivationKind::HSwish:
    return numerics::hSwish(x);
  case ActivationKind::HSigmoid:
    return numerics::hSigmoid(x);
  }
  llvm_unreachable("unknown activation");
}

static LogicalResult interpret(Engine &engine, ActivationOp op) {
  FailureOr<Tensor> tensor = engine.getFloats(op, op.getInput());
  if (failed(tensor))
    return failure();
  for (float &x : tensor->floats)
    x = activate(op.getKind(), x);
  tensor->bound = op.boundResult(tensor->bound);
  engine.define(op.getResult(), std::move(*tensor));
  return success();
}

static LogicalResult interpret(Engine &engine, MaxPoolOp op) {
  FailureOr<Tensor> input = engine.getFloats(op, op.getInput());
  if (failed(input))
    return failure();
  int64_t channels = input->channels();
  kernels::ConvShape shape = {input->shape[0],
                              input->shape[1],
                              input->shape[2],
                              channels,
                              channels,
                              static_cast<int64_t>(op.getKernel()),
                              static_cast<int64_t>(op.getStride()),
                              /*depthwise=*/true};
  Tensor result;
  result.shape = {shape.images, shape.outHeight(), shape.outWidth(), channels};
  result.floats = kernels::poolMax(shape, input->floats);
  result.bound = input->bound;
  engine.define(op.getResult(), std::move(result));
  return success();
}

static LogicalResult interpret(Engine &engine, PoolOp op) {
  FailureOr<Tensor> input = engine.getFloats(op, op.getInput());
  if (failed(input))
    return failure();
  const Tensor &given = engine.get(op.getInput());
  bool areCodes =
      given.kind == Tensor::Kind::Codes && given.quantizer.steps.size() == 1;
  FailureOr<Tensor> result =
      poolTensor(op, areCodes ? given : *input, op.getFraction());
  if (failed(result))
    return failure();
  result->bound = input->bound;
  engine.define(op.getResult(), std::move(*result));
  return success();
}

static LogicalResult interpret(Engine &engine, ScaleOp op) {
  FailureOr<Tensor> input = engine.getFloats(op, op.getInput());
  FailureOr<Tensor> gate = engine.getFloats(op, op.getGate());
  if (failed(input) || failed(gate))
    return failure();
  if (gate->elements() != input->shape[0] * input->channels())
    return op.emitOpError("expected one gate per picture and channel");
  scaleChannels(*input, gate->floats);
  if (input->bound && gate->bound)
    input->bound = numerics::scaleBound(*input->bound, *gate->bound);
  else
    input->bound = std::nullopt;
  engine.define(op.getResult(), std::move(*input));
  return success();
}

static LogicalResult interpret(Engine &engine, AddOp op) {
  FailureOr<bool> isStream = engine.addsToStream(op);
  if (failed(isStream))
    return failure();
  if (*isStream)
    return interpretStreamAdd(engine, op, op.getLhs(), op.getRhs(),
                              engine.nameOf(op.getResult()));
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

bool mlir::oqat::isFixedOp(Operation *op) {
  return isa<NormalizeOp, WeightOp, FakeQuantizeOp, Conv2DOp, BatchNormOp,
             BiasOp, ActivationOp, PoolOp, MaxPoolOp, SqueezeExciteOp, ScaleOp,
             AddOp, StageOp, LinearOp>(op);
}

LogicalResult mlir::oqat::interpretFixed(Engine &engine, Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](Conv2DOp conv) { return interpretConvolution(engine, conv); })
      .Case([&](LinearOp linear) { return interpretLinear(engine, linear); })
      .Case([&](SqueezeExciteOp gate) {
        return interpretSqueezeExcite(engine, gate);
      })
      .Case<NormalizeOp, WeightOp, FakeQuantizeOp, BatchNormOp, BiasOp,
            ActivationOp, PoolOp, MaxPoolOp, ScaleOp, AddOp, StageOp>(
          [&](auto typed) { return interpret(engine, typed); })
      .Default([](Operation *) { return failure(); });
}
