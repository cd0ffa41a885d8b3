//===- Bitpack.h - The bitpack dialect ------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_BITPACK_BITPACK_H
#define DIALECTS_BITPACK_BITPACK_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <optional>

#include "dialects/bitpack/BitpackDialect.h.inc"
#include "dialects/bitpack/BitpackEnums.h.inc"

namespace mlir::bitpack {
class LayerOpInterface;
/// The constraints that every epilogue shares.
LogicalResult verifyLayer(LayerOpInterface layer);
/// That `form`, which may be null, fits the result.
LogicalResult verifyRequantization(LayerOpInterface layer, Attribute form);
} // namespace mlir::bitpack

#define GET_ATTRDEF_CLASSES
#include "dialects/bitpack/BitpackAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/bitpack/BitpackTypes.h.inc"

#include "dialects/bitpack/BitpackInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialects/bitpack/BitpackOps.h.inc"

#endif // DIALECTS_BITPACK_BITPACK_H
