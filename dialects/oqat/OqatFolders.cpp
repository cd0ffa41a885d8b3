//===- OqatFolders.cpp - Every fold of the oqat dialect -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"

using namespace mlir;
using namespace mlir::oqat;

/// relu(relu(x)) and relu(h_sigmoid(x)) are their operand, bit for bit.
OpFoldResult ActivationOp::fold(FoldAdaptor adaptor) {
  if (getKind() != ActivationKind::Relu)
    return nullptr;
  auto inner = getInput().getDefiningOp<ActivationOp>();
  if (!inner || inner.getKind() == ActivationKind::HSwish)
    return nullptr;
  return getInput();
}

/// 32 bits hold the value itself.
OpFoldResult FakeQuantizeOp::fold(FoldAdaptor adaptor) {
  return getFixedBits() == kFloatBits ? OpFoldResult(getInput()) : nullptr;
}

/// An addition of 32 bits is one of floats.
OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  auto bits = dyn_cast_or_null<IntegerAttr>(getBitsAttr());
  if (!bits || bits.getInt() != FakeQuantizeOp::kFloatBits)
    return nullptr;
  makeFloat();
  return getResult();
}
