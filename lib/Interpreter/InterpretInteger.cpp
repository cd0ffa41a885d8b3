//===- InterpretInteger.cpp - Level 3: integer networks -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Engine.h"

#include "oqat/Numerics/Quantizer.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

static std::vector<float> toVector(Attribute step) {
  SmallVector<float> steps = stepsOf(step);
  return std::vector<float>(steps.begin(), steps.end());
}

/// The quantizer behind a tensor of codes with these steps.
static numerics::Quantizer quantizerOf(Value codes, Attribute step) {
  auto type = cast<quant::QuantizedType>(
      cast<RankedTensorType>(codes.getType()).getElementType());
  numerics::Quantizer result;
  result.steps = toVector(step);
  result.range = {static_cast<int32_t>(type.getStorageTypeMin()),
                  static_cast<int32_t>(type.getStorageTypeMax())};
  if (auto uniform = dyn_cast<quant::UniformQuantizedType>(type))
    result.zeroPoint = static_cast<int32_t>(uniform.getZeroPoint());
  return result;
}

static LogicalResult interpret(Engine &engine, ConstantWeightOp op) {
  if (!isa<DenseElementsAttr>(op.getValueAttr()))
    return op.emitOpError("expected dense values");
  Tensor result;
  result.shape = cast<RankedTensorType>(op.getType()).getShape().vec();
  result.floats = floatsOf(op.getValueAttr());
  engine.define(op.getResult(), std::move(result));
  return success();
}

static LogicalResult interpret(Engine &engine, ConstantCodesOp op) {
  Tensor result;
  result.kind = Tensor::Kind::Codes;
  result.shape = cast<RankedTensorType>(op.getType()).getShape().vec();
  result.quantizer = quantizerOf(op.getResult(), op.getStep());
  result.quantizer.oddLevels = op.getOdd();
  auto codes = op.getCodes().getValues<int8_t>();
  result.codes.assign(codes.begin(), codes.end());
  engine.define(op.getResult(), std::move(result));
  return success();
}

static LogicalResult interpret(Engine &engine, QuantizeOp op) {
  FailureOr<Tensor> input = engine.getFloats(op, op.getInput());
  if (failed(input))
    return failure();
  Tensor result = quantizeTensor(
      *input, quantizerOf(op.getResult(), op.getStep()),
      static_cast<int64_t>(input->shape.size()) - 1, op.getTensorName());
  engine.reportCodes(result);
  engine.define(op.getResult(), std::move(result));
  return success();
}

/// Stays an accumulator until it is read: a batch norm takes the steps into its
/// own scale, as N1 wants it.
static LogicalResult interpret(Engine &engine, DequantizeOp op) {
  Tensor tensor = engine.get(op.getInput());
  tensor.inputSteps = toVector(op.getInputStep());
  tensor.weightSteps = toVector(op.getWeightStep());
  engine.define(op.getResult(), std::move(tensor));
  return success();
}

static LogicalResult interpret(Engine &engine, DecodeOp op) {
  engine.define(op.getResult(), decodeTensor(engine.get(op.getInput())));
  return success();
}

static LogicalResult interpret(Engine &engine, ResidualAddOp op) {
  return interpretStreamAdd(engine, op, op.getInput(), op.getStream(),
                            op.getTensorName());
}

static LogicalResult interpret(Engine &engine, RescaleOp op) {
  SmallVector<numerics::Rescale> maps;
  for (auto [a, b] :
       llvm::zip(floatsOf(op.getScaleAttr()), floatsOf(op.getBiasAttr())))
    maps.push_back({a, b});
  Tensor tensor = engine.get(op.getInput());
  if (tensor.kind == Tensor::Kind::Codes)
    return op.emitOpError("expected the result of a convolution");
  if (tensor.channels() != static_cast<int64_t>(maps.size()))
    return op.emitOpError("expected ")
           << maps.size() << " channels, but got " << tensor.channels();
  applyRescale(tensor, maps);
  engine.define(op.getResult(), std::move(tensor));
  return success();
}

bool mlir::oqat::isIntegerOp(Operation *op) {
  return isa<ConstantWeightOp, ConstantCodesOp, QuantizeOp, DequantizeOp,
             DecodeOp, ResidualAddOp, RescaleOp>(op);
}

LogicalResult mlir::oqat::interpretInteger(Engine &engine, Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<ConstantWeightOp, ConstantCodesOp, QuantizeOp, DequantizeOp,
            DecodeOp, ResidualAddOp, RescaleOp>(
          [&](auto typed) { return interpret(engine, typed); })
      .Default([](Operation *) { return failure(); });
}
