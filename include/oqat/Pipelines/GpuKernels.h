//===- GpuKernels.h - Training kernels to machine code ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_PIPELINES_GPUKERNELS_H
#define OQAT_PIPELINES_GPUKERNELS_H

#include "mlir/IR/BuiltinOps.h"

namespace mlir {
class OpPassManager;
}

namespace mlir::oqat {

/// PTX, which a driver compiles for its GPU, or the code of one GPU.
enum class GpuFormat { PTX, Cubin };

/// `gpu.module @kernels` (--convert-training-kernels-to-gpu) to a `gpu.binary`
/// for `chip` ("sm_80"). A cubin needs `ptxas` on the PATH.
void buildGpuKernelsToBinaryPipeline(OpPassManager &passes, StringRef chip,
                                     GpuFormat format);

/// --oqat-gpu-kernels-to-binary.
void registerGpuKernelPipelines();

/// The code for all kernel functions of `kernels` (oqat/Autodiff/Kernels.h).
FailureOr<std::string> compileGpuKernels(ModuleOp kernels, StringRef chip,
                                         GpuFormat format);

/// What --gpu names: none, or "sm_" and a number from 80 on each. Fails with a
/// diagnostic.
LogicalResult checkGpuChips(ArrayRef<std::string> chips, Location loc);

} // namespace mlir::oqat

#endif // OQAT_PIPELINES_GPUKERNELS_H
