//===- Utils.h - What several passes do -------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_TRANSFORMS_UTILS_H
#define OQAT_LIB_TRANSFORMS_UTILS_H

#include "dialects/oqat/Oqat.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::oqat {

/// Erases the parameters that nothing in the module refers to and that `may`
/// allows.
void eraseUnusedParameters(ModuleOp module,
                           llvm::function_ref<bool(ParameterOp)> may);

} // namespace mlir::oqat

#endif // OQAT_LIB_TRANSFORMS_UTILS_H
