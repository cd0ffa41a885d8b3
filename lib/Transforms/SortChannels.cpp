//===- SortChannels.cpp - Important channels first ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A narrower subnet takes the first channels of an elastic width. Before widths
// become elastic in training, this pass permutes the middle dimension of every
// block by importance, the L1 norm of what the projecting convolution reads
// from a channel, so that the first ones are the most important (OQAT.md
// section 3). The IR keeps its form; values of parameters change.
//
// Before, with a middle dimension of <8 * @e_0>:
//   oqat.parameter @b.pl.weight … = dense<[[[[0.1, -0.7, …]]]]> : …
// After, with its partners @b.ib, @b.dw and @b.se permuted alike:
//   oqat.parameter @b.pl.weight … = dense<[[[[-0.7, 0.1, …]]]]> : …
//
// Needs values of all parameters of a block. Gives the same function of the
// maximal network: exactly wherever sums are integers; where a squeeze-excite
// sums floats over the channels (N5), its sums round in another order.
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "oqat/Interpreter/Parameters.h"
#include "oqat/Numerics/Shape.h"
#include "oqat/Transforms/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <numeric>

namespace mlir::oqat {
#define GEN_PASS_DEF_SORTCHANNELS
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

namespace {

/// One dimension of a parameter.
struct Axis {
  FlatSymbolRefAttr parameter;
  int64_t dim;
};

/// Everything that is indexed by the middle channels of a block.
struct Middle {
  WidthAttr width;
  SmallVector<Axis> axes;
  SmallVector<SqueezeExciteOp> gates;
};

/// Sorts the networks of one module.
class ChannelSorter {
public:
  /// `trainedRatio` is 0 where nothing has been trained yet.
  explicit ChannelSorter(int64_t trainedRatio) : trainedRatio(trainedRatio) {}
  LogicalResult run(SupernetOp network);

  unsigned numBlocks = 0;

private:
  LogicalResult sortBlock(SupernetOp network, Conv2DOp project,
                          WeightOp weight);
  LogicalResult sortGate(SqueezeExciteOp gate, int64_t channels,
                         int64_t trained);
  LogicalResult trace(Value value, Middle &middle);
  LogicalResult addConvolution(Conv2DOp conv, Middle &middle);
  void addSteps(Value quantized, Middle &middle);
  FailureOr<SmallVector<int64_t>> order(Operation *user, Axis axis,
                                        int64_t sorted);
  LogicalResult permute(Operation *user, Axis axis, ArrayRef<int64_t> order);

  int64_t trainedRatio;
  SymbolTableCollection symbols;
  /// What has been permuted already: blocks must not share parameters.
  DenseSet<std::pair<Operation *, int64_t>> permuted;
};

struct SortChannels : mlir::oqat::impl::SortChannelsBase<SortChannels> {
  using SortChannelsBase::SortChannelsBase;

  void runOnOperation() override {
    ChannelSorter sorter(trainedRatio);
    for (auto network : getOperation().getOps<SupernetOp>())
      if (failed(sorter.run(network)))
        return signalPassFailure();
    numBlocks += sorter.numBlocks;
  }
};

} // namespace

/// The `oqat.weight` behind an operand, quantized or not.
static WeightOp weightOf(Conv2DOp conv) {
  Value value = conv.getWeight();
  if (auto quantizer = value.getDefiningOp<FakeQuantizeOp>())
    value = quantizer.getInput();
  return value.getDefiningOp<WeightOp>();
}

//===----------------------------------------------------------------------===//
// What the channels index
//===----------------------------------------------------------------------===//

/// The steps of a quantizer that has one per middle channel.
void ChannelSorter::addSteps(Value quantized, Middle &middle) {
  auto op = quantized.getDefiningOp<FakeQuantizeOp>();
  if (!op || !op.getAxis())
    return;
  auto step = symbols.lookupNearestSymbolFrom<ParameterOp>(
      op, op.getStepAttr().getAttr());
  middle.axes.push_back({op.getStepAttr(), step.getTensorType().getRank() - 1});
}

LogicalResult ChannelSorter::addConvolution(Conv2DOp conv, Middle &middle) {
  WeightOp weight = weightOf(conv);
  if (!weight || weight.getOutAttr() != middle.width)
    return conv.emitOpError("expected a weight of '")
           << middle.width.getBase() << " * " << middle.width.getChoice()
           << "' outputs to sort them";
  middle.axes.push_back({weight.getParameterAttr(), 0});
  addSteps(conv.getWeight(), middle);
  return success();
}

/// From the input of the projecting convolution up to the expanding one.
LogicalResult ChannelSorter::trace(Value value, Middle &middle) {
  while (Operation *op = value.getDefiningOp()) {
    if (!value.hasOneUse())
      return op->emitOpError("has a second use, which fixes the order of its "
                             "channels");
    if (auto conv = dyn_cast<Conv2DOp>(op)) {
      if (failed(addConvolution(conv, middle)))
        return failure();
      if (!conv.getDepthwise())
        return success();
    } else if (auto norm = dyn_cast<BatchNormOp>(op)) {
      for (auto name : {norm.getGammaAttr(), norm.getBetaAttr(),
                        norm.getMeanAttr(), norm.getVarianceAttr()})
        middle.axes.push_back({name, 0});
    } else if (auto gate = dyn_cast<SqueezeExciteOp>(op)) {
      middle.axes.push_back({gate.getReduceWeightAttr(), 3});
      middle.axes.push_back({gate.getExpandWeightAttr(), 0});
      middle.axes.push_back({gate.getExpandBiasAttr(), 0});
      middle.gates.push_back(gate);
    } else if (isa<FakeQuantizeOp>(op)) {
      addSteps(value, middle);
    } else if (!isa<ActivationOp>(op)) {
      return op->emitOpError("stands between two convolutions whose channels "
                             "would be sorted");
    }
    value = op->getOperand(0);
  }
  return mlir::emitError(value.getLoc(), "expected the channels to sort to "
                                         "come from a convolution of the "
                                         "block");
}

//===----------------------------------------------------------------------===//
// Permutations
//===----------------------------------------------------------------------===//

/// The index that each place takes its channel from: the first `sorted`
/// channels by descending L1 norm, ties and all others where they are.
FailureOr<SmallVector<int64_t>> ChannelSorter::order(Operation *user, Axis axis,
                                                     int64_t sorted) {
  FailureOr<ParameterOp> parameter =
      lookupParameter(user, axis.parameter, symbols);
  if (failed(parameter))
    return failure();
  std::vector<float> values = floatsOf(parameter->getValueAttr());
  ArrayRef<int64_t> shape = parameter->getTensorType().getShape();
  int64_t inner = 1;
  for (int64_t extent : shape.drop_front(axis.dim + 1))
    inner *= extent;
  int64_t extent = shape[axis.dim];
  std::vector<double> norm(extent, 0.0);
  for (size_t i = 0; i < values.size(); ++i)
    norm[static_cast<int64_t>(i) / inner % extent] +=
        std::fabs(static_cast<double>(values[i]));
  for (double value : norm)
    if (!std::isfinite(value))
      return parameter->emitOpError("expected finite values to sort channels "
                                    "by, but got ")
             << value;
  SmallVector<int64_t> order(extent);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.begin() + sorted,
                   [&](int64_t x, int64_t y) { return norm[x] > norm[y]; });
  return order;
}

