//===- KernelLibrary.cpp - Functions with a C interface as a .so ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "EmitUtils.h"
#include "KernelModule.h"
#include "oqat/Target/Emit/Emit.h"
#include "llvm/ADT/StringExtras.h"
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

/// What lets LLVM vectorise the kernels' loops: its alias checks cost more than
/// a short row of channels. Kernels are bound by memory, so full-width vectors
/// pay even where the CPU lowers its clock for them.
static void setKernelAttributes(llvm::Module &module) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration() || isKernelEntry(function))
      continue;
    function.addFnAttr("prefer-vector-width", "512");
    function.addFnAttr(llvm::Attribute::NoInline);
    for (llvm::Argument &argument : function.args())
      if (argument.getType()->isPointerTy())
        argument.addAttr(llvm::Attribute::NoAlias);
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
  nameElements(*result);
  cloneStreamingKernels(*result);
  llvm::internalizeModule(*result, isKernelEntry);
  optimize(*result, **machine);
  streamStores(*result);
  prefetchElements(*result);
  FailureOr<Bytes> object = emitObject(*result, **machine, loc);
  if (failed(object))
    return failure();
  return linkSharedObject({std::move(*object)}, soname, loc);
}
