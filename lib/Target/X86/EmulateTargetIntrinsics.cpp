//===- EmulateTargetIntrinsics.cpp - Intrinsics of x86 for any CPU --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Replaces the intrinsics that a target's kernels call by functions that
// compute the same bits with generic operations (Emulations.cpp).
//
// Before:
//   %r = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%a, %b)
//       : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
// After:
//   %r = llvm.call @emulated.x86.avx2.pmadd.wd(%a, %b)
//       : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
//   llvm.func internal @emulated.x86.avx2.pmadd.wd(...) { ... }
//
// Needs nothing; what it gives can be compiled for the least CPU of the family.
// Other operations of the target's width stay: LLVM splits them. Other
// namespaces of intrinsics stay as well.
//
//===----------------------------------------------------------------------===//

#include "Emulations.h"
#include "oqat/Target/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/TypeFromLLVM.h"

#include "llvm/IR/Function.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/LLVMContext.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_EMULATETARGETINTRINSICS
#include "oqat/Target/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;

/// The type that LLVM declares an intrinsic of the table with.
static LLVM::LLVMFunctionType typeOf(MLIRContext *context,
                                     StringRef intrinsic) {
  llvm::LLVMContext llvmContext;
  LLVM::TypeFromLLVMIRTranslator translator(*context);
  return cast<LLVM::LLVMFunctionType>(
      translator.translateType(llvm::Intrinsic::getType(
          llvmContext, llvm::Function::lookupIntrinsicID(intrinsic))));
}

namespace {

struct EmulateTargetIntrinsics
    : mlir::oqat::impl::EmulateTargetIntrinsicsBase<EmulateTargetIntrinsics> {
  void runOnOperation() override {
    SmallVector<LLVM::CallIntrinsicOp> calls;
    getOperation().walk([&](LLVM::CallIntrinsicOp call) {
      if (call.getIntrin().starts_with("llvm.x86."))
        calls.push_back(call);
    });
    for (LLVM::CallIntrinsicOp call : calls)
      if (failed(replace(call)))
        return signalPassFailure();
    markNetwork();
  }

private:
  LogicalResult replace(LLVM::CallIntrinsicOp call);
  LLVM::LLVMFuncOp getHelper(StringRef intrinsic, Emulation emulate);
  void markNetwork();
};

} // namespace

/// The function that stands for an intrinsic, at the end of the module.
LLVM::LLVMFuncOp EmulateTargetIntrinsics::getHelper(StringRef intrinsic,
                                                    Emulation emulate) {
  ModuleOp module = getOperation();
  std::string name = ("emulated." + intrinsic.drop_front(5)).str();
  if (auto known = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return known;
  ++numHelpers;
  ImplicitLocOpBuilder builder(module.getLoc(), &getContext());
  builder.setInsertionPointToEnd(module.getBody());
  auto helper = builder.create<LLVM::LLVMFuncOp>(
      name, typeOf(&getContext(), intrinsic), LLVM::Linkage::Internal);
  helper.setPassthroughAttr(
      builder.getStrArrayAttr({"noinline", "no-builtins"}));
  Block *entry = helper.addEntryBlock(builder);
  builder.setInsertionPointToEnd(entry);
  builder.create<LLVM::ReturnOp>(emulate(builder, entry->getArguments()));
  return helper;
}

LogicalResult EmulateTargetIntrinsics::replace(LLVM::CallIntrinsicOp call) {
  StringRef intrinsic = call.getIntrin();
  auto function = call->getParentOfType<LLVM::LLVMFuncOp>();
  Emulation emulate = lookupEmulation(intrinsic);
  if (!emulate) {
    InFlightDiagnostic error = call.emitOpError("has no emulation of '")
                               << intrinsic << "'";
    if (function)
      error << ", which '" << function.getSymName() << "' calls";
    return error;
  }
  LLVM::LLVMFuncOp helper = getHelper(intrinsic, emulate);
  LLVM::LLVMFunctionType type = helper.getFunctionType();
  TypeRange wanted(type.getParams()), results(type.getReturnTypes());
  if (call->getOperandTypes() != wanted || call->getResultTypes() != results)
    return call.emitOpError("expected '")
           << intrinsic << "' to be a " << type << ", but got "
           << call->getOperandTypes() << " -> " << call->getResultTypes();
  OpBuilder builder(call);
  auto replacement =
      builder.create<LLVM::CallOp>(call.getLoc(), helper, call.getArgs());
  call->replaceAllUsesWith(replacement);
  call.erase();
  ++numCalls;
  return success();
}

/// The manifest is to say that this is no code of its target.
void EmulateTargetIntrinsics::markNetwork() {
  ModuleOp module = getOperation();
  auto network = module->getAttrOfType<DictionaryAttr>("oqat.network");
  if (!network)
    return;
  NamedAttrList entries(network);
  entries.set("emulated", BoolAttr::get(&getContext(), true));
  module->setAttr("oqat.network", entries.getDictionary(&getContext()));
}
