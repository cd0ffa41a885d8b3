//===- GateThresholds.h - Gated codes by thresholds -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_GATETHRESHOLDS_H
#define LIB_TARGET_GENERIC_GATETHRESHOLDS_H

#include "Emitters.h"

namespace mlir::oqat {

/// Whether counting thresholds on the codes of a gated layer is faster than
/// rounding, the search for them included.
bool hasGateThresholds(const VectorTarget &target, bitpack::ElementwiseOp op);

/// What threads share: blocks of pixels.
int64_t countGateUnits(bitpack::ElementwiseOp op);

void emitGateThresholds(EmitContext context, bitpack::ElementwiseOp op);

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_GATETHRESHOLDS_H
