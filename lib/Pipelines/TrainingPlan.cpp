//===- TrainingPlan.cpp - Supernet to training plan -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Pipelines/TrainingPlan.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/SCFToGPU/SCFToGPUPass.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "oqat/Export/Plan.h"
#include "oqat/Target/Emit/Emit.h"
#include "oqat/Transforms/Passes.h"

// Only what declares two passes: the header around it declares all of Linalg.
namespace mlir {
#define GEN_PASS_DECL_CONVERTLINALGTOLOOPSPASS
#define GEN_PASS_DECL_CONVERTLINALGTOPARALLELLOOPSPASS
#include "mlir/Dialect/Linalg/Passes.h.inc"
} // namespace mlir

using namespace mlir;
using namespace mlir::oqat;

void mlir::oqat::buildKernelsToLLVMPipeline(OpPassManager &passes) {
  passes.addPass(createCSEPass());
  passes.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  passes.addPass(memref::createExpandStridedMetadataPass());
  passes.addPass(createLowerAffinePass());
  passes.addPass(createConvertSCFToCFPass());
  passes.addPass(createConvertMathToLLVMPass());
  passes.addPass(createArithToLLVMConversionPass());
  passes.addPass(createFinalizeMemRefToLLVMConversionPass());
  passes.addPass(createConvertFuncToLLVMPass());
  passes.addPass(createConvertControlFlowToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
}

void mlir::oqat::buildMapKernelsToGPUPipeline(OpPassManager &passes) {
  // Channels are the outermost loop: one thread each, 128 in a block.
  OpPassManager &functions = passes.nest<func::FuncOp>();
  functions.addPass(createConvertLinalgToParallelLoopsPass());
  functions.addPass(createParallelLoopTilingPass({128, 1, 1}));
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createGpuMapParallelLoopsPass());
  passes.addPass(createParallelLoopToGpuPass());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(createLowerAffinePass());
  passes.addPass(createGpuKernelOutliningPass());
}

void mlir::oqat::registerTrainingPlanPipelines() {
  PassPipelineRegistration<>("oqat-convert-kernels-to-llvm",
                             "lower training kernels to the LLVM dialect",
                             buildKernelsToLLVMPipeline);
  PassPipelineRegistration<>(
      "oqat-map-kernels-to-gpu",
      "outline training kernels, built with their channels outermost, as GPU "
      "kernels",
      buildMapKernelsToGPUPipeline);
}

static FailureOr<std::string> compileKernels(OwningOpRef<ModuleOp> kernels) {
  PassManager passes(kernels->getContext(), ModuleOp::getOperationName());
  buildKernelsToLLVMPipeline(passes);
  if (failed(passes.run(*kernels)))
    return failure();
  FailureOr<Bytes> object =
      emitKernelLibrary(*kernels, getHostTarget(), "kernels.so");
  if (failed(object))
    return failure();
  return std::string(object->begin(), object->end());
}

LogicalResult mlir::oqat::exportTrainingPlan(ModuleOp module,
                                             StringRef folder) {
  // Training knows full-precision ends and a float residual stream only.
  PassManager passes(module.getContext(), ModuleOp::getOperationName());
  passes.addPass(createFixChoices());
  if (failed(passes.run(module)))
    return failure();
  FailureOr<TrainingPlan> plan = buildTrainingPlan(module, compileKernels);
  if (failed(plan))
    return failure();
  return writeTrainingPlan(*plan, folder, module.getLoc());
}
