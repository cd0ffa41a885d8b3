//===- BitpackToLLVM.cpp - Packed layers to kernels and entry points ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Before:
//   bitpack.network @net(%image: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
//     %0 = bitpack.float_conv2d "stem" %image ...
//     ...
//   }
// After:
//   llvm.mlir.global internal constant @net.weights(...)
//       {section = ".rodata.oqat.weights"}
//   llvm.func internal @net.0.stem(%input, %gate, %residual, %result, %panel,
//                                  %begin: i64, %end: i64) { ... }
//   llvm.func @net_prepare(%prepared) -> i32
//   llvm.func @net_run(%prepared, %io, %scratch, %parallel) -> i32
//   and the module attribute `oqat.network`.
//
// Needs one network in the module. Kernel bodies use scf and arith, which the
// rest of the pipeline lowers.
//
//===----------------------------------------------------------------------===//

#include "oqat/Conversion/NetworkPlan.h"
#include "oqat/Conversion/Passes.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_CONVERTBITPACKTOLLVM
#include "oqat/Conversion/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;

namespace {

struct ConvertBitpackToLLVM
    : public mlir::oqat::impl::ConvertBitpackToLLVMBase<ConvertBitpackToLLVM> {
  using ConvertBitpackToLLVMBase::ConvertBitpackToLLVMBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<bitpack::NetworkOp> network = getOnlyNetwork(module);
    if (failed(network))
      return signalPassFailure();
    llvm::Expected<const KernelTarget *> kernels = lookupKernelTarget(target);
    if (!kernels) {
      emitError(module.getLoc()) << llvm::toString(kernels.takeError());
      return signalPassFailure();
    }
    FailureOr<NetworkPlan> plan =
        planNetwork(*network, **kernels, preferKernels);
    if (failed(plan))
      return signalPassFailure();
    emitKernels(module, *plan);
    emitWeights(module, *plan);
    emitEntryPoints(module, *plan);
    module->setAttr("oqat.network", describeNetwork(*plan));
    network->erase();
  }
};

struct PipelineOptions : public PassPipelineOptions<PipelineOptions> {
  Option<std::string> target{*this, "target",
                             llvm::cl::desc("CPU to emit kernels for"),
                             llvm::cl::init("native")};
  Option<std::string> preferKernels{
      *this, "prefer-kernels",
      llvm::cl::desc("how the names of kernels start that are preferred")};
};

} // namespace

void mlir::oqat::buildBitpackToLLVMPipeline(OpPassManager &manager,
                                            StringRef target,
                                            StringRef preferKernels) {
  manager.addPass(
      createConvertBitpackToLLVM({target.str(), preferKernels.str()}));
  buildKernelLoweringPipeline(manager);
}

void mlir::oqat::buildKernelLoweringPipeline(OpPassManager &manager) {
  manager.addPass(createCSEPass());
  manager.addPass(createConvertSCFToCFPass());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
}

void mlir::oqat::registerBitpackToLLVMPipeline() {
  PassPipelineRegistration<PipelineOptions>(
      "bitpack-to-llvm-pipeline",
      "From packed layers to the LLVM dialect, for one CPU",
      [](OpPassManager &manager, const PipelineOptions &options) {
        buildBitpackToLLVMPipeline(manager, options.target,
                                   options.preferKernels);
      });
}
