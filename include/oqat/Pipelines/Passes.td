//===- Passes.td - Checks at phase boundaries --------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_PIPELINES_PASSES_TD
#define OQAT_PIPELINES_PASSES_TD

include "mlir/Pass/PassBase.td"

def VerifySupernet : Pass<"oqat-verify-supernet", "::mlir::ModuleOp"> {
  let summary = "fail on the first operation that no supernet holds";
  let description = [{
    A supernet is one `oqat.supernet` with its spaces and parameters, before
    any of its quantizers is frozen.
  }];
}

def VerifyPacked : Pass<"oqat-verify-packed", "::mlir::ModuleOp"> {
  let summary = "fail on the first operation that is not a packed one";
  let description = [{
    Only operations of `bitpack` and modules may remain.
  }];
}

def VerifyTarget : Pass<"oqat-verify-target", "::mlir::ModuleOp"> {
  let summary = "fail on the first operation outside the LLVM dialect";
}

#endif // OQAT_PIPELINES_PASSES_TD