LogicalResult ChannelSorter::permute(Operation *user, Axis axis,
                                     ArrayRef<int64_t> order) {
  FailureOr<ParameterOp> parameter =
      lookupParameter(user, axis.parameter, symbols);
  if (failed(parameter))
    return failure();
  if (!permuted.insert({*parameter, axis.dim}).second)
    return user->emitOpError("shares parameter '")
           << parameter->getSymName() << "' with channels sorted before";
  RankedTensorType type = parameter->getTensorType();
  int64_t extent = type.getDimSize(axis.dim), inner = 1;
  if (extent < static_cast<int64_t>(order.size()))
    return user->emitOpError("needs ")
           << order.size() << " channels of parameter '"
           << parameter->getSymName() << "', which has " << extent;
  for (int64_t size : type.getShape().drop_front(axis.dim + 1))
    inner *= size;
  std::vector<float> from = floatsOf(parameter->getValueAttr()), to = from;
  int64_t outer = static_cast<int64_t>(from.size()) / (extent * inner);
  for (int64_t row = 0; row < outer; ++row)
    for (auto [place, source] : llvm::enumerate(order))
      std::copy_n(&from[(row * extent + source) * inner], inner,
                  &to[(row * extent + static_cast<int64_t>(place)) * inner]);
  parameter->setValueAttr(DenseElementsAttr::get(type, ArrayRef<float>(to)));
  return success();
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

/// The squeezed channels of a gate between `channels` channels.
LogicalResult ChannelSorter::sortGate(SqueezeExciteOp gate, int64_t channels,
                                      int64_t trained) {
  Axis columns = {gate.getExpandWeightAttr(), 3};
  auto expand = symbols.lookupNearestSymbolFrom<ParameterOp>(
      gate, columns.parameter.getAttr());
  int64_t sorted = std::min(numerics::squeezeWidth(std::min(channels, trained)),
                            expand.getTensorType().getDimSize(3));
  FailureOr<SmallVector<int64_t>> squeezed = order(gate, columns, sorted);
  if (failed(squeezed) || failed(permute(gate, columns, *squeezed)) ||
      failed(permute(gate, {gate.getReduceWeightAttr(), 0}, *squeezed)))
    return failure();
  return permute(gate, {gate.getReduceBiasAttr(), 0}, *squeezed);
}

LogicalResult ChannelSorter::sortBlock(SupernetOp network, Conv2DOp project,
                                       WeightOp weight) {
  Middle middle{weight.getInAttr(), {}, {}};
  ChoiceOp ratios = network.lookupChoice(middle.width.getChoice());
  int64_t channels = middle.width.widthFor(ratios.getValues().back());
  int64_t trained = channels;
  if (trainedRatio) {
    if (!llvm::is_contained(ratios.getValues(), trainedRatio))
      return ratios.emitOpError("expected the trained ratio ")
             << trainedRatio << " among its values";
    trained = middle.width.widthFor(trainedRatio);
  }
  if (failed(trace(project.getInput(), middle)))
    return failure();
  Axis columns = {weight.getParameterAttr(), 3};
  FailureOr<SmallVector<int64_t>> places = order(project, columns, trained);
  if (failed(places))
    return failure();
  // Channels beyond those of the maximal network have no part in it.
  places->truncate(channels);
  for (Axis axis : middle.axes)
    if (failed(permute(project, axis, *places)))
      return failure();
  if (failed(permute(project, columns, *places)))
    return failure();
  for (SqueezeExciteOp gate : middle.gates)
    if (failed(sortGate(gate, channels, trained)))
      return failure();
  ++numBlocks;
  return success();
}

LogicalResult ChannelSorter::run(SupernetOp network) {
  WalkResult result = network.walk([&](Conv2DOp conv) -> WalkResult {
    WeightOp weight = weightOf(conv);
    if (!weight || !weight.getInAttr())
      return WalkResult::advance();
    return sortBlock(network, conv, weight);
  });
  return failure(result.wasInterrupted());
}
