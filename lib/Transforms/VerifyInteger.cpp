//===- VerifyInteger.cpp - The boundary behind the integer level ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Fails on the first operation that has no business in an integer network:
// anything that still learns or is open, an accumulator that could leave 32
// bits, a pool of floats without its fraction, a parameter without a value.
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "oqat/Analysis/AccumulatorBounds.h"
#include "oqat/Analysis/IntegerForm.h"
#include "oqat/Transforms/Passes.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_VERIFYINTEGER
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;

namespace {
struct VerifyInteger : mlir::oqat::impl::VerifyIntegerBase<VerifyInteger> {
  void runOnOperation() override;
};
} // namespace

/// A convolution or a linear layer.
template <typename ProductOp>
static LogicalResult verifyProduct(ProductOp op) {
  std::optional<AccumulatorBounds> bounds = computeAccumulatorBounds(op);
  if (op.isQuantized() && !bounds)
    return op.emitOpError("expected constant weight codes");
  if (!bounds) {
    if (!op.getWeight().template getDefiningOp<ConstantWeightOp>())
      return op.emitOpError("expected constant weights");
    return success();
  }
  if (failed(verifyAccumulators(op, *bounds)))
    return failure();
  for (Operation *user : op->getUsers())
    if (!isa<RescaleOp>(user))
      return user->emitOpError("expected only 'oqat.rescale' to read the "
                               "accumulators of layer '")
             << op.getLayerName() << "'";
  return success();
}

static LogicalResult verifyOp(Operation *op) {
  if (!isa<NormalizeOp, Conv2DOp, LinearOp, ConstantWeightOp, ConstantCodesOp,
           QuantizeOp, DecodeOp, ResidualAddOp, RescaleOp, ActivationOp,
           SqueezeExciteOp, ScaleOp, AddOp, PoolOp, MaxPoolOp, ReturnOp>(op))
    return op->emitOpError("is not in integer form");
  if (failed(verifyConstantWeights(op)))
    return failure();
  for (Type type : op->getResultTypes())
    if (!cast<ShapedType>(type).hasStaticShape())
      return op->emitOpError("is not in integer form: its type ")
             << type << " is open";
  if (auto conv = dyn_cast<Conv2DOp>(op))
    return verifyProduct(conv);
  if (auto linear = dyn_cast<LinearOp>(op))
    return verifyProduct(linear);
  if (auto pool = dyn_cast<PoolOp>(op);
      pool && !pool.getFraction() && !pool.getStep())
    return op->emitOpError(
        "expected a fraction; run --oqat-annotate-value-bounds");
  if (auto gate = dyn_cast<SqueezeExciteOp>(op); gate && !gate.getFraction())
    return op->emitOpError(
        "expected a fraction; run --oqat-annotate-value-bounds");
  return success();
}

void VerifyInteger::runOnOperation() {
  for (Operation &op : getOperation().getOps()) {
    auto network = dyn_cast<SupernetOp>(op);
    if (auto parameter = dyn_cast<ParameterOp>(op)) {
      if (!parameter.getValueAttr()) {
        parameter.emitOpError("expected a value for parameter '")
            << parameter.getSymName() << "'; run --oqat-load-weights";
        return signalPassFailure();
      }
    } else if (!network) {
      op.emitOpError("is not in integer form");
      return signalPassFailure();
    }
    if (!network)
      continue;
    WalkResult result = network.getBody().walk(
        [](Operation *nested) -> WalkResult { return verifyOp(nested); });
    if (result.wasInterrupted())
      return signalPassFailure();
  }
}
