//===- OqatDifferentiable.cpp - Stages of the training kernels ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The element arithmetic of every pointwise operation and its gradient, as
// arith and math operations: the formulas of oqat/Numerics, operation by
// operation, in the same order. Clamps are a compare and a select, and a
// gradient is the incoming one times a factor, so that NaN propagates (N11).
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "oqat/Numerics/Activations.h"

using namespace mlir;
using namespace mlir::oqat;
using arith::CmpFPredicate;

namespace {
/// Writes float arithmetic on values of one type, `f32` or a vector of it.
class FloatEmitter {
public:
  FloatEmitter(OpBuilder &builder, Location loc, Value like)
      : builder(builder), loc(loc), type(like.getType()) {}

  Value constant(float value) {
    TypedAttr attr = builder.getF32FloatAttr(value);
    if (auto shaped = dyn_cast<ShapedType>(type))
      attr = DenseElementsAttr::get(shaped, value);
    return builder.create<arith::ConstantOp>(loc, attr);
  }
  Value add(Value a, Value b) {
    return builder.create<arith::AddFOp>(loc, a, b);
  }
  Value sub(Value a, Value b) {
    return builder.create<arith::SubFOp>(loc, a, b);
  }
  Value mul(Value a, Value b) {
    return builder.create<arith::MulFOp>(loc, a, b);
  }
  Value roundEven(Value a) { return builder.create<math::RoundEvenOp>(loc, a); }
  /// a `predicate` b ? yes : no.
  Value select(CmpFPredicate predicate, Value a, Value b, Value yes, Value no) {
    Value condition = builder.create<arith::CmpFOp>(loc, predicate, a, b);
    return builder.create<arith::SelectOp>(loc, condition, yes, no);
  }
  /// `value` where it is a number, else NaN as in `source`.
  Value keepNaN(Value source, Value value) {
    return select(CmpFPredicate::UNO, source, source, source, value);
  }
  /// min(max(z + 3, 0), 6) of N2.
  Value relu6Plus3(Value z) {
    Value zero = constant(0.0f), six = constant(6.0f);
    Value t = add(z, constant(3.0f));
    t = select(CmpFPredicate::OLT, t, zero, zero, t);
    return select(CmpFPredicate::OGT, t, six, six, t);
  }

private:
  OpBuilder &builder;
  Location loc;
  Type type;
};

PointwiseStage rescaleStage() {
  return {"rescale", {StageOperand::Scale, StageOperand::Bias}, true, false};
}

Value rescaleForward(OpBuilder &builder, Location loc, ValueRange operands) {
  FloatEmitter emit(builder, loc, operands[0]);
  return emit.add(emit.mul(operands[0], operands[1]), operands[2]);
}

void rescaleBackward(OpBuilder &builder, Location loc, ValueRange operands,
                     Value grad, SmallVectorImpl<Value> &operandGrads) {
  FloatEmitter emit(builder, loc, operands[0]);
  Value xGrad = emit.mul(grad, operands[1]);
  operandGrads.assign({xGrad, emit.mul(grad, operands[0]), grad});
}
} // namespace

//===----------------------------------------------------------------------===//
// Rescale: batch_norm, rescale, and a quantized conv2d that has neither
//===----------------------------------------------------------------------===//

PointwiseStage Conv2DOp::getStage() {
  if (!getInput().getDefiningOp<FakeQuantizeOp>() ||
      !getWeight().getDefiningOp<FakeQuantizeOp>())
    return {};
  Value result = getResult();
  if (result.hasOneUse() && isa<BatchNormOp>(*result.user_begin()))
    return {};
  return rescaleStage();
}

PointwiseStage BatchNormOp::getStage() { return rescaleStage(); }
PointwiseStage RescaleOp::getStage() { return rescaleStage(); }

Value Conv2DOp::buildForward(OpBuilder &builder, Location loc,
                             ValueRange operands) {
  return rescaleForward(builder, loc, operands);
}

void Conv2DOp::buildBackward(OpBuilder &builder, Location loc,
                             ValueRange operands, Value grad,
                             SmallVectorImpl<Value> &operandGrads) {
  rescaleBackward(builder, loc, operands, grad, operandGrads);
}

Value BatchNormOp::buildForward(OpBuilder &builder, Location loc,
                                ValueRange operands) {
  return rescaleForward(builder, loc, operands);
}

void BatchNormOp::buildBackward(OpBuilder &builder, Location loc,
                                ValueRange operands, Value grad,
                                SmallVectorImpl<Value> &operandGrads) {
  rescaleBackward(builder, loc, operands, grad, operandGrads);
}

Value RescaleOp::buildForward(OpBuilder &builder, Location loc,
                              ValueRange operands) {
  return rescaleForward(builder, loc, operands);
}

void RescaleOp::buildBackward(OpBuilder &builder, Location loc,
                              ValueRange operands, Value grad,
                              SmallVectorImpl<Value> &operandGrads) {
  rescaleBackward(builder, loc, operands, grad, operandGrads);
}

//===----------------------------------------------------------------------===//
// ActivationOp
//===----------------------------------------------------------------------===//

PointwiseStage ActivationOp::getStage() {
  return {stringifyActivationKind(getKind()), {}, false, false};
}

