//===- Passes.h - Checks at phase boundaries --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_PIPELINES_PASSES_H
#define OQAT_PIPELINES_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::oqat {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "oqat/Pipelines/Passes.h.inc"
} // namespace mlir::oqat

#endif // OQAT_PIPELINES_PASSES_H
