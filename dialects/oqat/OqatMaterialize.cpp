//===- OqatMaterialize.cpp - How elastic operations become fixed ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "oqat/Numerics/Shape.h"
#include <cmath>

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

FailureOr<int64_t> Selection::get(Operation *op,
                                  FlatSymbolRefAttr choice) const {
  auto it = values.find(choice.getValue());
  if (it == values.end())
    return op->emitOpError("has no value for choice '")
           << choice.getValue() << "'";
  if (!perLayer.lookup(choice.getValue()))
    return it->second.front();
  auto layer = layers.find(op);
  if (layer == layers.end())
    return op->emitOpError("belongs to no quantized layer, so the list of "
                           "choice '")
           << choice.getValue() << "' has no entry for it";
  if (layer->second >= it->second.size())
    return op->emitOpError("has no entry ")
           << layer->second << " in the list of choice '" << choice.getValue()
           << "'";
  return it->second[layer->second];
}

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// Gives the result of `op` a static shape.
static LogicalResult setShape(Operation *op, ArrayRef<int64_t> shape) {
  double elements = 1;
  for (int64_t extent : shape)
    elements *= static_cast<double>(extent);
  if (elements > static_cast<double>(1 << 30))
    return op->emitOpError("would have more than 1073741824 elements in this "
                           "subnet");
  Value result = op->getResult(0);
  result.setType(tensorType(result).clone(shape));
  return success();
}

//===----------------------------------------------------------------------===//
// Networks and stages
//===----------------------------------------------------------------------===//

/// The resolution is the choice with the key `image_size`.
static ChoiceOp findResolution(SupernetOp network) {
  if (SpaceOp space = network.lookupSpace())
    for (auto choice : space.getBody().getOps<ChoiceOp>())
      if (choice.getKey() == "image_size")
        return choice;
  return nullptr;
}

void SupernetOp::getChoices(SmallVectorImpl<FlatSymbolRefAttr> &choices) {
  if (ChoiceOp choice = findResolution(*this))
    choices.push_back(FlatSymbolRefAttr::get(choice.getSymNameAttr()));
}

LogicalResult SupernetOp::materialize(RewriterBase &rewriter,
                                      const Selection &selection) {
  BlockArgument image = getBody().getArgument(0);
  SmallVector<int64_t> shape(tensorType(image).getShape());
  if (ShapedType::isDynamic(shape[0]))
    shape[0] = 1;
  if (ChoiceOp choice = findResolution(*this)) {
    FailureOr<int64_t> size = selection.get(
        getOperation(), FlatSymbolRefAttr::get(choice.getSymNameAttr()));
    if (failed(size))
      return failure();
    for (int64_t dim : {1, 2})
      if (ShapedType::isDynamic(shape[dim]))
        shape[dim] = *size;
  }
  if (ShapedType::isDynamicShape(shape))
    return emitOpError("has no choice with key 'image_size' that would decide "
                       "its picture size");
  image.setType(
      RankedTensorType::get(shape, tensorType(image).getElementType()));
  return success();
}

LogicalResult ReturnOp::materialize(RewriterBase &rewriter,
                                    const Selection &selection) {
  auto network = cast<SupernetOp>((*this)->getParentOp());
  network.setFunctionType(rewriter.getFunctionType(
      network.getBody().getArgumentTypes(), getLogits().getType()));
  return success();
}

void StageOp::getChoices(SmallVectorImpl<FlatSymbolRefAttr> &choices) {
  choices.push_back(getChoiceAttr());
}

LogicalResult StageOp::materialize(RewriterBase &rewriter,
                                   const Selection &selection) {
  FailureOr<int64_t> depth = selection.get(getOperation(), getChoiceAttr());
  if (failed(depth))
    return failure();
  if (*depth > static_cast<int64_t>(getBlocks().size()))
    return emitOpError("has ")
           << getBlocks().size() << " block slots, but the depth is " << *depth;
  Value value = getInput();
  for (Region &region : getBlocks().take_front(*depth)) {
    Block &block = region.front();
    auto yield = cast<YieldOp>(block.getTerminator());
    Value result = yield.getValue();
    // A slot may yield its own argument.
    if (result == block.getArgument(0))
      result = value;
    rewriter.eraseOp(yield);
    rewriter.inlineBlockBefore(&block, getOperation(), value);
    value = result;
  }
  rewriter.replaceOp(getOperation(), value);
  return success();
}

//===----------------------------------------------------------------------===//
// Weights and quantizers
//===----------------------------------------------------------------------===//

void WeightOp::getChoices(SmallVectorImpl<FlatSymbolRefAttr> &choices) {
  if (getOutAttr())
    choices.push_back(getOutAttr().getChoice());
  if (getInAttr())
    choices.push_back(getInAttr().getChoice());
  if (getKernelAttr())
    choices.push_back(getKernelAttr());
}

