//===- TensorNames.cpp - Which floats have a name -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `<conv>.output` is the value at the end of what follows a convolution: batch
// norm, activation, residual addition, as far as nothing else reads a value in
// between. A compiled network holds no other floats of such a layer.
//
//===----------------------------------------------------------------------===//

#include "Engine.h"

using namespace mlir;
using namespace mlir::oqat;

/// Whether `op` can join the kernel of the convolution before it.
static bool isPointwise(Operation *op) {
  return isa<BatchNormOp, DequantizeOp, RescaleOp, ActivationOp, AddOp>(op);
}

/// The convolution whose kernel computes `value`; null where it has none.
static Conv2DOp producingConvolution(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto conv = dyn_cast<Conv2DOp>(op))
      return conv;
    if (!isPointwise(op))
      return nullptr;
    // The convolution of a sum is the one that only the sum reads.
    auto add = dyn_cast<AddOp>(op);
    value = op->getOperand(0);
    if (add && (!value.hasOneUse() || !producingConvolution(value)))
      value = add.getRhs();
    if (!value.hasOneUse())
      return nullptr;
  }
  return nullptr;
}

std::string mlir::oqat::outputName(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || !isPointwise(op))
    return "";
  if (value.hasOneUse() && isPointwise(*value.user_begin()))
    return "";
  Conv2DOp conv = producingConvolution(value);
  return conv ? (conv.getLayerName() + ".output").str() : "";
}
