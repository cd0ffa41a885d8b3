//===- OqatFolders.cpp - Every fold of the oqat dialect -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nothing here changes a bit of what a network computes. So two float scales
// do not become one, nor does a batch norm join another: rounding once is not
// rounding twice. Folds whose proof is not plain say it.
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "llvm/ADT/StringSet.h"

#include <cmath>

using namespace mlir;
using namespace mlir::oqat;

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// Whether no element is less than zero (it may be -0 or NaN, which relu keeps
/// as they are). A few operations deep.
static bool isNeverNegative(Value value, unsigned depth = 4) {
  Operation *op = value.getDefiningOp();
  if (!op || depth == 0)
    return false;
  if (auto activation = dyn_cast<ActivationOp>(op))
    return activation.getKind() != ActivationKind::HSwish;
  if (auto add = dyn_cast<AddOp>(op))
    return isNeverNegative(add.getLhs(), depth - 1) &&
           isNeverNegative(add.getRhs(), depth - 1);
  // A mean of such values, and their product with a gate from 0 to 1; not their
  // maximum, which is -inf where all are NaN.
  if (isa<PoolOp, SqueezeExciteOp>(op))
    return isNeverNegative(op->getOperand(0), depth - 1);
  return false;
}

/// relu of what is never negative, and relu6 of a relu6 or an h_sigmoid, are
/// their operand.
OpFoldResult ActivationOp::fold(FoldAdaptor adaptor) {
  if (getKind() == ActivationKind::Relu && isNeverNegative(getInput()))
    return getInput();
  auto inner = getInput().getDefiningOp<ActivationOp>();
  if (getKind() == ActivationKind::Relu6 && inner &&
      (inner.getKind() == ActivationKind::Relu6 ||
       inner.getKind() == ActivationKind::HSigmoid))
    return getInput();
  return nullptr;
}

/// relu6 clamps at zero by itself.
LogicalResult ActivationOp::canonicalize(ActivationOp op,
                                         PatternRewriter &rewriter) {
  auto inner = op.getInput().getDefiningOp<ActivationOp>();
  if (op.getKind() != ActivationKind::Relu6 || !inner ||
      inner.getKind() != ActivationKind::Relu || !inner->hasOneUse())
    return rewriter.notifyMatchFailure(op, "no relu6 of a relu of its own");
  rewriter.modifyOpInPlace(
      op, [&] { op.getInputMutable().assign(inner.getInput()); });
  return success();
}

/// 32 bits hold the value itself.
/// Quantizing again with the same step gives the same codes: f32(|s| * code) *
/// f32(1 / |s|) is within 2^-22 * 255 of the code, so rounding finds it again.
/// Other quantizers than LSQ are not assumed to do so.
OpFoldResult FakeQuantizeOp::fold(FoldAdaptor adaptor) {
  if (getFixedBits() == kFloatBits)
    return getInput();
  auto inner = getInput().getDefiningOp<FakeQuantizeOp>();
  if (inner && inner->getAttrDictionary() == (*this)->getAttrDictionary() &&
      !(*this)->hasAttr("by"))
    return getInput();
  return nullptr;
}

/// Whether all values are `value`, its sign included.
static bool isSplatOf(ElementsAttr values, float value) {
  auto dense = dyn_cast<DenseElementsAttr>(values);
  return dense && dense.getElementType().isF32() && dense.isSplat() &&
         dense.getSplatValue<APFloat>().bitwiseIsEqual(APFloat(value));
}

/// x * 1 + -0 is x for every float x; with +0, -0 would become +0.
OpFoldResult RescaleOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getResult().getType() &&
      isSplatOf(getScale(), 1.0f) && isSplatOf(getBias(), -0.0f))
    return getInput();
  return nullptr;
}

/// Codes that start at zero clamp below zero as relu does.
LogicalResult QuantizeOp::canonicalize(QuantizeOp op,
                                       PatternRewriter &rewriter) {
  auto relu = op.getInput().getDefiningOp<ActivationOp>();
  if (!relu || relu.getKind() != ActivationKind::Relu || !relu->hasOneUse())
    return rewriter.notifyMatchFailure(op, "input is no relu of its own");
  auto type = dyn_cast<quant::UniformQuantizedType>(
      cast<RankedTensorType>(op.getType()).getElementType());
  if (!type || type.getStorageTypeMin() != 0 || type.getZeroPoint() != 0)
    return rewriter.notifyMatchFailure(op, "some codes stand for less than 0");
  rewriter.modifyOpInPlace(
      op, [&] { op.getInputMutable().assign(relu.getInput()); });
  return success();
}

