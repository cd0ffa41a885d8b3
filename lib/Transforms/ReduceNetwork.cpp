//===- ReduceNetwork.cpp - Shrinks a failing network ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Delta debugging for networks. An operation whose result has the type of one
// of its operands may go: its users take the operand. What then is unused goes
// too. First all such operations at once, then halves, and so on to single
// ones; what the test still finds interesting stays. Upstream's reduction tree
// erases operations whose results are used and crashes on what is left.
//
// Before:
//   %2 = oqat.batch_norm %1 gamma @g ... : tensor<1x8x8x16xf32>
//   %3 = oqat.activation h_swish %2 : tensor<1x8x8x16xf32>
//   %4 = oqat.add %3, %0 : tensor<1x8x8x16xf32>
// After (if neither matters):
//   %4 = oqat.add %1, %0 : tensor<1x8x8x16xf32>
//
// The test gets a file with a module and exits with 0 where it shows nothing of
// interest, as MLIR's reducer has it. The result is smaller, not equivalent.
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "oqat/Transforms/Passes.h"

#include "mlir/IR/Iterators.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Reducer/Tester.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_REDUCENETWORK
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;

/// The operand that may stand for the result of `op`, or null.
static Value findBypass(Operation *op) {
  StringRef dialect = op->getName().getDialectNamespace();
  if ((dialect != "oqat" && dialect != "bitpack") || op->getNumResults() != 1)
    return {};
  for (Value operand : op->getOperands())
    if (operand.getType() == op->getResult(0).getType())
      return operand;
  return {};
}

static SmallVector<Operation *> findCandidates(ModuleOp module) {
  SmallVector<Operation *> candidates;
  module.walk([&](Operation *op) {
    if (findBypass(op))
      candidates.push_back(op);
  });
  return candidates;
}

static void eraseUnused(ModuleOp module) {
  module.walk<WalkOrder::PostOrder, ReverseIterator>([](Operation *op) {
    if (isOpTriviallyDead(op))
      op->erase();
  });
  llvm::DenseSet<StringAttr> used;
  if (auto uses = SymbolTable::getSymbolUses(&module.getBodyRegion()))
    for (SymbolTable::SymbolUse use : *uses)
      used.insert(use.getSymbolRef().getLeafReference());
  for (auto parameter :
       llvm::make_early_inc_range(module.getOps<ParameterOp>()))
    if (!used.contains(parameter.getSymNameAttr()))
      parameter.erase();
}

/// A copy without `count` candidates from `begin` on.
static OwningOpRef<ModuleOp> cloneWithout(ModuleOp module, size_t begin,
                                          size_t count) {
  OwningOpRef<ModuleOp> copy = module.clone();
  SmallVector<Operation *> candidates = findCandidates(*copy);
  for (Operation *op :
       ArrayRef(candidates)
           .slice(begin, std::min(count, candidates.size() - begin))) {
    op->getResult(0).replaceAllUsesWith(findBypass(op));
    op->erase();
  }
  eraseUnused(*copy);
  return copy;
}

namespace {

struct ReduceNetwork : mlir::oqat::impl::ReduceNetworkBase<ReduceNetwork> {
  using ReduceNetworkBase::ReduceNetworkBase;

  void runOnOperation() override;

private:
  bool isInteresting(const Tester &tester, ModuleOp module) {
    // What reducing breaks is of no interest, and so is why.
    ScopedDiagnosticHandler silence(&getContext(),
                                    [](Diagnostic &) { return success(); });
    return succeeded(mlir::verify(module)) &&
           tester.isInteresting(module).first == Tester::Interestingness::True;
  }
  /// Whether something could go in steps of `count`.
  bool reduceBy(const Tester &tester, size_t count);
};

} // namespace

bool ReduceNetwork::reduceBy(const Tester &tester, size_t count) {
  ModuleOp module = getOperation();
  bool changed = false;
  for (size_t begin = 0; begin < findCandidates(module).size();) {
    OwningOpRef<ModuleOp> smaller = cloneWithout(module, begin, count);
    if (!isInteresting(tester, *smaller)) {
      begin += count;
      continue;
    }
    module.getBodyRegion().takeBody(smaller->getBodyRegion());
    changed = true;
    ++numReductions;
  }
  return changed;
}

void ReduceNetwork::runOnOperation() {
  if (test.empty()) {
    emitError(getOperation().getLoc(), "say with 'test' which script to run");
    return signalPassFailure();
  }
  Tester tester(test, {});
  if (!isInteresting(tester, getOperation())) {
    emitError(getOperation().getLoc(), "expected a module that '")
        << test << "' finds interesting (with an exit code other than 0)";
    return signalPassFailure();
  }
  size_t count = findCandidates(getOperation()).size();
  while (count > 0)
    if (!reduceBy(tester, count) || count > 1)
      count /= 2;
}
