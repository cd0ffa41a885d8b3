//===- KernelLibrary.cpp - Functions with a C interface as a .so ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "EmitUtils.h"
#include "oqat/Target/Emit/Emit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/Transforms/IPO/Internalize.h"

using namespace mlir;
using namespace mlir::oqat;

CodeTarget mlir::oqat::getHostTarget() {
  SmallVector<std::string> names;
  for (const auto &entry : llvm::sys::getHostCPUFeatures())
    names.push_back((entry.getValue() ? "+" : "-") + entry.getKey().str());
  llvm::sort(names);
  return {llvm::sys::getDefaultTargetTriple(),
          llvm::sys::getHostCPUName().str(), llvm::join(names, ",")};
}

static bool isExported(const llvm::GlobalValue &value) {
  return value.getName().starts_with("_mlir_ciface_");
}

/// What lets LLVM vectorise the kernels' loops: its alias checks cost more than
/// a short row of channels. Kernels are bound by memory, so full-width vectors
/// pay even where the CPU lowers its clock for them.
static void setKernelAttributes(llvm::Module &module) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration() || isExported(function))
      continue;
    function.addFnAttr("prefer-vector-width", "512");
    function.addFnAttr(llvm::Attribute::NoInline);
    for (llvm::Argument &argument : function.args())
      if (argument.getType()->isPointerTy())
        argument.addAttr(llvm::Attribute::NoAlias);
  }
}

/// Names what a forward kernel reads most, the elements of x: arguments that
/// nobody uses go away, names stay.
static void nameInput(llvm::Module &module) {
  for (llvm::Function &function : module)
    if (!function.isDeclaration() && !isExported(function) &&
        function.getName().ends_with("_forward") && function.arg_size() > 1)
      function.getArg(1)->setName("x");
}

/// Asks for x ahead of its use: the CPU's own prefetchers start anew with every
/// page, and one stream in flight is not enough to keep the memory busy.
/// Backward kernels read and write three.
static void prefetchInput(llvm::Module &module) {
  constexpr int64_t kBytesAhead = 1024;
  SmallVector<llvm::LoadInst *> loads;
  for (llvm::Function &function : module)
    for (llvm::BasicBlock &block : function)
      for (llvm::Instruction &instruction : block) {
        auto *load = dyn_cast<llvm::LoadInst>(&instruction);
        if (!load || !load->getType()->isVectorTy())
          continue;
        const llvm::Value *object =
            llvm::getUnderlyingObject(load->getPointerOperand());
        if (isa<llvm::Argument>(object) && object->getName() == "x")
          loads.push_back(load);
      }
  for (llvm::LoadInst *load : loads) {
    llvm::IRBuilder<> builder(load);
    llvm::Value *ahead = builder.CreateConstGEP1_64(
        builder.getInt8Ty(), load->getPointerOperand(), kBytesAhead);
    builder.CreateIntrinsic(llvm::Intrinsic::prefetch, {ahead->getType()},
                            {ahead, /*write=*/builder.getInt32(0),
                             /*locality=*/builder.getInt32(3),
                             /*data=*/builder.getInt32(1)});
  }
}

FailureOr<Bytes> mlir::oqat::emitKernelLibrary(ModuleOp module,
                                               const CodeTarget &target,
                                               StringRef soname) {
  Location loc = module.getLoc();
  FailureOr<std::unique_ptr<llvm::TargetMachine>> machine =
      createMachine(target, loc);
  if (failed(machine))
    return failure();
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> result =
      translateModule(module, soname, target, **machine, context);
  if (!result)
    return failure();
  setTargetAttributes(*result, target);
  setKernelAttributes(*result);
  nameInput(*result);
  llvm::internalizeModule(*result, isExported);
  optimize(*result, **machine);
  prefetchInput(*result);
  FailureOr<Bytes> object = emitObject(*result, **machine, loc);
  if (failed(object))
    return failure();
  return linkSharedObject({std::move(*object)}, soname, loc);
}
