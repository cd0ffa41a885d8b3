//===- OqatResidual.cpp - Additions and streams of codes (N7) -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/OqatVerifiers.h"

using namespace mlir;
using namespace mlir::oqat;

bool AddOp::isStream() {
  auto bits = dyn_cast_or_null<IntegerAttr>(getBitsAttr());
  return bits && bits.getInt() != FakeQuantizeOp::kFloatBits;
}

void AddOp::makeFloat() {
  removeStepAttr();
  removeBitsAttr();
}

StringRef AddOp::getStreamName() {
  StringRef name = *getStep();
  name.consume_back("_step");
  return name;
}

/// Whether the second operand holds codes of the same stream.
static bool readsStream(AddOp op) {
  Operation *producer = op.getRhs().getDefiningOp();
  if (!producer)
    return true;
  if (auto add = dyn_cast<AddOp>(producer))
    return add.getStepAttr() == op.getStepAttr() &&
           add.getBitsAttr() == op.getBitsAttr();
  auto head = dyn_cast<FakeQuantizeOp>(producer);
  return head && head.getSignedCodes() &&
         head.getStepAttr() == op.getStepAttr() &&
         head.getBits() == op.getBitsAttr();
}

LogicalResult AddOp::verify() {
  if (static_cast<bool>(getStepAttr()) != static_cast<bool>(getBitsAttr()))
    return emitOpError("expected 'step' and 'bits' together");
  if (auto bits = dyn_cast_or_null<IntegerAttr>(getBitsAttr()))
    if (failed(requireEndBits(getOperation(), bits.getInt())))
      return failure();
  if (!isStream() || readsStream(*this))
    return success();
  return emitOpError("expected its second operand to be a signed quantizer or "
                     "an addition with step '")
         << *getStep() << "'";
}

LogicalResult AddOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (!getStepAttr())
    return success();
  if (failed(requireScalarStep(getOperation(), tables, getStepAttr())))
    return failure();
  return requireEndBitsChoice(getOperation(), tables, getBitsAttr());
}

void AddOp::getChoices(SmallVectorImpl<FlatSymbolRefAttr> &choices) {
  if (auto choice = dyn_cast_or_null<FlatSymbolRefAttr>(getBitsAttr()))
    choices.push_back(choice);
}

LogicalResult AddOp::materialize(RewriterBase &rewriter,
                                 const Selection &selection) {
  if (auto choice = dyn_cast_or_null<FlatSymbolRefAttr>(getBitsAttr())) {
    FailureOr<int64_t> bits = selection.get(getOperation(), choice);
    if (failed(bits))
      return failure();
    setBitsAttr(rewriter.getI64IntegerAttr(*bits));
  }
  if (getBitsAttr() && !isStream())
    makeFloat();
  getResult().setType(getLhs().getType());
  return success();
}
