//===- Passes.h - Passes that know a CPU ------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TARGET_PASSES_H
#define OQAT_TARGET_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::oqat {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "oqat/Target/Passes.h.inc"
} // namespace mlir::oqat

#endif // OQAT_TARGET_PASSES_H
