//===- InterpretProducts.cpp - Convolutions and matrix products ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Between codes the result is the exact integer, at every level.
//
//===----------------------------------------------------------------------===//

#include "Engine.h"
#include "Kernels.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;
namespace kernels = ::oqat::interpreter;

/// What codes stand for, in steps.
static std::vector<int16_t> levelsOf(const Tensor &tensor) {
  const numerics::Quantizer &q = tensor.quantizer;
  std::vector<int16_t> levels = tensor.codes;
  for (int16_t &level : levels)
    level = static_cast<int16_t>(
        numerics::weightValue(level - q.zeroPoint, q.oddLevels));
  return levels;
}

Tensor mlir::oqat::multiplyCodes(const kernels::ConvShape &shape,
                                 const Tensor &input, const Tensor &weight) {
  Tensor result;
  result.shape = {shape.images, shape.outHeight(), shape.outWidth(),
                  shape.outputs};
  result.kind = Tensor::Kind::Accumulators;
  result.inputSteps = input.quantizer.steps;
  result.weightSteps = weight.quantizer.steps;
  result.intervals = numerics::accumulatorIntervals(
      weight.codes, shape.outputs, weight.quantizer.oddLevels,
      numerics::aroundZeroPoint(input.quantizer.range,
                                input.quantizer.zeroPoint));
  result.accumulators =
      kernels::convolveCodes(shape, levelsOf(input), levelsOf(weight));
  return result;
}

static bool areCodes(const Tensor &input, const Tensor &weight) {
  return input.kind == Tensor::Kind::Codes &&
         weight.kind == Tensor::Kind::Codes;
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
  if (areCodes(input, weight)) {
    engine.define(op.getResult(), multiplyCodes(shape, input, weight));
    return success();
  }
  FailureOr<Tensor> x = engine.getFloats(op, op.getInput());
  FailureOr<Tensor> w = engine.getFloats(op, op.getWeight());
  if (failed(x) || failed(w))
    return failure();
  Tensor result;
  result.shape = {shape.images, shape.outHeight(), shape.outWidth(),
                  shape.outputs};
  result.floats = kernels::convolveFloat(shape, x->floats, w->floats);
  if (x->bound)
    result.bound =
        numerics::floatLayerBound(w->floats, shape.outputs, *x->bound);
  engine.define(op.getResult(), std::move(result));
  return success();
}

LogicalResult mlir::oqat::interpretLinear(Engine &engine, LinearOp op) {
  const Tensor &input = engine.get(op.getInput());
  const Tensor &weight = engine.get(op.getWeight());
  int64_t pictures = input.shape[0], classes = weight.shape[0];
  int64_t channels = input.elements() / pictures;
  if (channels != weight.shape[1])
    return op.emitOpError("expected ")
           << weight.shape[1] << " input channels, but got " << channels;
  std::vector<float> bias(classes, 0.0f);
  if (op.getBiasAttr()) {
    auto values = activeVector(op, op.getBiasAttr(), classes, engine.symbols);
    if (failed(values))
      return failure();
    bias = std::move(*values);
  }
  Tensor result;
  if (areCodes(input, weight)) {
    result = multiplyCodes(
        {pictures, 1, 1, channels, classes, 1, 1, /*depthwise=*/false}, input,
        weight);
    result.shape = {pictures, classes};
    if (op.getBiasAttr())
      applyRescale(result, result.unitRescale(bias));
  } else {
    FailureOr<Tensor> x = engine.getFloats(op, op.getInput());
    FailureOr<Tensor> w = engine.getFloats(op, op.getWeight());
    if (failed(x) || failed(w))
      return failure();
    result.shape = {pictures, classes};
    result.floats = kernels::linearFloat(x->floats, pictures, w->floats, bias);
  }
  engine.define(op.getResult(), std::move(result));
  return success();
}
