//===- Passes.h - Passes that remove a dialect ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_CONVERSION_PASSES_H
#define OQAT_CONVERSION_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::oqat {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "oqat/Conversion/Passes.h.inc"

/// From a network of `bitpack` layers to the LLVM dialect.
void buildBitpackToLLVMPipeline(OpPassManager &manager, StringRef target,
                                StringRef preferKernels = "");

/// The part of the above that follows the emission of kernels. LLVM folds what
/// they compute, so common subexpressions are all that is simplified before.
void buildKernelLoweringPipeline(OpPassManager &manager);

/// Registers the first as --bitpack-to-llvm-pipeline="target=...".
void registerBitpackToLLVMPipeline();
} // namespace mlir::oqat

#endif // OQAT_CONVERSION_PASSES_H
