//===- AnnotateAccumulators.cpp - Proven ranges of accumulators -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Writes what AccumulatorBounds proves onto every convolution on codes, and
// fails on the first one whose accumulators may leave 32 bits.
//
// Before:
//   %acc = oqat.conv2d %q, %w stride 1 : ... -> tensor<1x8x8x2xi32>
// After:
//   %acc = oqat.conv2d %q, %w stride 1
//     {accumulator_bits = 16 : i64, flush = 5461 : i64,
//      accumulator_max = dense<[9, 3]> : tensor<2xi32>,
//      accumulator_min = dense<[-6, -12]> : tensor<2xi32>} : ...
//
// Works on integer and on packed networks. Nobody reads these attributes: who
// needs the proof computes it from the weights.
//
//===----------------------------------------------------------------------===//

#include "oqat/Analysis/AccumulatorBounds.h"
#include "oqat/Transforms/Passes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_ANNOTATEACCUMULATORS
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;

namespace {
struct AnnotateAccumulators
    : mlir::oqat::impl::AnnotateAccumulatorsBase<AnnotateAccumulators> {
  void runOnOperation() override;
};
} // namespace

static void annotate(Operation *op, const AccumulatorBounds &bounds) {
  Builder builder(op->getContext());
  SmallVector<int32_t> lowest, highest;
  for (AccumulatorBounds::Interval channel : bounds.channels) {
    lowest.push_back(static_cast<int32_t>(channel.lo));
    highest.push_back(static_cast<int32_t>(channel.hi));
  }
  op->setAttr("accumulator_min", builder.getI32TensorAttr(lowest));
  op->setAttr("accumulator_max", builder.getI32TensorAttr(highest));
  op->setAttr("accumulator_bits", builder.getI64IntegerAttr(bounds.bits));
  op->setAttr("flush", builder.getI64IntegerAttr(bounds.flush));
}

void AnnotateAccumulators::runOnOperation() {
  WalkResult result = getOperation().walk([&](Operation *op) -> WalkResult {
    std::optional<AccumulatorBounds> bounds = computeAccumulatorBounds(op);
    if (!bounds)
      return WalkResult::advance();
    if (failed(verifyAccumulators(op, *bounds)))
      return failure();
    annotate(op, *bounds);
    ++(bounds->bits == 16 ? numShort : numWide);
    return success();
  });
  if (result.wasInterrupted())
    signalPassFailure();
}
