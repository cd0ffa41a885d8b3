//===- Passes.h - Running networks in oqat-opt ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_INTERPRETER_PASSES_H
#define OQAT_INTERPRETER_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::oqat {

#define GEN_PASS_DECL
#include "oqat/Interpreter/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "oqat/Interpreter/Passes.h.inc"

} // namespace mlir::oqat

#endif // OQAT_INTERPRETER_PASSES_H
