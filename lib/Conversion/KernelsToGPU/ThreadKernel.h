//===- ThreadKernel.h - One training kernel as threads ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_CONVERSION_KERNELSTOGPU_THREADKERNEL_H
#define OQAT_LIB_CONVERSION_KERNELSTOGPU_THREADKERNEL_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mlir::oqat {

/// Where the sum of a block goes.
enum class SumTarget {
  /// To a place of the block's own, in an output with a dimension of blocks.
  Partial,
  /// Onto what the output holds; a grid has one block in y then.
  Result
};

/// Writes the `gpu.func` that does the work of `kernel`, a function with one
/// `linalg.generic` over (image, pixel, channel), at the end of `module`.
/// Diagnostics say what the function has that no thread can do.
LogicalResult emitThreadKernel(func::FuncOp kernel, gpu::GPUModuleOp module,
                               SumTarget target);

} // namespace mlir::oqat

#endif // OQAT_LIB_CONVERSION_KERNELSTOGPU_THREADKERNEL_H
