//===- Optimize.cpp - LLVM's pipelines for networks and kernels -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "EmitUtils.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/GVN.h"
#include "llvm/Transforms/Scalar/IndVarSimplify.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Vectorize/LoopVectorize.h"

using namespace mlir::oqat;

/// What is left to do for kernels, which come in vectors and unrolled as far as
/// registers reach: O2 takes a third longer for networks that are as fast
/// (docs/Performance.md).
static llvm::FunctionPassManager buildKernelPasses() {
  llvm::FunctionPassManager passes;
  auto simplify = [&] {
    passes.addPass(llvm::InstCombinePass());
    passes.addPass(llvm::SimplifyCFGPass());
  };
  passes.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  passes.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  simplify();
  llvm::LoopPassManager loops;
  loops.addPass(llvm::LoopRotatePass());
  loops.addPass(llvm::LICMPass(llvm::LICMOptions()));
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(loops),
                                                       /*UseMemorySSA=*/true));
  passes.addPass(
      llvm::createFunctionToLoopPassAdaptor(llvm::IndVarSimplifyPass()));
  passes.addPass(llvm::GVNPass());
  simplify();
  // Scalar loops, as through a table, are interleaved.
  passes.addPass(llvm::LoopVectorizePass());
  simplify();
  return passes;
}

void mlir::oqat::optimize(llvm::Module &module, llvm::TargetMachine &machine,
                          bool isKernel) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graphs;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = true;
  // Kernels are unrolled as far as registers reach; more would spill.
  tuning.LoopUnrolling = false;
  tuning.SLPVectorization = true;
  llvm::PassBuilder passes(&machine, tuning);
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(graphs);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, graphs, modules);
  llvm::ModulePassManager manager;
  if (isKernel)
    manager.addPass(
        llvm::createModuleToFunctionPassAdaptor(buildKernelPasses()));
  else
    manager = passes.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2);
  manager.run(module, modules);
}
