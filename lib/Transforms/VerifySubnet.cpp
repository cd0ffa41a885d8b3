//===- VerifySubnet.cpp - The boundary behind the fixed level -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Fails on the first operation that has no business in a fixed network: a
// space, an operation that depends on a choice, an open shape.
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "oqat/Transforms/Passes.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_VERIFYSUBNET
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;

/// Whether an operation of another dialect lies in a network.
static bool isForeign(Operation *op) {
  return !isa_and_nonnull<OqatDialect>(op->getDialect()) &&
         op->getParentOfType<SupernetOp>();
}

static LogicalResult verifyFixed(Operation *op) {
  if (isa<SpaceOp>(op) || isForeign(op))
    return op->emitOpError("has no place in a fixed network");
  if (auto elastic = dyn_cast<ElasticOpInterface>(op)) {
    SmallVector<FlatSymbolRefAttr> choices;
    elastic.getChoices(choices);
    if (!choices.empty())
      return op->emitOpError("is still elastic, it depends on choice '")
             << choices.front().getValue() << "'";
  }
  for (Type type : op->getResultTypes())
    if (auto shaped = dyn_cast<ShapedType>(type);
        shaped && !shaped.hasStaticShape())
      return op->emitOpError("expected a static shape, but got ") << type;
  return success();
}

namespace {
struct VerifySubnet : mlir::oqat::impl::VerifySubnetBase<VerifySubnet> {
  using VerifySubnetBase::VerifySubnetBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    WalkResult result =
        getOperation().walk<WalkOrder::PreOrder>([](Operation *op) {
          return failed(verifyFixed(op)) ? WalkResult::interrupt()
                                         : WalkResult::advance();
        });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
