//===- CurveEpilogue.cpp - Codes by h_swish in 16 bits --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CurveEpilogue.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

std::optional<ShortCurves> CurveEpilogue::plan(const EmitContext &context,
                                               LayerOpInterface layer) {
  // Fewer codes take fewer compares, more of them hardly ever have curves, and
  // tables stay tables.
  constexpr int64_t kFewest = 4, kMost = 5;
  Attribute form = layer->getAttr("requantization");
  if (layer.getActivation() != ActivationKind::HSwish ||
      layer.getCodeBits() < kFewest || layer.getCodeBits() > kMost ||
      !context.target.hasPairs() || !context.plan.accumulators ||
      layer.getGateValue() || layer.getResidualValue() ||
      (form && !isa<ThresholdsAttr>(form)))
    return std::nullopt;
  const AccumulatorBounds &bounds = *context.plan.accumulators;
  SmallVector<ChannelEpilogue> epilogues;
  for (size_t channel = 0; channel < bounds.channels.size(); ++channel)
    epilogues.push_back(
        getChannelEpilogue(layer, static_cast<int64_t>(channel)));
  return findShortCurves(epilogues, bounds);
}

CurveEpilogue::CurveEpilogue(KernelBuilder &builder, const EmitContext &context,
                             const ShortCurves &curves,
                             const PartedOrder &parted)
    : target(context.target), builder(builder),
      store(builder, context, static_cast<int64_t>(curves.factors.size())),
      bend(curves.bend), unit(curves.unit), point(curves.point),
      last(curves.last) {
  auto add = [&](ArrayRef<int16_t> values) {
    return ShortChannels(context.frame, values, parted, store.getVectorBytes());
  };
  lowest = add(curves.lowest);
  highest = add(curves.highest);
  multipliers = add(curves.multipliers);
  factors = add(curves.factors);
  offsets = add(curves.offsets);
}

/// Those that saturate to the last code may lie beyond.
Value CurveEpilogue::toCodes(Value sums, Value channel,
                             ArrayRef<int32_t> order) {
  Type type = sums.getType();
  auto load = [&](const ShortChannels &values) {
    return values.load(builder, channel, order);
  };
  Value q = builder.create<arith::MaxSIOp>(sums, load(lowest));
  q = builder.create<arith::MinSIOp>(q, load(highest));
  Value x = target.multiplyHigh(
      builder, builder.create<arith::MulIOp>(q, load(multipliers)),
      load(factors));
  x = builder.create<arith::AddIOp>(x, load(offsets));
  Value most = builder.constant(type, bend);
  Value gate = builder.create<arith::AddIOp>(
      builder.create<arith::MinSIOp>(x, most), most);
  Value code =
      target.multiplyHigh(builder, target.multiplyHigh(builder, x, gate),
                          builder.constant(type, unit));
  if (point == 0)
    return code;
  return builder.create<arith::AddIOp>(code, builder.constant(type, point));
}

void CurveEpilogue::emit(const TileSums &sums) {
  store.emit(
      sums, /*isSigned=*/false, [](Value sum, Value, Value) { return sum; },
      [&](Packs &packs) {
        for (Value &bytes : packs.bytes)
          bytes = builder.create<arith::MinUIOp>(
              bytes, builder.constant(bytes.getType(), last));
      },
      [&](Value shorts, Value channel, ArrayRef<int32_t> order) {
        return toCodes(shorts, channel, order);
      });
}
