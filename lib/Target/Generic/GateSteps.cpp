//===- GateSteps.cpp - Where gated codes take steps -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GateSteps.h"

#include "Epilogue.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

int64_t mlir::oqat::countGateSteps(ElementwiseOp op) {
  auto codes = cast<CodesType>(op.getResult().getType().getElementType());
  return (int64_t(1) << codes.getBits()) - 1;
}

//===----------------------------------------------------------------------===//
// What is known of gates
//===----------------------------------------------------------------------===//

/// Products of factors stay normal, and 256 of them finite.
static constexpr float kLeastFactor = 1e-12f, kMostFactor = 1e6f;

static bool isFactor(float value) {
  return value >= kLeastFactor && value <= kMostFactor;
}

static bool areFactors(DenseElementsAttr values) {
  return llvm::all_of(values.getValues<float>(), isFactor);
}

/// Whether these are codes of 8 bits times scales, none above 1.
static bool areInUnit(Value gates) {
  auto op = gates.getDefiningOp<ElementwiseOp>();
  if (!op || !isa<CodesType>(op.getInput().getType().getElementType()) ||
      op.getInputZeroPoint() != 0 || !op.getScaleAttr() || op.getBiasAttr() ||
      op.getActivation() || op.getGate() || op.getResidual() ||
      !op.getResult().getType().getElementType().isF32())
    return false;
  constexpr float kMostCode = 255;
  return areFactors(op.getScaleAttr()) &&
         llvm::all_of(op.getScaleAttr().getValues<float>(),
                      [](float scale) { return kMostCode * scale <= 1; });
}

bool mlir::oqat::hasUnitGates(ElementwiseOp op) {
  auto reciprocal = dyn_cast_or_null<FloatAttr>(op.getReciprocalAttr());
  return isa<CodesType>(op.getInput().getType().getElementType()) &&
         op.getGate() && reciprocal &&
         isFactor(reciprocal.getValue().convertToFloat()) &&
         op.getScaleAttr() && areFactors(op.getScaleAttr()) &&
         !op.getBiasAttr() && !op.getActivation() && !op.getResidual() &&
         areInUnit(op.getGate());
}

SmallVector<float> mlir::oqat::getGateFactors(ElementwiseOp op) {
  float reciprocal =
      cast<FloatAttr>(op.getReciprocalAttr()).getValue().convertToFloat();
  SmallVector<float> factors;
  for (float scale : op.getScaleAttr().getValues<float>())
    factors.push_back(scale * reciprocal);
  return factors;
}

//===----------------------------------------------------------------------===//
// The search
//===----------------------------------------------------------------------===//

GateSteps::GateSteps(KernelBuilder &builder, const EmitContext &context,
                     ElementwiseOp op, bool areUnit)
    : builder(builder), frame(context.frame), zeroPoint(op.getInputZeroPoint()),
      resultPoint(op.getZeroPoint()), highest(countGateSteps(op)),
      words(builder.vectorOf(builder.getI32Type(), context.target.lanes)),
      floats(builder.vectorOf(builder.getF32Type(), context.target.lanes)),
      epilogue(builder, context, op) {
  if (areUnit)
    factors = addFloats(frame, getGateFactors(op), 4 * context.target.lanes);
}

Value GateSteps::codeOf(Value input, Value channel) {
  if (zeroPoint != 0)
    input = builder.sub(input, word(zeroPoint));
  return epilogue.toCodes(input, channel);
}

SmallVector<Value> GateSteps::bisect(Value channel, Value flip,
                                     ArrayRef<Value> wanted) {
  SmallVector<Value> lasts(wanted.size(), word(0));
  for (int64_t bit = kInputs / 2; bit != 0; bit /= 2)
    for (auto [last, step] : llvm::zip_equal(lasts, wanted)) {
      Value next = builder.add(last, word(bit));
      Value code = codeOf(builder.create<arith::XOrIOp>(next, flip), channel);
      Value isBelow =
          builder.create<arith::CmpIOp>(arith::CmpIPredicate::slt, code, step);
      last = builder.create<arith::SelectOp>(isBelow, next, last);
    }
  return lasts;
}

Value GateSteps::getFactors(Value channel) {
  Value offset = builder.mul(channel, 4);
  return builder.create<arith::MulFOp>(
      builder.load(floats, builder.at(factors, offset)),
      builder.load(floats, builder.at(frame.gate, offset)));
}

/// The least float that is rounded to an integer: halves go to even ones.
static float leastOf(int64_t integer) {
  float half = static_cast<float>(integer) - 0.5f;
  return integer % 2 == 0
             ? half
             : std::nextafter(half, std::numeric_limits<float>::infinity());
}

SmallVector<Value> GateSteps::guess(Value channel) {
  Value inverse = builder.create<arith::DivFOp>(builder.constant(floats, 1),
                                                getFactors(channel));
  SmallVector<Value> lasts;
  for (int64_t code = 1; code <= highest; ++code) {
    Value reached = builder.constant(floats, leastOf(code - resultPoint));
    // Never a NaN, as that is no 0.
    Value place = builder.create<arith::MulFOp>(reached, inverse);
    Value nearest = builder.round(emitClamp(builder, place, -kInputs, kInputs));
    Value isBelow = builder.create<arith::CmpFOp>(
        arith::CmpFPredicate::OLT, epilogue.toRounded(nearest, channel),
        reached);
    Value last = builder.create<arith::SelectOp>(
        isBelow, builder.add(nearest, word(zeroPoint)),
        builder.add(nearest, word(zeroPoint - 1)));
    last = builder.create<arith::MaxSIOp>(last, word(0));
    lasts.push_back(builder.create<arith::MinSIOp>(last, word(kInputs - 1)));
  }
  return lasts;
}
