//===- Pipelines.cpp - One builder per phase ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Pipelines/Pipelines.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "oqat/Conversion/Passes.h"
#include "oqat/Pipelines/Passes.h"
#include "oqat/Target/Passes.h"
#include "oqat/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::oqat;

static constexpr StringLiteral kPhases[] = {"supernet", "subnet", "integer",
                                            "packed", "target"};

StringRef mlir::oqat::stringifyPhase(Phase phase) {
  return kPhases[static_cast<int>(phase)];
}

static void buildSubnetPhase(OpPassManager &passes,
                             const PipelineOptions &options) {
  MaterializeSubnetOptions materialize;
  bool isText = StringRef(options.subnet).ltrim().starts_with("{");
  (isText ? materialize.subnet : materialize.subnetFile) = options.subnet;
  passes.addPass(createMaterializeSubnet(materialize));
}

static void buildIntegerPhase(OpPassManager &passes,
                              const PipelineOptions &options) {
  if (!options.weights.empty())
    passes.addPass(createLoadWeights({options.weights}));
  if (options.randomWeights)
    passes.addPass(createRandomizeWeights(
        {*options.randomWeights, options.randomAllCodes}));
  passes.addPass(createFreezeQuantizers());
  passes.addPass(createFoldBatchNorm());
  passes.addPass(createAnnotateValueBounds());
}

void mlir::oqat::buildPhaseCheck(Phase phase, OpPassManager &passes) {
  switch (phase) {
  case Phase::Supernet:
    return passes.addPass(createVerifySupernet());
  case Phase::Subnet:
    return passes.addPass(createVerifySubnet());
  case Phase::Integer:
    return passes.addPass(createVerifyInteger());
  case Phase::Packed:
    return passes.addPass(createVerifyPacked());
  case Phase::Target:
    return passes.addPass(createVerifyTarget());
  }
}

void mlir::oqat::buildRequantization(OpPassManager &passes,
                                     const PipelineOptions &options) {
  if (!options.requantization.empty())
    passes.addPass(createChooseRequantization({options.requantization}));
}

void mlir::oqat::buildKernelPhase(OpPassManager &passes,
                                  bool emulateIntrinsics) {
  buildKernelLoweringPipeline(passes);
  if (emulateIntrinsics)
    passes.addPass(createEmulateTargetIntrinsics());
  buildPhaseCheck(Phase::Target, passes);
}

static void lowerTo(Phase phase, OpPassManager &passes,
                    const PipelineOptions &options) {
  switch (phase) {
  case Phase::Supernet:
    return;
  case Phase::Subnet:
    return buildSubnetPhase(passes, options);
  case Phase::Integer:
    return buildIntegerPhase(passes, options);
  case Phase::Packed:
    return passes.addPass(createConvertOqatToBitpack());
  case Phase::Target:
    buildRequantization(passes, options);
    buildBitpackToLLVMPipeline(passes, options.target, options.preferKernels);
    if (options.emulateIntrinsics)
      passes.addPass(createEmulateTargetIntrinsics());
    return;
  }
}

void mlir::oqat::buildPhase(Phase phase, OpPassManager &passes,
                            const PipelineOptions &options) {
  lowerTo(phase, passes, options);
  buildPhaseCheck(phase, passes);
}
