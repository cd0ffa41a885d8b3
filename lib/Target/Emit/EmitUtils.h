//===- EmitUtils.h - Shared by the emitters ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef OQAT_LIB_TARGET_EMIT_EMITUTILS_H
#define OQAT_LIB_TARGET_EMIT_EMITUTILS_H

#include "oqat/Target/Emit/Emit.h"
#include "llvm/Target/TargetMachine.h"

namespace mlir::oqat {

/// A machine that makes position-independent code and never fuses a multiply
/// and an add (N10).
FailureOr<std::unique_ptr<llvm::TargetMachine>>
createMachine(const CodeTarget &target, Location loc);

/// The CPU that every machine of the target's family can stand in for.
StringRef baselineCpu(const CodeTarget &target);

/// Tells a module what machine it is for.
void prepareModule(llvm::Module &module, const CodeTarget &target,
                   llvm::TargetMachine &machine);

/// LLVM IR of a module of the LLVM dialect, for a machine; no float operation
/// may carry a fast-math flag.
std::unique_ptr<llvm::Module> translateModule(ModuleOp module, StringRef name,
                                              const CodeTarget &target,
                                              llvm::TargetMachine &machine,
                                              llvm::LLVMContext &context);

/// Fails where LLVM's verifier does.
LogicalResult verifyModule(const llvm::Module &module, Location loc);

/// N10: strict float. A fast-math flag would let LLVM fuse or reorder.
LogicalResult verifyStrictFloat(const llvm::Module &module, Location loc);

/// Puts the target's CPU and features on every function that has none.
void setTargetAttributes(llvm::Module &module, const CodeTarget &target);

/// A relocatable object (or, with `assembly`, its text) of a module.
FailureOr<Bytes> emitObject(llvm::Module &module, llvm::TargetMachine &machine,
                            Location loc, bool assembly = false);

/// LLVM's own pipeline, with both vectorizers; of the kernel of a packed layer
/// what is left to do.
void optimize(llvm::Module &module, llvm::TargetMachine &machine,
              bool isKernel = false);

} // namespace mlir::oqat

#endif // OQAT_LIB_TARGET_EMIT_EMITUTILS_H
