//===- OqatCost.cpp - What each operation costs ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "oqat/Numerics/Shape.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

bool Cost::add(const Cost &other) {
  return !llvm::AddOverflow(macs, other.macs, macs) &&
         !llvm::AddOverflow(parameters, other.parameters, parameters) &&
         !llvm::AddOverflow(bops, other.bops, bops) &&
         !llvm::AddOverflow(weightBytes, other.weightBytes, weightBytes);
}

/// The product of all factors; an error on `op` where one of them is open or
/// the product leaves 64 bits.
static FailureOr<int64_t> product(Operation *op, ArrayRef<int64_t> factors) {
  int64_t result = 1;
  for (int64_t factor : factors) {
    if (ShapedType::isDynamic(factor))
      return op->emitOpError("expected static shapes, but the network is still "
                             "elastic");
    if (llvm::MulOverflow(result, factor, result))
      return op->emitOpError("costs more than 64 bits can count");
  }
  return result;
}

/// Fills in bit operations and bytes; `bits` 32 means float.
static FailureOr<Cost> makeCost(Operation *op, int64_t macs, int64_t parameters,
                                int64_t weightBits = 32,
                                int64_t inputBits = 32) {
  FailureOr<int64_t> bops = product(op, {macs, weightBits, inputBits});
  FailureOr<int64_t> bits = product(op, {parameters, weightBits});
  if (failed(bops) || failed(bits))
    return failure();
  return Cost{macs, parameters, *bops,
              static_cast<int64_t>(
                  llvm::divideCeil(static_cast<uint64_t>(*bits), uint64_t(8)))};
}

FailureOr<Cost> Conv2DOp::getCost() {
  ArrayRef<int64_t> result = getResultType().getShape();
  FailureOr<int64_t> weights =
      product(getOperation(), getWeightType().getShape());
  if (failed(weights))
    return failure();
  // Every weight is used once per result pixel, depthwise or not.
  FailureOr<int64_t> macs =
      product(getOperation(), {*weights, result[0], result[1], result[2]});
  if (failed(macs))
    return failure();
  return makeCost(getOperation(), *macs, *weights, getWeightBits(),
                  getInputBits());
}

FailureOr<Cost> BatchNormOp::getCost() {
  int64_t channels =
      cast<RankedTensorType>(getInput().getType()).getShape().back();
  FailureOr<int64_t> parameters = product(getOperation(), {2, channels});
  if (failed(parameters))
    return failure();
  return makeCost(getOperation(), 0, *parameters);
}

FailureOr<Cost> BiasOp::getCost() {
  int64_t channels =
      cast<RankedTensorType>(getInput().getType()).getShape().back();
  FailureOr<int64_t> parameters = product(getOperation(), {channels});
  if (failed(parameters))
    return failure();
  return makeCost(getOperation(), 0, *parameters);
}

FailureOr<Cost> RescaleOp::getCost() {
  int64_t entries = getScaleAttr().getShapedType().getNumElements();
  return makeCost(getOperation(), 0, 2 * entries);
}

FailureOr<Cost> SqueezeExciteOp::getCost() {
  int64_t pictures = getTensorType().getDimSize(0);
  int64_t channels = getTensorType().getDimSize(3);
  if (failed(product(getOperation(), {channels})))
    return failure();
  int64_t squeeze = numerics::squeezeWidth(channels);
  FailureOr<int64_t> weights = product(getOperation(), {2, channels, squeeze});
  if (failed(weights))
    return failure();
  FailureOr<int64_t> macs = product(getOperation(), {*weights, pictures});
  if (failed(macs))
    return failure();
  return makeCost(getOperation(), *macs, *weights + channels + squeeze);
}

FailureOr<Cost> LinearOp::getCost() {
  ArrayRef<int64_t> weight = getWeightType().getShape();
  FailureOr<int64_t> weights = product(getOperation(), weight);
  FailureOr<int64_t> macs = product(
      getOperation(), {weight[0], weight[1], getResultType().getDimSize(0)});
  if (failed(weights) || failed(macs))
    return failure();
  FailureOr<Cost> cost = makeCost(getOperation(), *macs, *weights,
                                  getWeightBits(), getInputBits());
  if (failed(cost) || !getBias())
    return cost;
  FailureOr<Cost> bias = makeCost(getOperation(), 0, weight[0]);
  if (failed(bias) || !cost->add(*bias))
    return failure();
  return cost;
}
