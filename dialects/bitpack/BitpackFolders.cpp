//===- BitpackFolders.cpp - Every fold of the bitpack dialect -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Steps of an epilogue that change no bit of its result go. Constants went into
// the layers when the dialect was entered, so nothing else folds.
//
//===----------------------------------------------------------------------===//

#include "dialects/bitpack/Bitpack.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::bitpack;

/// An epilogue without steps: the result is the input.
OpFoldResult ElementwiseOp::fold(FoldAdaptor adaptor) {
  // Whatever step there is, it stands in an attribute or an operand.
  bool isEmpty = getInput().getType() == getType() &&
                 (*this)->getNumOperands() == 1 && !getScaleAttr() &&
                 !getBiasAttr() && !getActivation() && !getReciprocalAttr();
  return isEmpty ? OpFoldResult(getInput()) : nullptr;
}

static uint8_t lookup(DenseElementsAttr table, unsigned code) {
  return static_cast<uint8_t>(table.getValues<int8_t>()[code]);
}

/// A table that gives every code of the input back.
OpFoldResult MapOp::fold(FoldAdaptor adaptor) {
  auto codes = cast<CodesType>(getInput().getType().getElementType());
  if (getInput().getType() != getResult().getType())
    return nullptr;
  for (unsigned code = 0; code < 1u << codes.getBits(); ++code)
    if (lookup(getTable(), code) != code)
      return nullptr;
  return getInput();
}

/// A map of a map that nothing else reads is one map.
LogicalResult MapOp::canonicalize(MapOp op, PatternRewriter &rewriter) {
  auto inner = op.getInput().getDefiningOp<MapOp>();
  if (!inner || !inner->hasOneUse())
    return rewriter.notifyMatchFailure(op, "the input is no map of its own");
  SmallVector<int8_t> table;
  for (unsigned code = 0; code < 256; ++code)
    table.push_back(static_cast<int8_t>(
        lookup(op.getTable(), lookup(inner.getTable(), code))));
  rewriter.modifyOpInPlace(op, [&] {
    op.setTableAttr(cast<DenseIntElementsAttr>(DenseElementsAttr::get(
        op.getTable().getType(), ArrayRef<int8_t>(table))));
    op.getInputMutable().assign(inner.getInput());
  });
  return success();
}

static bool isSplatOf(DenseElementsAttr values, float value, bool anyZero) {
  if (!values || !values.isSplat())
    return false;
  APFloat splat = values.getSplatValue<APFloat>();
  return (anyZero && splat.isZero()) || splat.bitwiseIsEqual(APFloat(value));
}

namespace {

/// One pattern for all layers, over what LayerOpInterface says of them.
struct DropNeutralSteps : OpInterfaceRewritePattern<LayerOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(LayerOpInterface layer,
                                PatternRewriter &rewriter) const override {
    SmallVector<StringRef> neutral = neutralSteps(layer);
    if (neutral.empty())
      return rewriter.notifyMatchFailure(layer, "every step does something");
    rewriter.modifyOpInPlace(layer, [&] {
      for (StringRef name : neutral)
        layer->removeAttr(name);
    });
    return success();
  }

private:
  static SmallVector<StringRef> neutralSteps(LayerOpInterface layer) {
    SmallVector<StringRef> names;
    // The sign of a zero does not reach a code.
    bool toCodes = layer.getCodeBits() != 0;
    // An accumulator has both by definition.
    if (!isa<Conv2DOp, DepthwiseConv2DOp>(layer)) {
      if (isSplatOf(layer.getScaleAttr(), 1.0f, /*anyZero=*/false))
        names.push_back("scale");
      if (isSplatOf(layer.getBiasAttr(), -0.0f, /*anyZero=*/toCodes))
        names.push_back("bias");
    }
    // Codes that start at zero clamp below zero as relu does.
    if (toCodes && layer.getZeroPoint() == 0 &&
        layer.getActivation() == ActivationKind::Relu &&
        !layer.getGateValue() && !layer.getResidualValue())
      names.push_back("activation");
    return names;
  }
};

} // namespace

void BitpackDialect::getCanonicalizationPatterns(
    RewritePatternSet &patterns) const {
  patterns.add<DropNeutralSteps>(getContext());
}
