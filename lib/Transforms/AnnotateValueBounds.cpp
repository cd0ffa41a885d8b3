//===- AnnotateValueBounds.cpp - Fixed-point fractions of pools -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Records F of N4 on every pool and squeeze-excite: the largest fraction with
// which the sum of all pixels fits 32 bits, from the bound of its input.
//
// Before:
//   %p = oqat.pool %a : tensor<1x4x4x256xf32> -> tensor<1x1x1x256xf32>
// After:
//   %p = oqat.pool %a {fraction = 24 : i32} : ...
//
// Needs an integer network: bounds come from its weight codes.
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "oqat/Analysis/ValueBounds.h"
#include "oqat/Numerics/Pooling.h"
#include "oqat/Transforms/Passes.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_ANNOTATEVALUEBOUNDS
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

namespace {
struct AnnotateValueBounds
    : mlir::oqat::impl::AnnotateValueBoundsBase<AnnotateValueBounds> {
  void runOnOperation() override;
};
} // namespace

/// F for a pool of `input`.
static FailureOr<int32_t> poolFraction(Operation *op, Value input,
                                       const ValueBounds &bounds) {
  std::optional<float> bound = bounds.get(input);
  if (!bound)
    return op->emitOpError("pools a value without a bound: expected one that "
                           "comes from quantized convolutions");
  if (!std::isfinite(*bound))
    return op->emitOpError("pools a value whose bound is not finite");
  auto type = cast<RankedTensorType>(input.getType());
  int64_t pixels = type.getDimSize(1) * type.getDimSize(2);
  return numerics::poolFraction(pixels, *bound);
}

void AnnotateValueBounds::runOnOperation() {
  for (auto network : getOperation().getOps<SupernetOp>()) {
    ValueBounds bounds(network);
    Builder builder(&getContext());
    WalkResult result = network.walk([&](Operation *op) -> WalkResult {
      auto pool = dyn_cast<PoolOp>(op);
      if (!isa<PoolOp, SqueezeExciteOp>(op) || (pool && pool.getStepAttr()))
        return WalkResult::advance();
      FailureOr<int32_t> fraction = poolFraction(op, op->getOperand(0), bounds);
      if (failed(fraction))
        return failure();
      IntegerAttr attr = builder.getI32IntegerAttr(*fraction);
      if (pool)
        pool.setFractionAttr(attr);
      else
        cast<SqueezeExciteOp>(op).setFractionAttr(attr);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
  }
}
