//===- Passes.td - Passes that know a CPU ------------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TARGET_PASSES_TD
#define OQAT_TARGET_PASSES_TD

include "mlir/Pass/PassBase.td"

def EmulateTargetIntrinsics
    : Pass<"emulate-target-intrinsics", "::mlir::ModuleOp"> {
  let summary = "replace the intrinsics of x86 by code for any CPU";
  let description = [{
    Every `llvm.call_intrinsic` of `llvm.x86` becomes a call of a function that
    computes the same bits with generic vector operations, one function per
    intrinsic; `oqat.network`, where the module has it, gets `emulated = true`.
    So a machine runs the kernels of a target that it lacks, slowly. An
    intrinsic without an emulation is an error.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
  let statistics = [
    Statistic<"numCalls", "num-emulated-calls", "Calls of intrinsics replaced">,
    Statistic<"numHelpers", "num-emulations", "Functions added for them">,
  ];
}

#endif // OQAT_TARGET_PASSES_TD
