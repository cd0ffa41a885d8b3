//===- VerifyPhases.cpp - Checks at phase boundaries ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a phase leaves behind must be of its own level: the first operation
// that isn't is an error that names it. `--oqat-verify-subnet` and
// `--oqat-verify-integer` are passes of the dialect itself.
//
//===----------------------------------------------------------------------===//

#include "dialects/bitpack/Bitpack.h"
#include "dialects/oqat/Oqat.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "oqat/Pipelines/Passes.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_VERIFYSUPERNET
#define GEN_PASS_DEF_VERIFYPACKED
#define GEN_PASS_DEF_VERIFYTARGET
#include "oqat/Pipelines/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;

/// Fails at the first operation below `module` that `belongs` refuses.
static LogicalResult verifyAll(ModuleOp module, StringRef phase,
                               llvm::function_ref<bool(Operation *)> belongs) {
  WalkResult result = module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op == module || belongs(op))
      return WalkResult::advance();
    op->emitOpError("does not belong in the ") << phase << " phase";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

template <typename DialectT>
static bool isOf(Operation *op) {
  return isa_and_nonnull<DialectT>(op->getDialect());
}

namespace {

struct VerifySupernet : mlir::oqat::impl::VerifySupernetBase<VerifySupernet> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto networks = module.getOps<SupernetOp>();
    if (!llvm::hasSingleElement(networks)) {
      module.emitError("expected one 'oqat.supernet', but found ")
          << llvm::range_size(networks);
      return signalPassFailure();
    }
    if (failed(verifyAll(module, "supernet", [](Operation *op) {
          return isOf<OqatDialect>(op) &&
                 !isa<QuantizeOp, DequantizeOp, DecodeOp, ResidualAddOp,
                      RescaleOp, ConstantWeightOp, ConstantCodesOp>(op);
        })))
      signalPassFailure();
  }
};

struct VerifyPacked : mlir::oqat::impl::VerifyPackedBase<VerifyPacked> {
  void runOnOperation() override {
    if (failed(
            verifyAll(getOperation(), "packed", isOf<bitpack::BitpackDialect>)))
      signalPassFailure();
  }
};

struct VerifyTarget : mlir::oqat::impl::VerifyTargetBase<VerifyTarget> {
  void runOnOperation() override {
    if (failed(verifyAll(getOperation(), "target", isOf<LLVM::LLVMDialect>)))
      signalPassFailure();
  }
};

} // namespace
