//===- ChooseRequantization.cpp - Codes without floats --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Gives convolutions another form of what lies between accumulator and code
// (N14), after evaluating it on every accumulator that the weights allow.
//
// Before:
//   %1 = bitpack.conv2d "a" %0 weights ... kernel [1, 1] stride 1
//     scale dense<0.5> ... activation relu quantize "b.input" reciprocal 1.0
//     ...
// After (form=thresholds):
//   %1 = bitpack.conv2d "a" %0 weights ... kernel [1, 1] stride 1
//     requantize #bitpack.thresholds<dense<[[0, 2, 5]]> : tensor<1x3xi32>>
//     scale dense<0.5> ... activation relu quantize "b.input" reciprocal 1.0
//     ...
//
// Needs a packed network. The epilogue stays: it is what the form must equal.
// A layer whose codes depend on more than its accumulator (a gate, a residual)
// or that makes floats keeps the float form, and so does one whose accumulators
// are too many to evaluate; where a form was asked for, a remark says so.
//
//===----------------------------------------------------------------------===//

#include "oqat/Analysis/Requantization.h"
#include "oqat/Transforms/Passes.h"

#include "mlir/IR/BuiltinOps.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_CHOOSEREQUANTIZATION
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;

/// Vector instructions from accumulators to codes, about.
static int64_t floatCost(bitpack::LayerOpInterface layer) {
  int64_t cost = 9; // convert, scale, bias, reciprocal, clamp, round
  if (auto activation = layer.getActivation())
    cost += *activation == bitpack::ActivationKind::Relu ? 2 : 7;
  return cost;
}

/// A compare and a subtraction each; in bytes, the same for four vectors, which
/// are moved to the window of their thresholds and packed first.
static int64_t thresholdsCost(int64_t thresholds, bool inBytes) {
  return inBytes ? (2 * thresholds + 9) / 4 : 2 * thresholds;
}

/// A load, an addition and two moves of each of a vector's elements; more where
/// the table leaves the first-level cache.
static int64_t mapCost(int64_t tableBytes) {
  constexpr int64_t kElements = 8, kCacheBytes = 1 << 14;
  return 4 * kElements * (1 + tableBytes / kCacheBytes);
}

namespace {

struct ChooseRequantization
    : mlir::oqat::impl::ChooseRequantizationBase<ChooseRequantization> {
  using ChooseRequantizationBase::ChooseRequantizationBase;

  void runOnOperation() override;

private:
  LogicalResult choose(bitpack::LayerOpInterface layer);
  /// The forms that the options ask for; a reason where there is none.
  bitpack::ThresholdsAttr tryThresholds(const CodeFunction &function,
                                        std::string &reason);
  bitpack::AccumulatorMapAttr tryMap(const CodeFunction &function,
                                     std::string &reason);
};

} // namespace

bitpack::ThresholdsAttr
ChooseRequantization::tryThresholds(const CodeFunction &function,
                                    std::string &reason) {
  if (form != "thresholds" && form != "auto")
    return {};
  bitpack::ThresholdsAttr thresholds = function.asThresholds(&getContext());
  if (!thresholds)
    reason = "a channel both rises and falls";
  return thresholds;
}

bitpack::AccumulatorMapAttr
ChooseRequantization::tryMap(const CodeFunction &function,
                             std::string &reason) {
  if (form != "map" && form != "auto")
    return {};
  bitpack::AccumulatorMapAttr map = function.asMap(&getContext());
  if (map.getTable().getNumElements() <= maxTableBytes)
    return map;
  reason = "its table would have " +
           std::to_string(map.getTable().getNumElements()) + " bytes";
  return {};
}

LogicalResult ChooseRequantization::choose(bitpack::LayerOpInterface layer) {
  layer->removeAttr("requantization");
  if (form == "float")
    return success();
  AccumulatorBounds bounds = *computeAccumulatorBounds(layer);
  if (failed(verifyAccumulators(layer, bounds)))
    return failure();
  int64_t highestCode = (1 << layer.getCodeBits()) - 1;
  int64_t lowestCost =
      std::min(thresholdsCost(highestCode, /*inBytes=*/true), mapCost(0));
  std::string reason;
  if (const char *why = whyNoCodeFunction(layer))
    reason = why;
  else if (form == "auto" && floatCost(layer) <= lowestCost)
    reason = "no other form is cheaper";
  else if (countAccumulators(bounds) >
           std::min<int64_t>(maxAccumulators, kMaxAccumulators))
    reason = "it has " + std::to_string(countAccumulators(bounds)) +
             " accumulators to evaluate";
  bitpack::ThresholdsAttr thresholds;
  bitpack::AccumulatorMapAttr map;
  if (reason.empty()) {
    CodeFunction function = evaluateCodeFunction(layer, bounds);
    thresholds = tryThresholds(function, reason);
    map = tryMap(function, reason);
  }
  if (form == "auto") {
    int64_t cost = floatCost(layer);
    bool inBytes = thresholds && asByteThresholds(thresholds, bounds);
    int64_t counting = thresholdsCost(highestCode, inBytes);
    if (thresholds && counting < cost)
      cost = counting;
    else
      thresholds = {};
    if (map && mapCost(map.getTable().getNumElements()) < cost)
      thresholds = {};
    else
      map = {};
  } else if (!thresholds && !map) {
    layer.emitRemark("layer '")
        << layer.getLayer() << "' keeps the float form: " << reason;
  }
  if (thresholds)
    layer->setAttr("requantization", thresholds);
  else if (map)
    layer->setAttr("requantization", map);
  ++(thresholds ? numThresholds : map ? numMaps : numFloats);
  return success();
}

void ChooseRequantization::runOnOperation() {
  if (!llvm::is_contained({"float", "map", "thresholds", "auto"}, form)) {
    emitError(getOperation().getLoc())
        << "expected a form 'float', 'map', 'thresholds' or 'auto', but got '"
        << form << "'";
    return signalPassFailure();
  }
  WalkResult result = getOperation().walk([&](Operation *op) -> WalkResult {
    if (isa<bitpack::Conv2DOp, bitpack::DepthwiseConv2DOp>(op))
      return choose(cast<bitpack::LayerOpInterface>(op));
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    signalPassFailure();
}
