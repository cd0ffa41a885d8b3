//===- Registration.cpp - Everything that a tool may meet -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only list of our passes and dialects: oqat-opt, oqat-lsp-server and
// oqat-reduce call it.
//
//===----------------------------------------------------------------------===//

#include "oqat/Pipelines/Registration.h"
#include "Upstream.h"
#include "dialects/bitpack/Bitpack.h"
#include "dialects/oqat/Oqat.h"
#include "oqat/Autodiff/Passes.h"
#include "oqat/Conversion/Passes.h"
#include "oqat/Interpreter/Passes.h"
#include "oqat/Pipelines/GpuKernels.h"
#include "oqat/Pipelines/Passes.h"
#include "oqat/Pipelines/TrainingPlan.h"
#include "oqat/Target/Passes.h"
#include "oqat/Target/VectorTarget.h"
#include "oqat/Transforms/Passes.h"

void mlir::oqat::registerEveryPass() {
  registerUpstreamPasses();
  registerGpuKernelPipelines();
  registerOqatAutodiffPasses();
  registerBitpackToLLVMPipeline();
  registerOqatConversionPasses();
  registerOqatInterpreterPasses();
  registerOqatPipelinesPasses();
  registerOqatTargetPasses();
  registerOqatTransformsPasses();
  registerTargets();
  registerTrainingPlanPipelines();
}

void mlir::oqat::registerEveryDialect(DialectRegistry &registry) {
  registerUpstreamDialects(registry);
  registry.insert<bitpack::BitpackDialect, OqatDialect>();
}
