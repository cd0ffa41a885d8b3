//===- IntegerForm.h - What integer networks hold ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_ANALYSIS_INTEGERFORM_H
#define OQAT_ANALYSIS_INTEGERFORM_H

#include "dialects/oqat/Oqat.h"

namespace mlir::oqat {

/// In an integer network constant weights are dense, and convolutions and
/// linear layers read them, and constant codes, as their weight; nothing else
/// does. Fails with a diagnostic on `op` where it is different.
LogicalResult verifyConstantWeights(Operation *op);

} // namespace mlir::oqat

#endif // OQAT_ANALYSIS_INTEGERFORM_H
