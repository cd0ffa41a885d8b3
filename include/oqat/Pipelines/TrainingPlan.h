//===- TrainingPlan.h - Supernet to training plan ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_PIPELINES_TRAININGPLAN_H
#define OQAT_PIPELINES_TRAININGPLAN_H

#include "mlir/IR/BuiltinOps.h"

namespace mlir {
class OpPassManager;
}

namespace mlir::oqat {

/// Kernel functions (oqat/Autodiff/Kernels.h) to the LLVM dialect, for a CPU.
void buildKernelsToLLVMPipeline(OpPassManager &passes);

/// `oqat-convert-kernels-to-llvm`.
void registerTrainingPlanPipelines();

/// Writes graph.json and kernels.so, for this machine, into `folder`; with
/// `gpus` ("sm_90") also PTX for the oldest GPU there is code for, and a cubin
/// for each of those. `gpus` of nothing but "none" asks for neither.
LogicalResult exportTrainingPlan(ModuleOp module, StringRef folder,
                                 ArrayRef<std::string> gpus = {});

} // namespace mlir::oqat

#endif // OQAT_PIPELINES_TRAININGPLAN_H
