//===- ActivationQuantizers.h - Codes of signed activations -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_IMPORT_GENERATE_ACTIVATIONQUANTIZERS_H
#define LIB_IMPORT_GENERATE_ACTIVATIONQUANTIZERS_H

#include "mlir/IR/BuiltinOps.h"
#include "oqat/Import/GenerateSupernet.h"

namespace mlir::oqat {

/// Whether a value of a network can be below 0, as far as the operations that
/// made it tell.
bool mayBeNegative(Value value);

/// Makes the elastic quantizers of activations that may be negative those of
/// `kind`; the ends and the residual stream have quantizers of their own.
void setActivationQuantizers(ModuleOp module, ActivationQuantizers kind);

} // namespace mlir::oqat

#endif // LIB_IMPORT_GENERATE_ACTIVATIONQUANTIZERS_H
