//===- ValueBounds.cpp - What values can become ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Analysis/ValueBounds.h"

#include "dialects/oqat/Oqat.h"
#include "oqat/Analysis/AccumulatorBounds.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

/// The bound behind N1 with these maps; nothing where the input has none.
static std::optional<float> rescaledBound(Value input, ArrayRef<float> scale,
                                          ArrayRef<float> bias) {
  Operation *layer = input.getDefiningOp();
  auto accumulators = layer ? computeAccumulatorBounds(layer) : std::nullopt;
  if (!accumulators)
    return std::nullopt;
  float bound = 0;
  for (auto [interval, a, b] : llvm::zip(accumulators->channels, scale, bias))
    bound =
        numerics::joinBounds(bound, numerics::rescaleBound(interval, {a, b}));
  return bound;
}

std::optional<float> ValueBounds::compute(Operation *op) const {
  return llvm::TypeSwitch<Operation *, std::optional<float>>(op)
      .Case([&](RescaleOp rescale) {
        SmallVector<float> a(rescale.getScale().getValues<float>());
        SmallVector<float> b(rescale.getBias().getValues<float>());
        return rescaledBound(rescale.getInput(), a, b);
      })
      .Case([&](DequantizeOp dequantize) {
        float unit = numerics::rescaleWithoutNorm(
                         dequantize.getInputStep().convertToFloat(),
                         dequantize.getWeightStep().convertToFloat(), 0.0f)
                         .a;
        int64_t channels =
            cast<RankedTensorType>(dequantize.getType()).getShape().back();
        return rescaledBound(dequantize.getInput(),
                             SmallVector<float>(channels, unit),
                             SmallVector<float>(channels, 0.0f));
      })
      .Case([&](ActivationOp activation) -> std::optional<float> {
        if (activation.getKind() == ActivationKind::HSigmoid)
          return numerics::hSigmoidBound();
        std::optional<float> bound = get(activation.getInput());
        return bound ? std::optional(numerics::activationBound(*bound))
                     : std::nullopt;
      })
      .Case([&](SqueezeExciteOp gate) -> std::optional<float> {
        std::optional<float> bound = get(gate.getInput());
        return bound ? std::optional(numerics::squeezeExciteBound(*bound))
                     : std::nullopt;
      })
      .Case([&](ScaleOp scale) -> std::optional<float> {
        std::optional<float> bound = get(scale.getInput());
        std::optional<float> gate = get(scale.getGate());
        return bound && gate
                   ? std::optional(numerics::scaleBound(*bound, *gate))
                   : std::nullopt;
      })
      .Case([&](PoolOp pool) { return get(pool.getInput()); })
      .Case([&](AddOp add) -> std::optional<float> {
        std::optional<float> lhs = get(add.getLhs()), rhs = get(add.getRhs());
        return lhs && rhs ? std::optional(numerics::addBound(*lhs, *rhs))
                          : std::nullopt;
      })
      .Default([](Operation *) { return std::nullopt; });
}

ValueBounds::ValueBounds(Operation *network) {
  network->walk([&](Operation *op) {
    if (std::optional<float> bound = compute(op))
      bounds[op->getResult(0)] = *bound;
  });
}
