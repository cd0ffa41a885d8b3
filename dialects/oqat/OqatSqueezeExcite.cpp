//===- OqatSqueezeExcite.cpp - Squeeze-excite in 8 bits (N17) -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "oqat/Numerics/Shape.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

void SqueezeExciteOp::makeFloat() {
  removeStepsAttr();
  removeBitsAttr();
  setSignedCodes(false);
}

void SqueezeExciteOp::getChoices(SmallVectorImpl<FlatSymbolRefAttr> &choices) {
  if (auto choice = dyn_cast_or_null<FlatSymbolRefAttr>(getBitsAttr()))
    choices.push_back(choice);
}

namespace {
/// Writes a squeeze-excite of static shape as the operations it consists of.
class GateExpansion {
public:
  GateExpansion(RewriterBase &rewriter, SqueezeExciteOp op, int64_t bits)
      : rewriter(rewriter), op(op), bits(bits) {}

  Value build();

private:
  RankedTensorType typeOf(ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, rewriter.getF32Type());
  }
  Value quantize(Value x, SqueezeExciteOp::Step step, bool isSigned);
  Value layer(Value x, FlatSymbolRefAttr weight, FlatSymbolRefAttr bias,
              SqueezeExciteOp::Step weightStep, int64_t outputs,
              ActivationKind activation);

  RewriterBase &rewriter;
  SqueezeExciteOp op;
  int64_t bits;
};
} // namespace

Value GateExpansion::quantize(Value x, SqueezeExciteOp::Step step,
                              bool isSigned) {
  auto result = rewriter.create<FakeQuantizeOp>(
      op.getLoc(), x.getType(), x, op.getStep(step),
      /*entry=*/IntegerAttr(), rewriter.getI64IntegerAttr(bits),
      isSigned ? rewriter.getUnitAttr() : UnitAttr());
  return result;
}

/// A 1x1 convolution of [pictures, 1, 1, inputs] with bias and activation.
Value GateExpansion::layer(Value x, FlatSymbolRefAttr weight,
                           FlatSymbolRefAttr bias,
                           SqueezeExciteOp::Step weightStep, int64_t outputs,
                           ActivationKind activation) {
  Location loc = op.getLoc();
  ArrayRef<int64_t> shape = cast<RankedTensorType>(x.getType()).getShape();
  Value w = rewriter.create<WeightOp>(
      loc, typeOf({outputs, 1, 1, shape.back()}), weight, WidthAttr(),
      WidthAttr(), FlatSymbolRefAttr(), ArrayAttr());
  w = quantize(w, weightStep, /*isSigned=*/true);
  RankedTensorType type = typeOf({shape.front(), 1, 1, outputs});
  x = rewriter.create<Conv2DOp>(loc, type, x, w, /*stride=*/1,
                                /*depthwise=*/false);
  x = rewriter.create<BiasOp>(loc, type, x, bias);
  return rewriter.create<ActivationOp>(loc, type, activation, x);
}

Value GateExpansion::build() {
  Location loc = op.getLoc();
  RankedTensorType type = op.getTensorType();
  int64_t pictures = type.getDimSize(0), channels = type.getDimSize(3);
  bool isSigned = op.getSignedCodes();
  Value y = quantize(op.getInput(), SqueezeExciteOp::InputStep, isSigned);
  Value gate = rewriter.create<PoolOp>(
      loc, typeOf({pictures, 1, 1, channels}), y, /*step=*/FloatAttr(),
      rewriter.getStringAttr(op.getLayerName() + ".pool"), IntegerAttr());
  gate = quantize(gate, SqueezeExciteOp::ReduceInputStep, isSigned);
  gate = layer(gate, op.getReduceWeightAttr(), op.getReduceBiasAttr(),
               SqueezeExciteOp::ReduceWeightStep,
               numerics::squeezeWidth(channels), ActivationKind::Relu);
  gate = quantize(gate, SqueezeExciteOp::ExpandInputStep, /*isSigned=*/false);
  gate = layer(gate, op.getExpandWeightAttr(), op.getExpandBiasAttr(),
               SqueezeExciteOp::ExpandWeightStep, channels,
               ActivationKind::HSigmoid);
  gate = quantize(gate, SqueezeExciteOp::GateStep, /*isSigned=*/false);
  return rewriter.create<ScaleOp>(loc, type, y, gate);
}

LogicalResult SqueezeExciteOp::materialize(RewriterBase &rewriter,
                                           const Selection &selection) {
  getResult().setType(getInput().getType());
  int64_t bits = FakeQuantizeOp::kFloatBits;
  if (auto choice = dyn_cast_or_null<FlatSymbolRefAttr>(getBitsAttr())) {
    FailureOr<int64_t> value = selection.get(getOperation(), choice);
    if (failed(value))
      return failure();
    bits = *value;
  } else if (auto value = dyn_cast_or_null<IntegerAttr>(getBitsAttr())) {
    bits = value.getInt();
  }
  if (bits == FakeQuantizeOp::kFloatBits)
    makeFloat();
  else
    rewriter.replaceOp(getOperation(),
                       GateExpansion(rewriter, *this, bits).build());
  return success();
}
