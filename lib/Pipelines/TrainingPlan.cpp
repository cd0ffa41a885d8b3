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
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "oqat/Export/Plan.h"
#include "oqat/Pipelines/GpuKernels.h"
#include "oqat/Target/Emit/Emit.h"
#include "oqat/Transforms/Passes.h"

// Only what declares one pass: the header around it declares all of Linalg.
namespace mlir {
#define GEN_PASS_DECL_CONVERTLINALGTOLOOPSPASS
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

void mlir::oqat::registerTrainingPlanPipelines() {
  PassPipelineRegistration<>("oqat-convert-kernels-to-llvm",
                             "lower training kernels to the LLVM dialect",
                             buildKernelsToLLVMPipeline);
}

/// PTX that every GPU from the first with asynchronous copies on can take, and
/// the code of those that are named.
static LogicalResult compileForGpus(ModuleOp kernels,
                                    ArrayRef<std::string> gpus,
                                    std::vector<GpuCode> &code) {
  auto add = [&](StringRef chip, GpuFormat format) -> LogicalResult {
    FailureOr<std::string> bytes = compileGpuKernels(kernels, chip, format);
    if (succeeded(bytes))
      code.push_back({chip.str(), format == GpuFormat::PTX, std::move(*bytes)});
    return bytes;
  };
  if (failed(add("sm_80", GpuFormat::PTX)))
    return failure();
  for (StringRef chip : gpus)
    if (failed(add(chip, GpuFormat::Cubin)))
      return failure();
  return success();
}

static FailureOr<CompiledKernels> compileKernels(OwningOpRef<ModuleOp> kernels,
                                                 ArrayRef<std::string> gpus) {
  CompiledKernels compiled;
  bool wantsNone = gpus.size() == 1 && gpus.front() == "none";
  if (!wantsNone && (failed(checkGpuChips(gpus, kernels->getLoc())) ||
                     failed(compileForGpus(*kernels, gpus, compiled.gpuCode))))
    return failure();
  PassManager passes(kernels->getContext(), ModuleOp::getOperationName());
  buildKernelsToLLVMPipeline(passes);
  if (failed(passes.run(*kernels)))
    return failure();
  FailureOr<Bytes> object =
      emitKernelLibrary(*kernels, getHostTarget(), "kernels.so");
  if (failed(object))
    return failure();
  compiled.object.assign(object->begin(), object->end());
  return compiled;
}

LogicalResult mlir::oqat::exportTrainingPlan(ModuleOp module, StringRef folder,
                                             ArrayRef<std::string> gpus) {
  // Training knows full-precision ends and a float residual stream only.
  PassManager passes(module.getContext(), ModuleOp::getOperationName());
  passes.addPass(createFixChoices());
  if (failed(passes.run(module)))
    return failure();
  FailureOr<TrainingPlan> plan =
      buildTrainingPlan(module, [&](OwningOpRef<ModuleOp> kernels) {
        return compileKernels(std::move(kernels), gpus);
      });
  if (failed(plan))
    return failure();
  return writeTrainingPlan(*plan, folder, module.getLoc());
}
