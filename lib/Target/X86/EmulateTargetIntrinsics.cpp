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
// Tile registers of AMX become memory of the function that uses them, which
// every call gets first:
//
// Before:
//   llvm.call_intrinsic "llvm.x86.tilezero"(%c2) : (i8) -> ()
// After:
//   %tiles = llvm.alloca %size x i8
//   llvm.call @emulated.x86.tilezero(%tiles, %c2) : (!llvm.ptr, i8) -> ()
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
    tilesOfFunctions.clear();
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
  LLVM::LLVMFuncOp getHelper(StringRef intrinsic, Emulation emulate,
                             TileEmulation emulateTiles);
  Value getTiles(LLVM::LLVMFuncOp function);
  void markNetwork();

  DenseMap<Operation *, Value> tilesOfFunctions;
};

} // namespace

/// The function that stands for an intrinsic, at the end of the module.
LLVM::LLVMFuncOp
EmulateTargetIntrinsics::getHelper(StringRef intrinsic, Emulation emulate,
                                   TileEmulation emulateTiles) {
  ModuleOp module = getOperation();
  std::string name = ("emulated." + intrinsic.drop_front(5)).str();
  if (auto known = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return known;
  ++numHelpers;
  ImplicitLocOpBuilder builder(module.getLoc(), &getContext());
  builder.setInsertionPointToEnd(module.getBody());
  LLVM::LLVMFunctionType type = typeOf(&getContext(), intrinsic);
  if (emulateTiles) {
    SmallVector<Type> arguments = {LLVM::LLVMPointerType::get(&getContext())};
    llvm::append_range(arguments, type.getParams());
    type = LLVM::LLVMFunctionType::get(type.getReturnType(), arguments);
  }
  auto helper =
      builder.create<LLVM::LLVMFuncOp>(name, type, LLVM::Linkage::Internal);
  helper.setPassthroughAttr(
      builder.getStrArrayAttr({"noinline", "no-builtins"}));
  Block *entry = helper.addEntryBlock(builder);
  builder.setInsertionPointToEnd(entry);
  ValueRange args = entry->getArguments();
  if (emulateTiles) {
    emulateTiles(builder, args.front(), args.drop_front());
    builder.create<LLVM::ReturnOp>(ValueRange());
  } else {
    builder.create<LLVM::ReturnOp>(emulate(builder, args));
  }
  return helper;
}

/// The memory that stands for a function's tile registers.
Value EmulateTargetIntrinsics::getTiles(LLVM::LLVMFuncOp function) {
  Value &tiles = tilesOfFunctions[function];
  if (tiles)
    return tiles;
  auto builder =
      ImplicitLocOpBuilder::atBlockBegin(function.getLoc(), &function.front());
  Value size = builder.create<LLVM::ConstantOp>(
      builder.getI64IntegerAttr(kTileStateBytes));
  tiles = builder.create<LLVM::AllocaOp>(
      LLVM::LLVMPointerType::get(&getContext()), builder.getI8Type(), size,
      /*alignment=*/64);
  auto row = VectorType::get(64, builder.getI8Type());
  Value zero = builder.create<LLVM::ZeroOp>(row);
  builder.create<LLVM::StoreOp>(zero, tiles);
  return tiles;
}

LogicalResult EmulateTargetIntrinsics::replace(LLVM::CallIntrinsicOp call) {
  StringRef intrinsic = call.getIntrin();
  auto function = call->getParentOfType<LLVM::LLVMFuncOp>();
  Emulation emulate = lookupEmulation(intrinsic);
  TileEmulation emulateTiles = lookupTileEmulation(intrinsic);
  if (!emulate && !emulateTiles) {
    InFlightDiagnostic error = call.emitOpError("has no emulation of '")
                               << intrinsic << "'";
    if (function)
      error << ", which '" << function.getSymName() << "' calls";
    return error;
  }
  if (emulateTiles && !function)
    return call.emitOpError("expected '")
           << intrinsic << "' in an 'llvm.func', whose memory holds the tiles";
  LLVM::LLVMFuncOp helper = getHelper(intrinsic, emulate, emulateTiles);
  ArrayRef<Type> wanted = helper.getArgumentTypes();
  TypeRange results = helper.getResultTypes();
  if (emulateTiles)
    wanted = wanted.drop_front();
  if (call->getOperandTypes() != TypeRange(wanted) ||
      call->getResultTypes() != results)
    return call.emitOpError("expected '")
           << intrinsic << "' to be a "
           << LLVM::LLVMFunctionType::get(
                  helper.getFunctionType().getReturnType(), wanted)
           << ", but got " << call->getOperandTypes() << " -> "
           << call->getResultTypes();
  SmallVector<Value> args;
  if (emulateTiles)
    args.push_back(getTiles(function));
  llvm::append_range(args, call.getArgs());
  OpBuilder builder(call);
  auto replacement = builder.create<LLVM::CallOp>(call.getLoc(), helper, args);
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
