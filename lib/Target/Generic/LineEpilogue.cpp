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

static Value addShorts(KernelFrame &frame, ArrayRef<int16_t> values,
                       int64_t multiple) {
  SmallVector<int16_t> padded(values);
  padded.resize(roundUp(values.size(), multiple), 0);
  return frame.addBytes(
      ArrayRef(reinterpret_cast<const uint8_t *>(padded.data()),
               padded.size() * sizeof(int16_t)));
}

LineEpilogue::LineEpilogue(KernelBuilder &builder, const EmitContext &context,
                           ShortLines found, const PartedOrder &parted)
    : target(context.target), builder(builder),
      store(builder, context, found.factors.size()), lines(std::move(found)) {
  auto add = [&](ArrayRef<int16_t> values) {
    return addShorts(context.frame, parted.order(values, /*bits=*/16),
                     store.getVectorBytes());
  };
  multipliers = add(lines.multipliers);
  factors = add(lines.factors);
  offsets = add(lines.offsets);
}

/// The codes of a vector of 16 bits, of channels `channel` + order[i]; those
/// that saturate to the lowest and highest code may lie beyond.
Value LineEpilogue::toCodes(Value shorts, Value channel,
                            ArrayRef<int32_t> order) {
  auto type = cast<VectorType>(shorts.getType());
  int64_t channels = *llvm::max_element(order) + 1;
  auto perChannel = [&](Value base) -> Value {
    Value values =
        builder.load(builder.vectorOf(builder.getI16Type(), channels),
                     builder.at(base, builder.mul(channel, 2)));
    if (llvm::equal(order, llvm::seq<int32_t>(0, type.getNumElements())))
      return values;
    return builder.create<LLVM::ShuffleVectorOp>(values, values, order);
  };
  Value x = builder.create<arith::MulIOp>(shorts, perChannel(multipliers));
  x = target.multiplyHigh(builder, x, perChannel(factors));
  x = builder.create<LLVM::SAddSat>(type, x, perChannel(offsets));
  return builder.create<arith::ShRSIOp>(x,
                                        builder.constant(type, lines.fraction));
}

void LineEpilogue::emit(const TileSums &sums) {
  store.emit(
      sums, /*isSigned=*/false, [](Value sum, Value, Value) { return sum; },
      [&](Packs &packs) {
        for (Value &bytes : packs.bytes)
          bytes = builder.create<arith::MinUIOp>(
              bytes, builder.constant(bytes.getType(), lines.highest));
      },
      [&](Value shorts, Value channel, ArrayRef<int32_t> order) {
        return toCodes(shorts, channel, order);
      });
}