//===----------------------------------------------------------------------===//
// Kernel transforms
//===----------------------------------------------------------------------===//

static std::optional<DenseElementsAttr> valueOf(Operation *user,
                                                FlatSymbolRefAttr symbol) {
  auto parameter =
      SymbolTable::lookupNearestSymbolFrom<ParameterOp>(user, symbol);
  auto value =
      parameter ? dyn_cast_or_null<DenseElementsAttr>(parameter.getValueAttr())
                : DenseElementsAttr();
  return value ? std::optional(value) : std::nullopt;
}

static bool isIdentity(DenseElementsAttr matrix) {
  int64_t size = matrix.getType().getShape()[0];
  for (auto [i, value] : llvm::enumerate(matrix.getValues<float>()))
    if (value !=
        (static_cast<int64_t>(i) / size == static_cast<int64_t>(i) % size
             ? 1.0f
             : 0.0f))
      return false;
  return true;
}

/// A product with the identity is its operand where that is finite (0 * inf is
/// NaN); -0 becomes +0, which neither a code nor a sum of products from +0 can
/// tell. On an elastic network the matrix is there to be trained.
static LogicalResult dropIdentityTransforms(WeightOp op,
                                            PatternRewriter &rewriter) {
  SupernetOp network = getNetwork(op);
  if (!op.getTransformsAttr() || !network || network.getSpaceAttr())
    return rewriter.notifyMatchFailure(op, "no transforms of a fixed network");
  auto weight = valueOf(op, op.getParameterAttr());
  if (!weight || !llvm::all_of(weight->getValues<float>(), [](float value) {
        return std::isfinite(value);
      }))
    return rewriter.notifyMatchFailure(op, "weights are not all known finite");
  if (!llvm::all_of(op->getUsers(), llvm::IsaPred<Conv2DOp, FakeQuantizeOp>))
    return rewriter.notifyMatchFailure(op, "something else reads the weights");
  SmallVector<Attribute> kept;
  for (Attribute symbol : op.getTransformsAttr()) {
    auto matrix = valueOf(op, cast<FlatSymbolRefAttr>(symbol));
    if (!matrix || !isIdentity(*matrix))
      kept.push_back(symbol);
  }
  if (kept.size() == op.getTransformsAttr().size())
    return rewriter.notifyMatchFailure(op, "no transform is the identity");
  rewriter.modifyOpInPlace(op, [&] {
    if (kept.empty())
      op.removeTransformsAttr();
    else
      op.setTransformsAttr(rewriter.getArrayAttr(kept));
  });
  return success();
}

//===----------------------------------------------------------------------===//
// Choices
//===----------------------------------------------------------------------===//

/// The values of the choices that `op` refers to, where each has one value.
static std::optional<Selection> onlySelection(ElasticOpInterface op) {
  SmallVector<FlatSymbolRefAttr> choices;
  op.getChoices(choices);
  SupernetOp network = getNetwork(op);
  if (choices.empty() || !network)
    return std::nullopt;
  Selection selection;
  for (FlatSymbolRefAttr symbol : choices) {
    ChoiceOp choice = network.lookupChoice(symbol);
    if (!choice || choice.getValues().size() != 1)
      return std::nullopt;
    selection.set(choice.getSymName(), choice.getValues().front());
  }
  return selection;
}

/// Quantizers take the type of what they quantize; convolutions, whose types
/// may stay open, must not contradict it.
static bool canTakeChannels(WeightOp op, const Selection &selection) {
  SmallVector<Operation *> users(op->getUsers());
  for (size_t i = 0; i < users.size(); ++i) {
    if (auto quantizer = dyn_cast<FakeQuantizeOp>(users[i])) {
      llvm::append_range(users, quantizer->getUsers());
      continue;
    }
    auto conv = dyn_cast<Conv2DOp>(users[i]);
    if (!conv || !conv.getInputType().isDynamicDim(3) ||
        !conv.getResultType().isDynamicDim(3))
      return false;
  }
  return true;
}

