//===- GateThresholds.h - Gated codes by thresholds -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_GATETHRESHOLDS_H
#define LIB_TARGET_GENERIC_GATETHRESHOLDS_H

#include "Emitters.h"

namespace mlir::oqat {

/// The name of the kernel of a gated layer that finds thresholds and counts
/// them on codes, or lines through them; empty where rounding is faster than
/// that, or the layer of another kind.
StringRef planGateThresholds(const VectorTarget &target,
                             bitpack::ElementwiseOp op);

/// What threads share: blocks of pixels.
int64_t countGateUnits(bitpack::ElementwiseOp op);

void emitGateThresholds(EmitContext context, bitpack::ElementwiseOp op);

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_GATETHRESHOLDS_H
