//===- KernelModule.h - The LLVM IR of a library of kernels -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef OQAT_LIB_TARGET_EMIT_KERNELMODULE_H
#define OQAT_LIB_TARGET_EMIT_KERNELMODULE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/IR/Module.h"

namespace mlir::oqat {

/// What is exported, and hands what its descriptors hold to the kernel of the
/// rest of its name.
inline constexpr llvm::StringLiteral kEntryPrefix = "_mlir_ciface_";
/// What the variants have that write past the caches.
inline constexpr llvm::StringLiteral kStreamSuffix = "_stream";

inline bool isKernelEntry(const llvm::GlobalValue &value) {
  return value.getName().starts_with(kEntryPrefix);
}
inline bool isStreaming(const llvm::Function &function) {
  return function.getName().ends_with(kStreamSuffix);
}

/// Names the kernels' arguments that have a value for each element: those that
/// nobody uses go away, names stay.
void nameElements(llvm::Module &module);

/// The argument of elements that a pointer leads into, if it does.
const llvm::Argument *getElements(const llvm::Value *pointer);

/// Asks for elements ahead of their use.
void prefetchElements(llvm::Module &module);

/// Adds to each kernel and its entry what streamStores() makes a variant that
/// writes past the caches, or takes away, once they are optimised.
void cloneStreamingKernels(llvm::Module &module);
void streamStores(llvm::Module &module);

} // namespace mlir::oqat

#endif // OQAT_LIB_TARGET_EMIT_KERNELMODULE_H
