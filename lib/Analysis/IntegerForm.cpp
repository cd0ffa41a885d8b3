//===- IntegerForm.cpp - What integer networks hold -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Analysis/IntegerForm.h"

using namespace mlir;
using namespace mlir::oqat;

LogicalResult mlir::oqat::verifyConstantWeights(Operation *op) {
  if (auto weight = dyn_cast<ConstantWeightOp>(op);
      weight && !isa<DenseElementsAttr>(weight.getValue()))
    return op->emitOpError("expected dense values");
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa_and_nonnull<ConstantWeightOp, ConstantCodesOp>(
            operand.get().getDefiningOp()))
      continue;
    if (!isa<Conv2DOp, LinearOp>(op) || operand.getOperandNumber() != 1)
      return op->emitOpError("expected only layers to read constant weights, "
                             "as their weight");
  }
  return success();
}
