//===- ByteEpilogue.cpp - Thresholds counted in bytes ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A compare and a subtraction per threshold are the same two instructions for
// bytes as for words, of which a vector holds a quarter. So an offset per
// channel brings the window between its first and its last threshold to signed
// bytes, sums saturate to them, and only then are thresholds counted.
//
//===----------------------------------------------------------------------===//

#include "ByteEpilogue.h"
#include "Steps.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "oqat/Analysis/Requantization.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

static ThresholdsAttr thresholdsOf(LayerOpInterface layer) {
  return dyn_cast_or_null<ThresholdsAttr>(layer->getAttr("requantization"));
}

bool ByteEpilogue::isFor(LayerOpInterface layer,
                         const AccumulatorBounds &bounds, int64_t sumBits) {
  constexpr int64_t kFew = 15;
  ThresholdsAttr thresholds = thresholdsOf(layer);
  if (!thresholds || thresholds.getValues().getType().getShape()[1] > kFew)
    return false;
  // Words subtract without saturating, so none may be near the end of its type.
  ::oqat::numerics::Interval layerBounds = bounds.layer;
  if (sumBits == 32 && !::oqat::numerics::fitsBits(layerBounds, 30))
    return false;
  std::optional<ByteThresholds> bytes = asByteThresholds(thresholds, bounds);
  return bytes && llvm::all_of(bytes->offsets, [&](int32_t offset) {
           return ::oqat::numerics::fitsBits({offset, offset},
                                             static_cast<int>(sumBits));
         });
}

/// Little-endian numbers of so many bytes.
static Value addNumbers(KernelFrame &frame, ArrayRef<int64_t> numbers,
                        int64_t bytes) {
  SmallVector<uint8_t> data;
  for (int64_t number : numbers)
    for (int64_t i = 0; i < bytes; ++i)
      data.push_back(static_cast<uint8_t>(number >> (8 * i)));
  return frame.addBytes(data);
}

ByteEpilogue::ByteEpilogue(KernelBuilder &builder, const EmitContext &context,
                           LayerOpInterface layer, int64_t sumBits,
                           const PartedOrder &parted)
    : builder(builder),
      store(builder, context, thresholdsOf(layer).getChannels()),
      sumBits(sumBits) {
  KernelFrame &frame = context.frame;
  ThresholdsAttr attr = thresholdsOf(layer);
  ByteThresholds bytes = *asByteThresholds(attr, *context.plan.accumulators);
  int64_t channels = attr.getChannels();
  count = attr.getValues().getType().getShape()[1];
  padded = roundUp(channels, store.getVectorBytes());
  SmallVector<int64_t> starts(padded, 0), falling(padded, 0),
      values(count * padded, std::numeric_limits<int8_t>::max());
  for (int64_t c = 0; c < channels; ++c) {
    starts[c] = bytes.offsets[c];
    falling[c] = attr.isFalling(c) ? -1 : 0;
    for (int64_t k = 0; k < count; ++k)
      values[k * padded + c] = bytes.values[c * count + k];
  }
  auto add = [&](ArrayRef<int64_t> numbers) {
    return addNumbers(frame, parted.order(numbers), sumBits / 8);
  };
  offsets = add(starts);
  thresholds = addNumbers(frame, values, 1);
  if (llvm::is_contained(falling, -1))
    flips = add(falling);
}

Value ByteEpilogue::perChannel(Value base, Value channel, VectorType type) {
  return builder.load(type,
                      builder.at(base, builder.mul(channel, sumBits / 8)));
}

/// The distance from the channel's offset; 16 bits saturate.
Value ByteEpilogue::toWindow(Value sum, Value channel) {
  auto type = cast<VectorType>(sum.getType());
  if (flips) // the complement
    sum = builder.create<arith::XOrIOp>(sum, perChannel(flips, channel, type));
  Value offset = perChannel(offsets, channel, type);
  if (sumBits == 32)
    return builder.create<arith::SubIOp>(sum, offset);
  return builder.create<LLVM::SSubSat>(type, sum, offset);
}

/// One threshold after the other on all packs, so that they share its load.
void ByteEpilogue::countThresholds(Packs &packs) {
  auto type = cast<VectorType>(packs.bytes.front().getType());
  VectorType rowType = builder.vectorOf(builder.getI8Type(), packs.channels);
  SmallVector<int32_t> repeated;
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    repeated.push_back(static_cast<int32_t>(i % packs.channels));
  SmallVector<Value> codes(packs.bytes.size(), builder.constant(type, 0));
  for (int64_t k = 0; k < count; ++k) {
    Value row = builder.load(
        rowType, builder.at(builder.at(thresholds, packs.channel), k * padded));
    if (packs.pixels != 1)
      row = builder.create<LLVM::ShuffleVectorOp>(row, row, repeated);
    for (auto [bytes, code] : llvm::zip_equal(packs.bytes, codes)) {
      Value isAbove =
          builder.create<arith::CmpIOp>(arith::CmpIPredicate::sgt, bytes, row);
      code = countStep(builder, code, isAbove, k + 1);
    }
  }
  packs.bytes = codes;
}

void ByteEpilogue::emit(const TileSums &sums) {
  store.emit(
      sums, /*isSigned=*/true,
      [&](Value sum, Value, Value channel) { return toWindow(sum, channel); },
      [&](Packs &packs) { countThresholds(packs); });
}
