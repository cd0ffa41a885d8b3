//===- OqatVerifiers.h - Checks that several operations share ---*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_DIALECTS_OQAT_OQATVERIFIERS_H
#define OQAT_DIALECTS_OQAT_OQATVERIFIERS_H

#include "dialects/oqat/Oqat.h"

namespace mlir::oqat {

/// The parameter behind `symbol` if it has the kind, else an error on `op`.
FailureOr<ParameterOp> requireParameter(Operation *op,
                                        SymbolTableCollection &tables,
                                        FlatSymbolRefAttr symbol,
                                        ParameterKind kind);

/// The choice behind `symbol` in the space of the network that holds `op`,
/// else an error on `op`.
FailureOr<ChoiceOp> requireChoice(Operation *op, SymbolTableCollection &tables,
                                  FlatSymbolRefAttr symbol);

/// Fails unless `symbol` names a parameter that holds one step.
LogicalResult requireScalarStep(Operation *op, SymbolTableCollection &tables,
                                FlatSymbolRefAttr symbol);

/// Fails unless `bits` are those of the residual stream or of the ends: 8 or 32
/// (N7, N17).
LogicalResult requireEndBits(Operation *op, int64_t bits);

/// The same for every value of the choice that `bits` may be.
LogicalResult requireEndBitsChoice(Operation *op, SymbolTableCollection &tables,
                                   Attribute bits);

/// Fails unless both types have the same shape.
LogicalResult requireSameShape(Operation *op, Type input, Type result);

/// Fails unless a static `actual` extent is the static `expected` one.
LogicalResult requireExtent(Operation *op, StringRef what, int64_t actual,
                            int64_t expected);

/// Fails unless there is one step, or one per channel, and all of them are
/// finite and positive.
LogicalResult requireSteps(Operation *op, StringRef name, Attribute steps,
                           int64_t channels);

/// Fails unless the codes of `type` have one step, around zero.
LogicalResult requirePlainCodes(Operation *op, RankedTensorType type);

/// Fails unless codes per channel have their scales along dimension `axis`, one
/// for each entry: the types of LLVM 19 do not see to that.
LogicalResult requireScales(Operation *op, RankedTensorType type, int64_t axis);

/// Fails unless the parameter is a vector of at least `channels` entries.
LogicalResult requireVector(Operation *op, ParameterOp parameter,
                            int64_t channels);

} // namespace mlir::oqat

#endif // OQAT_DIALECTS_OQAT_OQATVERIFIERS_H
