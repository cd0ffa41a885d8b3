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

/// Kernel functions whose channels are the outermost loop to outlined GPU
/// kernels and their launches.
void buildMapKernelsToGPUPipeline(OpPassManager &passes);

/// `oqat-convert-kernels-to-llvm` and `oqat-map-kernels-to-gpu`.
void registerTrainingPlanPipelines();

/// Writes graph.json and kernels.so, for this machine, into `folder`.
LogicalResult exportTrainingPlan(ModuleOp module, StringRef folder);

} // namespace mlir::oqat

#endif // OQAT_PIPELINES_TRAININGPLAN_H
