//===- ActivationQuantizers.cpp - Codes of signed activations -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The papers quantize every activation with unsigned codes, so that what is
// below 0 becomes 0 where a convolution reads the residual stream, a linear
// bottleneck or an h_swish. Signed codes or a learned offset (LSQ+) keep it.
//
//===----------------------------------------------------------------------===//

#include "ActivationQuantizers.h"

#include "dialects/oqat/Oqat.h"

using namespace mlir;
using namespace mlir::oqat;

bool mlir::oqat::mayBeNegative(Value value) {
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<PoolOp, MaxPoolOp, SqueezeExciteOp>(op))
    return mayBeNegative(op->getOperand(0));
  auto activation = dyn_cast_or_null<ActivationOp>(op);
  return !activation || activation.getKind() == ActivationKind::HSwish;
}

/// A parameter of the step's shape, behind it.
static FlatSymbolRefAttr addOffset(ModuleOp module, FakeQuantizeOp op) {
  auto step = module.lookupSymbol<ParameterOp>(op.getStepAttr());
  StringRef tensor = step.getSymName();
  tensor.consume_back("_step");
  OpBuilder builder(module.getContext());
  builder.setInsertionPointAfter(step);
  auto offset = builder.create<ParameterOp>(
      op.getLoc(), builder.getStringAttr(tensor + "_offset"),
      ParameterKind::Offset, /*constant=*/false, step.getType(),
      ElementsAttr());
  return FlatSymbolRefAttr::get(offset.getSymNameAttr());
}

void mlir::oqat::setActivationQuantizers(ModuleOp module,
                                         ActivationQuantizers kind) {
  if (kind == ActivationQuantizers::Unsigned)
    return;
  module.walk([&](FakeQuantizeOp op) {
    auto bits = dyn_cast<FlatSymbolRefAttr>(op.getBits());
    if (!bits || bits.getValue() != "bits_a" || !mayBeNegative(op.getInput()))
      return;
    if (kind == ActivationQuantizers::Signed)
      op.setSignedCodes(true);
    else
      op.setByAttr(LsqPlusAttr::get(op.getContext(), addOffset(module, op)));
  });
}
