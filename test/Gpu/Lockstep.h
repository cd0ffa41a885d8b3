//===- Lockstep.h - Kernels of the gpu dialect on a CPU ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs a `gpu.func` block by block, all threads of a block one operation at a
// time, and watches what a GPU would not: places out of a memref, memory of a
// block that was never written, a barrier or a shuffle that not all threads
// come to, and two threads at one place with no barrier between them.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TEST_GPU_LOCKSTEP_H
#define OQAT_TEST_GPU_LOCKSTEP_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/Support/Error.h"

namespace oqat::test {

struct Launch {
  std::array<int64_t, 3> grid{1, 1, 1}, block{1, 1, 1};
};

/// `parameters` are those of the kernel's machine code, eight bytes each: an
/// index is one, a memref of rank n is 3 + 2 n (allocated, aligned, offset,
/// sizes, strides), with addresses of this process.
llvm::Error runKernel(mlir::gpu::GPUFuncOp kernel, const Launch &launch,
                      llvm::ArrayRef<uint64_t> parameters);

/// How many parameters that is.
size_t countParameters(mlir::gpu::GPUFuncOp kernel);

} // namespace oqat::test

#endif // OQAT_TEST_GPU_LOCKSTEP_H
