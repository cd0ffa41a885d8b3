//===- CostModel.h - What a fixed network costs -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_ANALYSIS_COSTMODEL_H
#define OQAT_ANALYSIS_COSTMODEL_H

#include "dialects/oqat/Oqat.h"

namespace mlir::oqat {

/// The sum of `CostOpInterface` over a fixed network; an error on the first
/// operation whose shapes are open.
FailureOr<Cost> computeCost(SupernetOp network);

/// One JSON object without a line end:
/// {"macs":…,"parameters":…,"bops":…,"weightBytes":…}
void printCost(raw_ostream &os, const Cost &cost);

} // namespace mlir::oqat

#endif // OQAT_ANALYSIS_COSTMODEL_H
