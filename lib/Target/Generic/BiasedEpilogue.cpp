//===- BiasedEpilogue.cpp - From a narrow accumulator to what is stored ---===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BiasedEpilogue.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

BiasedEpilogue::BiasedEpilogue(KernelBuilder &builder,
                               const EmitContext &context,
                               LayerOpInterface layer, ArrayRef<int64_t> biases,
                               int64_t bits, int64_t vectorChannels,
                               bool isSplit)
    : builder(builder), frame(context.frame), lanes(context.target.lanes),
      channels(biases.size()), bits(bits), vectorChannels(vectorChannels),
      isSplit(isSplit) {
  int64_t padded = roundUp(channels, vectorChannels);
  if (ThresholdsAttr thresholds = NarrowRequantizer::findThresholds(layer)) {
    narrow.emplace(builder, frame, thresholds, bits, biases,
                   elementOrder(padded));
    return;
  }
  epilogue.emplace(builder, context, layer, /*sumBits=*/32);
  SmallVector<int32_t> constants(padded, 0);
  llvm::copy(biases, constants.begin());
  words = frame.addBytes(
      ArrayRef(reinterpret_cast<const uint8_t *>(constants.data()),
               constants.size() * sizeof(int32_t)));
}

int64_t BiasedEpilogue::getStart() const {
  return narrow ? -(int64_t(1) << (bits - 1)) : 0;
}

/// Where sums are split, even channels of a vector stand before its odd ones.
SmallVector<int64_t> BiasedEpilogue::elementOrder(int64_t padded) const {
  SmallVector<int64_t> order;
  for (int64_t n = 0; n < padded; ++n) {
    int64_t element = n % vectorChannels, half = vectorChannels / 2;
    int64_t channel = n;
    if (isSplit)
      channel += 2 * (element % half) + element / half - element;
    order.push_back(channel < channels ? channel : -1);
  }
  return order;
}

/// Codes of even and odd channels, in the low bytes of 16 bits, as bytes.
Value BiasedEpilogue::join(Value even, Value odd) {
  Value high =
      builder.create<arith::ShLIOp>(odd, builder.constant(odd.getType(), 8));
  return builder.create<LLVM::BitcastOp>(
      builder.vectorOf(builder.getI8Type(), vectorChannels),
      builder.create<arith::OrIOp>(even, high));
}

Value BiasedEpilogue::interleave(Value even, Value odd) {
  SmallVector<int32_t> order;
  int32_t half = static_cast<int32_t>(vectorChannels / 2);
  for (int32_t i = 0; i < half; ++i)
    order.append({i, half + i});
  return builder.create<LLVM::ShuffleVectorOp>(even, odd, order);
}

void BiasedEpilogue::emit(Value sums, Value odd, Value pixel, Value channel,
                          int64_t count) {
  if (narrow) {
    Value codes = narrow->emit(sums, channel);
    if (isSplit)
      codes = join(codes,
                   narrow->emit(odd, builder.add(channel, vectorChannels / 2)));
    VectorType bytes =
        builder.vectorOf(builder.getI8Type(),
                         cast<VectorType>(codes.getType()).getNumElements());
    if (codes.getType() != bytes)
      codes = builder.create<arith::TruncIOp>(bytes, codes);
    Value element = builder.add(builder.mul(pixel, channels), channel);
    return builder.storeFirst(codes, count, builder.at(frame.result, element));
  }
  if (isSplit)
    sums = interleave(sums, odd);
  VectorType type = builder.vectorOf(builder.getI32Type(), lanes);
  TileSums tile{{},
                vectorChannels / lanes,
                pixel,
                channel,
                count - vectorChannels + lanes};
  for (int64_t first = 0; first < vectorChannels; first += lanes) {
    Value part =
        builder.create<arith::ExtUIOp>(type, builder.slice(sums, first, lanes));
    Value bias = builder.at(words, builder.mul(builder.add(channel, first), 4));
    tile.values.push_back(
        builder.create<arith::SubIOp>(part, builder.load(type, bias)));
  }
  epilogue->emit(std::move(tile));
}
