//===- LineEpilogue.cpp - Codes by lines of 16 bits -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LineEpilogue.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

std::optional<ShortLines> LineEpilogue::plan(const EmitContext &context,
                                             LayerOpInterface layer) {
  // Fewer thresholds are counted as fast in bytes, unless compares make masks.
  constexpr int64_t kMaskLanes = 16, kFew = 3;
  auto thresholds =
      dyn_cast_or_null<ThresholdsAttr>(layer->getAttr("requantization"));
  if (!thresholds || !context.target.hasPairs() || !context.plan.accumulators)
    return std::nullopt;
  int64_t count = thresholds.getValues().getType().getShape()[1];
  if (count < kFew || (count == kFew && context.target.lanes < kMaskLanes))
    return std::nullopt;
  return findShortLines(thresholds, *context.plan.accumulators);
}

LineEpilogue::LineEpilogue(KernelBuilder &builder, const EmitContext &context,
                           const ShortLines &lines, const PartedOrder &parted)
    : target(context.target), builder(builder),
      store(builder, context, static_cast<int64_t>(lines.factors.size())),
      fraction(lines.fraction), highest(lines.highest) {
  auto add = [&](ArrayRef<int16_t> values) {
    return ShortChannels(context.frame, values, parted, store.getVectorBytes());
  };
  multipliers = add(lines.multipliers);
  factors = add(lines.factors);
  offsets = add(lines.offsets);
}

/// The codes of a vector of 16 bits, of channels `channel` + order[i]; those
/// that saturate to the lowest and highest code may lie beyond.
Value LineEpilogue::toCodes(Value shorts, Value channel,
                            ArrayRef<int32_t> order) {
  auto load = [&](const ShortChannels &values) {
    return values.load(builder, channel, order);
  };
  Type type = shorts.getType();
  Value x = builder.create<arith::MulIOp>(shorts, load(multipliers));
  x = target.multiplyHigh(builder, x, load(factors));
  x = builder.create<LLVM::SAddSat>(type, x, load(offsets));
  return builder.create<arith::ShRSIOp>(x, builder.constant(type, fraction));
}

void LineEpilogue::emit(const TileSums &sums) {
  store.emit(
      sums, /*isSigned=*/false, [](Value sum, Value, Value) { return sum; },
      [&](Packs &packs) {
        for (Value &bytes : packs.bytes)
          bytes = builder.create<arith::MinUIOp>(
              bytes, builder.constant(bytes.getType(), highest));
      },
      [&](Value shorts, Value channel, ArrayRef<int32_t> order) {
        return toCodes(shorts, channel, order);
      });
}
