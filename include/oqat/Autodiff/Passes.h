//===- Passes.h - Passes that derive gradients ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_AUTODIFF_PASSES_H
#define OQAT_AUTODIFF_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::oqat {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "oqat/Autodiff/Passes.h.inc"
} // namespace mlir::oqat

#endif // OQAT_AUTODIFF_PASSES_H
