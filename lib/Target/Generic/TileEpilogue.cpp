//===- TileEpilogue.cpp - From a tile's accumulators to the result --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileEpilogue.h"

using namespace mlir;
using namespace mlir::oqat;

TileEpilogue::TileEpilogue(KernelBuilder &builder, const EmitContext &context,
                           bitpack::LayerOpInterface layer, int64_t sumBits,
                           int64_t channels, bool areAligned,
                           const PartedOrder &parted)
    : builder(builder), lanes(context.target.lanes), areAligned(areAligned),
      // Those come in the order of channels.
      takesParted(!layer.getGateValue() && !layer.getResidualValue()) {
  const std::optional<AccumulatorBounds> &bounds = context.plan.accumulators;
  PartedOrder order = takesParted ? parted : PartedOrder();
  if (auto found = LineEpilogue::plan(context, layer))
    lines.emplace(builder, context, *found, order);
  else if (auto curve = CurveEpilogue::plan(context, layer))
    curves.emplace(builder, context, *curve, order);
  else if (PackedEpilogue::isFor(context.target, layer))
    packed.emplace(builder, context, layer, channels, order);
  else if (bounds && ByteEpilogue::isFor(layer, *bounds, sumBits))
    inBytes.emplace(builder, context, layer, sumBits, order);
  else
    single.emplace(builder, context, layer, channels);
}

/// Vectors of 16 bits, of which a register holds twice as many as of words,
/// become vectors of words.
void TileEpilogue::splitToWords(TileSums &sums) {
  if (getElementTypeOrSelf(sums.values.front()).getIntOrFloatBitWidth() == 32)
    return;
  VectorType words = builder.vectorOf(builder.getI32Type(), lanes);
  SmallVector<Value> split;
  int64_t parts = sums.lanes() / lanes;
  for (Value value : sums.values)
    for (int64_t i = 0; i < parts; ++i)
      split.push_back(builder.create<arith::ExtSIOp>(
          words, builder.slice(value, i * lanes, lanes)));
  sums.values = std::move(split);
  sums.vectors *= parts;
  sums.lastCount -= (parts - 1) * lanes;
}

/// Sums that are parted in the order of channels.
void TileEpilogue::joinParts(TileSums &sums) {
  SmallVector<Value> joined;
  for (int64_t p = 0; p < sums.pixels(); ++p)
    llvm::append_range(
        joined,
        transposeParts(
            builder,
            ArrayRef(sums.values).slice(p * sums.vectors, sums.vectors)));
  sums.values = std::move(joined);
  sums.areParted = false;
}

void TileEpilogue::emit(TileSums sums) {
  if (sums.areParted && (single || !takesParted))
    joinParts(sums);
  if (lines)
    return lines->emit(sums);
  if (curves)
    return curves->emit(sums);
  if (inBytes)
    return inBytes->emit(sums);
  if (packed && packed->takesShorts() && areAligned &&
      sums.lanes() == 2 * lanes)
    return packed->emitShorts(sums);
  splitToWords(sums);
  if (packed)
    return packed->emit(sums);
  int64_t count = (sums.vectors - 1) * lanes + sums.lastCount;
  for (int64_t v = 0; v * lanes < count; ++v)
    for (int64_t p = 0; p < sums.pixels(); ++p)
      single->emit(sums.values[p * sums.vectors + v],
                   builder.add(sums.pixel, p),
                   builder.add(sums.channel, v * lanes),
                   std::min(count - v * lanes, lanes));
}