Value ActivationOp::buildForward(OpBuilder &builder, Location loc,
                                 ValueRange operands) {
  Value z = operands[0];
  FloatEmitter emit(builder, loc, z);
  Value sixth = emit.constant(::oqat::numerics::kSixth);
  switch (getKind()) {
  case ActivationKind::Relu: {
    Value zero = emit.constant(0.0f);
    return emit.select(CmpFPredicate::OLT, z, zero, zero, z);
  }
  case ActivationKind::HSwish:
    return emit.mul(emit.mul(z, emit.relu6Plus3(z)), sixth);
  case ActivationKind::HSigmoid:
    return emit.mul(emit.relu6Plus3(z), sixth);
  case ActivationKind::Relu6: {
    Value zero = emit.constant(0.0f), six = emit.constant(6.0f);
    Value t = emit.select(CmpFPredicate::OLT, z, zero, zero, z);
    return emit.select(CmpFPredicate::OGT, t, six, six, t);
  }
  }
  llvm_unreachable("unknown activation");
}

void ActivationOp::buildBackward(OpBuilder &builder, Location loc,
                                 ValueRange operands, Value grad,
                                 SmallVectorImpl<Value> &operandGrads) {
  Value z = operands[0];
  FloatEmitter emit(builder, loc, z);
  Value zero = emit.constant(0.0f), one = emit.constant(1.0f);
  Value three = emit.constant(3.0f), minusThree = emit.constant(-3.0f);
  Value sixth = emit.constant(::oqat::numerics::kSixth);
  Value factor;
  switch (getKind()) {
  case ActivationKind::Relu:
    factor =
        emit.select(CmpFPredicate::OLE, z, zero, zero, emit.keepNaN(z, one));
    break;
  case ActivationKind::HSwish: {
    Value doubled = emit.mul(emit.constant(2.0f), z);
    Value middle = emit.mul(emit.add(doubled, three), sixth);
    factor = emit.select(CmpFPredicate::OGE, z, three, one, middle);
    factor = emit.select(CmpFPredicate::OLE, z, minusThree, zero, factor);
    break;
  }
  case ActivationKind::HSigmoid:
    factor =
        emit.select(CmpFPredicate::OGE, z, three, zero, emit.keepNaN(z, sixth));
    factor = emit.select(CmpFPredicate::OLE, z, minusThree, zero, factor);
    break;
  case ActivationKind::Relu6:
    factor = emit.select(CmpFPredicate::OGE, z, emit.constant(6.0f), zero,
                         emit.keepNaN(z, one));
    factor = emit.select(CmpFPredicate::OLE, z, zero, zero, factor);
    break;
  }
  operandGrads.assign({emit.mul(grad, factor)});
}

//===----------------------------------------------------------------------===//
// AddOp
//===----------------------------------------------------------------------===//

PointwiseStage AddOp::getStage() {
  if (getStep())
    return {};
  return {"add", {StageOperand::Residual}, false, false};
}

Value AddOp::buildForward(OpBuilder &builder, Location loc,
                          ValueRange operands) {
  return FloatEmitter(builder, loc, operands[0]).add(operands[0], operands[1]);
}

void AddOp::buildBackward(OpBuilder &builder, Location loc, ValueRange operands,
                          Value grad, SmallVectorImpl<Value> &operandGrads) {
  operandGrads.assign({grad, grad});
}

//===----------------------------------------------------------------------===//
// SqueezeExciteOp: its gate is computed apart, the product is the stage
//===----------------------------------------------------------------------===//

PointwiseStage SqueezeExciteOp::getStage() {
  if (getSteps())
    return {};
  return {"scale", {StageOperand::Gate}, true, false};
}

Value SqueezeExciteOp::buildForward(OpBuilder &builder, Location loc,
                                    ValueRange operands) {
  return FloatEmitter(builder, loc, operands[0]).mul(operands[0], operands[1]);
}

void SqueezeExciteOp::buildBackward(OpBuilder &builder, Location loc,
                                    ValueRange operands, Value grad,
                                    SmallVectorImpl<Value> &operandGrads) {
  FloatEmitter emit(builder, loc, grad);
  Value yGrad = emit.mul(grad, operands[1]);
  operandGrads.assign({yGrad, emit.mul(grad, operands[0])});
}

//===----------------------------------------------------------------------===//
// FakeQuantizeOp
//===----------------------------------------------------------------------===//

PointwiseStage FakeQuantizeOp::getStage() {
  return {"quantize",
          {StageOperand::Reciprocal, StageOperand::Lower, StageOperand::Upper},
          false,
          true};
}

Value FakeQuantizeOp::buildForward(OpBuilder &builder, Location loc,
                                   ValueRange operands) {
  FloatEmitter emit(builder, loc, operands[0]);
  Value lower = operands[2], upper = operands[3];
  Value u = emit.mul(operands[0], operands[1]);
  u = emit.select(CmpFPredicate::OLT, u, lower, lower, u);
  u = emit.select(CmpFPredicate::OGT, u, upper, upper, u);
  return emit.roundEven(u);
}

// The edges themselves lie outside: no gradient passes there, and the step
// gets Qn or Qp.
void FakeQuantizeOp::buildBackward(OpBuilder &builder, Location loc,
                                   ValueRange operands, Value grad,
                                   SmallVectorImpl<Value> &operandGrads) {
  FloatEmitter emit(builder, loc, operands[0]);
  Value lower = operands[2], upper = operands[3];
  Value u = emit.mul(operands[0], operands[1]);
  auto outside = [&](Value low, Value high, Value inside) {
    Value high2 = emit.select(CmpFPredicate::OGE, u, upper, high, inside);
    return emit.select(CmpFPredicate::OLE, u, lower, low, high2);
  };
  Value zero = emit.constant(0.0f);
  Value pass = outside(zero, zero, emit.keepNaN(u, emit.constant(1.0f)));
  Value step = outside(lower, upper, emit.sub(emit.roundEven(u), u));
  Value yGrad = emit.mul(grad, pass);
  operandGrads.assign({yGrad, emit.mul(grad, step), Value(), Value()});
}
