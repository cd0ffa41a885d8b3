//===- BlockSum.h - Sums over the threads of a block ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_CONVERSION_KERNELSTOGPU_BLOCKSUM_H
#define OQAT_LIB_CONVERSION_KERNELSTOGPU_BLOCKSUM_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mlir::oqat {

/// The memory of a block that one of its sums goes through.
MemRefType getSumBufferType(VectorType sum);

/// Adds `sums` of all threads with the same x in the order of
/// oqat/Numerics/GpuGrid.h; those with y = 0 get the result. All threads of a
/// block must come here. `buffers` has one per sum.
SmallVector<Value> emitBlockSums(OpBuilder &builder, Location loc,
                                 ValueRange sums, ValueRange buffers);

/// The same within a warp, for all its threads.
SmallVector<Value> emitLaneSums(OpBuilder &builder, Location loc,
                                ValueRange sums);

} // namespace mlir::oqat

#endif // OQAT_LIB_CONVERSION_KERNELSTOGPU_BLOCKSUM_H
