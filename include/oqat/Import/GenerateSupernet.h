//===- GenerateSupernet.h - Networks of known search spaces -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_IMPORT_GENERATESUPERNET_H
#define OQAT_IMPORT_GENERATESUPERNET_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace mlir::oqat {

/// The names that `generateSupernet` knows.
SmallVector<StringRef> getSupernetNames();

/// What quantizes activations that may be negative: the papers' unsigned codes,
/// signed codes, or LSQ+ with its learned offset.
enum class ActivationQuantizers { Unsigned, Signed, LsqPlus };

/// The module of a search space, or null where the name is unknown.
OwningOpRef<ModuleOp> generateSupernet(
    MLIRContext *context, StringRef name,
    ActivationQuantizers activations = ActivationQuantizers::Unsigned);

} // namespace mlir::oqat

#endif // OQAT_IMPORT_GENERATESUPERNET_H