/// Keeps the transforms of the sizes down to `kernel`.
static ArrayAttr takeTransforms(WeightOp op, int64_t kernel) {
  SmallVector<Attribute> kept;
  for (Attribute symbol : op.getTransformsAttr()) {
    auto matrix = SymbolTable::lookupNearestSymbolFrom<ParameterOp>(
        op.getOperation(), cast<FlatSymbolRefAttr>(symbol));
    if (matrix && matrix.getTensorType().getDimSize(0) >= kernel * kernel)
      kept.push_back(symbol);
  }
  return kept.empty() ? ArrayAttr() : ArrayAttr::get(op.getContext(), kept);
}

LogicalResult WeightOp::materialize(RewriterBase &rewriter,
                                    const Selection &selection) {
  SmallVector<int64_t> shape(tensorType(getResult()).getShape());
  int64_t columns = static_cast<int64_t>(shape.size()) - 1;
  for (auto [dim, width] :
       {std::pair<int64_t, WidthAttr>{0, getOutAttr()},
        std::pair<int64_t, WidthAttr>{columns, getInAttr()}}) {
    if (!width)
      continue;
    FailureOr<int64_t> value = selection.get(getOperation(), width.getChoice());
    if (failed(value))
      return failure();
    shape[dim] = width.widthFor(*value);
  }
  if (getKernelAttr()) {
    FailureOr<int64_t> kernel = selection.get(getOperation(), getKernelAttr());
    if (failed(kernel))
      return failure();
    shape[1] = shape[2] = *kernel;
  }
  if (getTransformsAttr()) {
    if (ArrayAttr kept = takeTransforms(*this, shape[1]))
      setTransformsAttr(kept);
    else
      removeTransformsAttr();
  }
  removeOutAttr();
  removeInAttr();
  removeKernelAttr();
  return setShape(getOperation(), shape);
}

void FakeQuantizeOp::getChoices(SmallVectorImpl<FlatSymbolRefAttr> &choices) {
  if (auto choice = dyn_cast<FlatSymbolRefAttr>(getBits()))
    choices.push_back(choice);
}

LogicalResult FakeQuantizeOp::materialize(RewriterBase &rewriter,
                                          const Selection &selection) {
  if (auto choice = dyn_cast<FlatSymbolRefAttr>(getBits())) {
    FailureOr<int64_t> bits = selection.get(getOperation(), choice);
    if (failed(bits))
      return failure();
    auto step = SymbolTable::lookupNearestSymbolFrom<ParameterOp>(
        getOperation(), getStepAttr());
    if (!step)
      return emitOpError("refers to '")
             << getStep() << "', which is no parameter of the module";
    if (auto entry = getStepEntry(step.getTensorType(), *bits))
      setEntryAttr(rewriter.getI64IntegerAttr(*entry));
    setBitsAttr(rewriter.getI64IntegerAttr(*bits));
  }
  if (getFixedBits() == kFloatBits) {
    rewriter.replaceOp(getOperation(), getInput());
    return success();
  }
  getResult().setType(getInput().getType());
  return success();
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

LogicalResult NormalizeOp::materialize(RewriterBase &rewriter,
                                       const Selection &selection) {
  return setShape(getOperation(), tensorType(getImage()).getShape());
}

LogicalResult Conv2DOp::materialize(RewriterBase &rewriter,
                                    const Selection &selection) {
  ArrayRef<int64_t> input = getInputType().getShape();
  ArrayRef<int64_t> weight = getWeightType().getShape();
  int64_t inputs = getDepthwise() ? weight[0] : weight[3];
  if (inputs != input[3])
    return emitOpError("takes ") << inputs << " channels, but its input has "
                                 << input[3] << " in this subnet";
  SmallVector<int64_t> shape = {
      input[0], numerics::convOutput(input[1], weight[1], getStride()),
      numerics::convOutput(input[2], weight[1], getStride()), weight[0]};
  return setShape(getOperation(), shape);
}

LogicalResult MaxPoolOp::materialize(RewriterBase &rewriter,
                                     const Selection &selection) {
  ArrayRef<int64_t> input = tensorType(getInput()).getShape();
  return setShape(
      getOperation(),
      {input[0], numerics::convOutput(input[1], getKernel(), getStride()),
       numerics::convOutput(input[2], getKernel(), getStride()), input[3]});
}

LogicalResult PoolOp::materialize(RewriterBase &rewriter,
                                  const Selection &selection) {
  ArrayRef<int64_t> input = tensorType(getInput()).getShape();
  return setShape(getOperation(), {input[0], 1, 1, input.back()});
}

LogicalResult LinearOp::materialize(RewriterBase &rewriter,
                                    const Selection &selection) {
  int64_t channels = getWeightType().getDimSize(1);
  if (channels != getInputType().getShape().back())
    return emitOpError("takes ")
           << channels << " channels, but its input has "
           << getInputType().getShape().back() << " in this subnet";
  return setShape(getOperation(), {getInputType().getDimSize(0),
                                   getWeightType().getDimSize(0)});
}
