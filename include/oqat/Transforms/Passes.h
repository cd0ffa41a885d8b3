//===- Passes.h - Passes within the oqat dialect ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRANSFORMS_PASSES_H
#define OQAT_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::oqat {

#define GEN_PASS_DECL
#include "oqat/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "oqat/Transforms/Passes.h.inc"

} // namespace mlir::oqat

#endif // OQAT_TRANSFORMS_PASSES_H
