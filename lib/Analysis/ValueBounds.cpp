//===- ValueBounds.cpp - What values can become ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Analysis/ValueBounds.h"

#include "dialects/oqat/Oqat.h"
#include "oqat/Analysis/AccumulatorBounds.h"
#include "oqat/Numerics/Input.h"
#include "oqat/Numerics/Residual.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

/// The bound behind N1 with these maps, of an accumulator or of floats;
/// nothing where the input has none.
std::optional<float> ValueBounds::getRescaled(Value input,
                                              ArrayRef<float> scale,
                                              ArrayRef<float> bias) const {
  float bound = 0;
  if (std::optional<float> floats = get(input)) {
    for (auto [a, b] : llvm::zip(scale, bias))
      bound = numerics::joinBounds(
          bound, numerics::rescaleFloatBound(*floats, {a, b}));
    return bound;
  }
  Operation *layer = input.getDefiningOp();
  auto accumulators = layer ? computeAccumulatorBounds(layer) : std::nullopt;
  if (!accumulators)
    return std::nullopt;
  for (auto [interval, a, b] : llvm::zip(accumulators->channels, scale, bias))
    bound =
        numerics::joinBounds(bound, numerics::rescaleBound(interval, {a, b}));
  return bound;
}

/// Of what codes around zero stand for.
static std::optional<float> boundCodes(Value codes, APFloat step) {
  auto type = cast<quant::QuantizedType>(
      cast<RankedTensorType>(codes.getType()).getElementType());
  numerics::CodeRange range{static_cast<int32_t>(type.getStorageTypeMin()),
                            static_cast<int32_t>(type.getStorageTypeMax())};
  return numerics::codeBound(range, step.convertToFloat());
}

std::optional<float> ValueBounds::compute(Operation *op) const {
  return llvm::TypeSwitch<Operation *, std::optional<float>>(op)
      .Case([&](RescaleOp rescale) {
        SmallVector<float> a(rescale.getScale().getValues<float>());
        SmallVector<float> b(rescale.getBias().getValues<float>());
        return getRescaled(rescale.getInput(), a, b);
      })
      .Case([&](DequantizeOp dequantize) {
        SmallVector<double> products = dequantize.getStepProducts();
        SmallVector<float> a(
            cast<RankedTensorType>(dequantize.getType()).getShape().back());
        for (auto [c, unit] : llvm::enumerate(a))
          unit = static_cast<float>(products[c % products.size()]);
        return getRescaled(dequantize.getInput(), a,
                           SmallVector<float>(a.size(), 0.0f));
      })
      .Case([&](DecodeOp decode) {
        return boundCodes(decode.getInput(), decode.getStep());
      })
      .Case([&](ActivationOp activation) -> std::optional<float> {
        return activation.boundResult(get(activation.getInput()));
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
      .Case([&](PoolOp pool) {
        return pool.getStepAttr() ? boundCodes(pool.getInput(), *pool.getStep())
                                  : get(pool.getInput());
      })
      .Case([&](MaxPoolOp pool) { return get(pool.getInput()); })
      .Case([&](NormalizeOp normalize) -> std::optional<float> {
        SmallVector<numerics::Rescale> colours;
        for (auto [mean, deviation] :
             llvm::zip(normalize.getMean(), normalize.getDeviation()))
          colours.push_back(numerics::inputRescale(mean, deviation));
        return numerics::inputBound(colours);
      })
      .Case([&](Conv2DOp conv) -> std::optional<float> {
        std::optional<float> bound = get(conv.getInput());
        auto weight = conv.getWeight().getDefiningOp<ConstantWeightOp>();
        if (!bound || !weight)
          return std::nullopt;
        SmallVector<float> values(weight.getValue().getValues<float>());
        return numerics::floatLayerBound(
            values, conv.getWeightType().getDimSize(0), *bound);
      })
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
