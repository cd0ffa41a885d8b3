//===- PrintCost.cpp - The cost of a fixed network as JSON ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints one JSON object per network of the module on standard output:
//
//   {"macs":55385216,"parameters":4230384,"bops":…,"weightBytes":…,…}
//
// or, with `per-layer`, a table. docs/Cost.md says what the numbers mean.
// Needs a fixed network; the IR stays as it is.
//
//===----------------------------------------------------------------------===//

#include "oqat/Analysis/CostModel.h"
#include "oqat/Transforms/Passes.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_PRINTCOST
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;

namespace {
struct PrintCost : mlir::oqat::impl::PrintCostBase<PrintCost> {
  using PrintCostBase::PrintCostBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    for (auto network : getOperation().getOps<SupernetOp>()) {
      FailureOr<NetworkCost> cost = computeCost(network);
      if (failed(cost))
        return signalPassFailure();
      if (perLayer) {
        printCostPerLayer(llvm::outs(), *cost);
        continue;
      }
      printCost(llvm::outs(), *cost);
      llvm::outs() << '\n';
    }
    llvm::outs().flush();
  }
};
} // namespace
