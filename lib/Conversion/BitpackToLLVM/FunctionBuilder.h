//===- FunctionBuilder.h - Functions and constants of an object -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONVERSION_BITPACKTOLLVM_FUNCTIONBUILDER_H
#define LIB_CONVERSION_BITPACKTOLLVM_FUNCTIONBUILDER_H

#include "oqat/Conversion/KernelBuilder.h"
#include "oqat/Conversion/NetworkPlan.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::oqat {

/// input, gate, residual, result, panel, ahead; then the units, begin and end,
/// and the step of `ahead`.
inline constexpr unsigned kKernelPointers = 6, kKernelSizes = 3;

/// Loads the dialects that kernels and entry points are written in.
void loadKernelDialects(MLIRContext *context);

inline LLVM::LLVMFunctionType kernelType(MLIRContext *context) {
  SmallVector<Type> arguments(kKernelPointers,
                              LLVM::LLVMPointerType::get(context));
  arguments.append(kKernelSizes, IntegerType::get(context, 64));
  return LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context),
                                     arguments);
}

/// A function that is neither inlined (its target may differ from the caller's)
/// nor given calls of libc. Hidden unless `exported`.
LLVM::LLVMFuncOp createFunction(ModuleOp module, Location loc, StringRef name,
                                LLVM::LLVMFunctionType type,
                                bool exported = false);

/// A read-only array, 64-byte aligned.
LLVM::GlobalOp createConstant(ModuleOp module, StringRef name,
                              DenseElementsAttr values);

/// What the function that unpacks such a panel is called after the network: it
/// is written for bits, group, elements and fields.
std::string getUnpackName(const WeightPanel &panel);

/// How many sizes follow its two pointers.
inline constexpr unsigned kUnpackSizes = 5;

/// Its body: (packed, panel, outputs, taps, inputs, outputs of a tile, rows),
/// one layer's codes (n, tap, c) into its panel.
void emitUnpackBody(KernelBuilder &builder, const WeightPanel &kind,
                    ValueRange arguments);

inline Value addressOf(KernelBuilder &builder, StringRef symbol) {
  return builder.create<LLVM::AddressOfOp>(
      LLVM::LLVMPointerType::get(builder.getContext()), symbol);
}

} // namespace mlir::oqat

#endif // LIB_CONVERSION_BITPACKTOLLVM_FUNCTIONBUILDER_H