/// Decides what has only one value left.
static LogicalResult decideWeight(WeightOp op, PatternRewriter &rewriter) {
  std::optional<Selection> selection = onlySelection(op);
  if (!selection || !canTakeChannels(op, *selection))
    return rewriter.notifyMatchFailure(op, "extents are open");
  rewriter.startOpModification(op);
  if (failed(op.materialize(rewriter, *selection))) {
    rewriter.cancelOpModification(op);
    return failure();
  }
  rewriter.finalizeOpModification(op);
  for (Operation *user : op->getUsers())
    if (auto quantizer = dyn_cast<FakeQuantizeOp>(user))
      rewriter.modifyOpInPlace(
          quantizer, [&] { quantizer.getResult().setType(op.getType()); });
  return success();
}

void WeightOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *) {
  patterns.add(dropIdentityTransforms);
  patterns.add(decideWeight);
}

LogicalResult FakeQuantizeOp::canonicalize(FakeQuantizeOp op,
                                           PatternRewriter &rewriter) {
  std::optional<Selection> selection = onlySelection(op);
  if (!selection)
    return rewriter.notifyMatchFailure(op, "bits are open");
  return op.materialize(rewriter, *selection);
}

/// A stage of one depth is its first blocks; blocks beyond the largest depth
/// never run.
LogicalResult StageOp::canonicalize(StageOp op, PatternRewriter &rewriter) {
  if (std::optional<Selection> selection = onlySelection(op))
    return op.materialize(rewriter, *selection);
  SupernetOp network = getNetwork(op);
  ChoiceOp choice =
      network ? network.lookupChoice(op.getChoiceAttr()) : ChoiceOp();
  size_t deepest = choice ? choice.getValues().back() : op.getBlocks().size();
  if (deepest >= op.getBlocks().size())
    return rewriter.notifyMatchFailure(op, "every block may run");
  auto shorter =
      rewriter.create<StageOp>(op.getLoc(), op.getType(), op.getChoiceAttr(),
                               op.getInput(), static_cast<unsigned>(deepest));
  for (auto [from, to] : llvm::zip(op.getBlocks(), shorter.getBlocks()))
    rewriter.inlineRegionBefore(from, to, to.end());
  rewriter.replaceOp(op, shorter);
  return success();
}

/// The names that operations of networks over `space` refer to.
static llvm::StringSet<> referencedChoices(SpaceOp space, bool &hasNetwork) {
  llvm::StringSet<> names;
  hasNetwork = false;
  for (auto network : space->getParentRegion()->getOps<SupernetOp>()) {
    if (network.lookupSpace() != space)
      continue;
    hasNetwork = true;
    network->walk([&](Operation *op) {
      SmallVector<FlatSymbolRefAttr> choices;
      if (auto elastic = dyn_cast<ElasticOpInterface>(op))
        elastic.getChoices(choices);
      for (FlatSymbolRefAttr symbol : choices)
        names.insert(symbol.getValue());
      op->getAttrDictionary().walk(
          [&](FlatSymbolRefAttr symbol) { names.insert(symbol.getValue()); });
    });
  }
  return names;
}

/// A choice that no network of the space refers to decides nothing.
LogicalResult SpaceOp::canonicalize(SpaceOp op, PatternRewriter &rewriter) {
  bool hasNetwork;
  llvm::StringSet<> names = referencedChoices(op, hasNetwork);
  bool changed = false;
  if (hasNetwork)
    for (auto choice :
         llvm::make_early_inc_range(op.getBody().getOps<ChoiceOp>()))
      if (!names.contains(choice.getSymName())) {
        rewriter.eraseOp(choice);
        changed = true;
      }
  return success(changed);
}

/// An addition of 32 bits is one of floats.
OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  auto bits = dyn_cast_or_null<IntegerAttr>(getBitsAttr());
  if (!bits || bits.getInt() != FakeQuantizeOp::kFloatBits)
    return nullptr;
  makeFloat();
  return getResult();
}
