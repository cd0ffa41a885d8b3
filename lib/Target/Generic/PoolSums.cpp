//===- PoolSums.cpp - Sums over the pixels of a tile of channels ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Codes are added by twos: of every two adjacent channels the first and the
// second one are numbers of 16 bits, which take so many pixels without leaving
// them, and then become numbers of 32 bits in the same way.
//
//===----------------------------------------------------------------------===//

#include "PoolSums.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include <cmath>

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

/// Pixels whose bytes add up to 16 bits at most.
static constexpr int64_t kShortPixels = 65535 / 255;

PoolSums::PoolSums(KernelBuilder &builder, const EmitContext &context,
                   PoolOp op)
    : builder(builder), frame(context.frame), op(op),
      lanes(context.target.lanes), lineBytes(4 * lanes),
      pixels(op.getInput().getType().getDimSize(1) *
             op.getInput().getType().getDimSize(2)),
      channels(op.getInput().getType().getDimSize(3)),
      floats(builder.vectorOf(builder.getF32Type(), lanes)),
      words(builder.vectorOf(builder.getI32Type(), lanes)),
      doubles(builder.vectorOf(builder.getF64Type(), lanes)) {}

int64_t PoolSums::maxVectors(const VectorTarget &target, PoolOp op) {
  // A pixel's part of a tile is a line of the cache, of codes two.
  if (!op.getStepAttr())
    return std::max<int64_t>(1, 16 / target.lanes);
  return std::max<int64_t>(4, 128 / target.lanes);
}

double PoolSums::getUnit() {
  if (op.getStepAttr())
    return op.getStepAttr().getValue().convertToFloat();
  return std::ldexp(1.0, -static_cast<int>(*op.getFraction()));
}

SmallVector<Value> PoolSums::emit(const ChannelTile &tile, Value begin,
                                  Value end) {
  return op.getStepAttr() ? addCodes(tile, begin, end)
                          : addFixed(tile, begin, end);
}

Value PoolSums::pointerTo(const ChannelTile &tile, Value pixel) {
  Value element = builder.add(builder.mul(pixel, channels), tile.first);
  return builder.at(frame.input,
                    builder.mul(element, op.getStepAttr() ? 1 : 4));
}

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

/// rne(y * 2^F), which the fraction keeps within i32.
Value PoolSums::loadFixed(Value pointer) {
  double unit = std::ldexp(1.0, static_cast<int>(*op.getFraction()));
  return builder.round(builder.create<arith::MulFOp>(
      builder.load(floats, pointer), builder.constant(floats, unit)));
}

/// The sum may need 33 bits, that of half the picture never does.
SmallVector<Value> PoolSums::addFixed(const ChannelTile &tile, Value begin,
                                      Value end) {
  SmallVector<Value> zeros(tile.vectors, builder.constant(words, 0));
  auto addPart = [&](Value from, Value to) {
    return builder.loop(
        from, to, 1, zeros, [&](Value pixel, ValueRange carried) {
          SmallVector<Value> sums(carried);
          Value base = pointerTo(tile, pixel);
          for (int64_t v = 0; v < tile.vectors; ++v)
            sums[v] = builder.create<arith::AddIOp>(
                sums[v], loadFixed(builder.at(base, v * lanes * 4)));
          return sums;
        });
  };
  Value middle = builder.min(end, builder.add(begin, ceilDiv(pixels, 2)));
  SmallVector<Value> low = addPart(begin, middle), high = addPart(middle, end),
                     sums;
  for (int64_t v = 0; v < tile.vectors; ++v)
    sums.push_back(builder.create<arith::AddFOp>(
        builder.create<arith::SIToFPOp>(doubles, low[v]),
        builder.create<arith::SIToFPOp>(doubles, high[v])));
  return sums;
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// Of a vector of unsigned integers as twice as wide ones, the even and the odd
/// elements.
static std::pair<Value, Value> widen(KernelBuilder &builder, Value vector) {
  auto type = cast<VectorType>(vector.getType());
  int64_t bits = type.getElementTypeBitWidth();
  VectorType wide =
      builder.vectorOf(builder.getIntegerType(static_cast<unsigned>(2 * bits)),
                       type.getNumElements() / 2);
  Value both = builder.create<LLVM::BitcastOp>(wide, vector);
  Value low = builder.constant(wide, std::ldexp(1.0, bits) - 1);
  return {builder.create<arith::AndIOp>(both, low),
          builder.create<arith::ShRUIOp>(
              both, builder.constant(wide, static_cast<double>(bits)))};
}

/// Adds both parts of `vector` to two of `sums`.
static void addParts(KernelBuilder &builder, Value vector,
                     MutableArrayRef<Value> sums) {
  auto [even, odd] = widen(builder, vector);
  sums[0] = builder.create<arith::AddIOp>(sums[0], even);
  sums[1] = builder.create<arith::AddIOp>(sums[1], odd);
}

/// The sums of few pixels in 16 bits: of each line of the tile, those of its
/// even and of its odd channels.
SmallVector<Value> PoolSums::addLines(const ChannelTile &tile, Value begin,
                                      Value end) {
  VectorType bytes = builder.vectorOf(builder.getI8Type(), lineBytes),
             shorts = builder.vectorOf(builder.getI16Type(), lineBytes / 2);
  int64_t lines = ceilDiv(tile.vectors * lanes, lineBytes);
  SmallVector<Value> zeros(2 * lines, builder.constant(shorts, 0));
  return builder.loop(
      begin, end, 1, zeros, [&](Value pixel, ValueRange carried) {
        SmallVector<Value> sums(carried);
        Value base = pointerTo(tile, pixel);
        for (int64_t line = 0; line < lines; ++line)
          addParts(builder,
                   builder.load(bytes, builder.at(base, line * lineBytes)),
                   MutableArrayRef(sums).slice(2 * line, 2));
        return sums;
      });
}

/// Channels [first, first + 4 * count) of a line, whose channels 4 i, 4 i + 2,
/// 4 i + 1 and 4 i + 3 are the elements i of `parts`.
static Value inOrder(KernelBuilder &builder, ArrayRef<Value> parts,
                     int64_t first, int64_t count) {
  int64_t all = cast<VectorType>(parts[0].getType()).getNumElements();
  auto interleave = [&](Value lhs, Value rhs, int64_t from, int64_t elements,
                        int64_t beyond) -> Value {
    SmallVector<int32_t> order;
    for (int64_t i = from; i < from + elements; ++i)
      order.append({static_cast<int32_t>(i), static_cast<int32_t>(i + beyond)});
    return builder.create<LLVM::ShuffleVectorOp>(lhs, rhs, order);
  };
  Value even = interleave(parts[0], parts[1], first / 4, count, all),
        odd = interleave(parts[2], parts[3], first / 4, count, all);
  return interleave(even, odd, 0, 2 * count, 2 * count);
}

SmallVector<Value> PoolSums::addCodes(const ChannelTile &tile, Value begin,
                                      Value end) {
  int64_t lines = ceilDiv(tile.vectors * lanes, lineBytes);
  SmallVector<Value> zeros(4 * lines, builder.constant(words, 0));
  SmallVector<Value> sums = builder.loop(
      begin, end, kShortPixels, zeros, [&](Value pixel, ValueRange carried) {
        SmallVector<Value> sums(carried);
        Value last = builder.min(end, builder.add(pixel, kShortPixels));
        for (auto [i, part] : llvm::enumerate(addLines(tile, pixel, last)))
          addParts(builder, part, MutableArrayRef(sums).slice(2 * i, 2));
        return sums;
      });
  // Codes count from the zero point.
  Value zeroPoints = builder.mul(builder.sub(end, begin),
                                 -static_cast<int64_t>(op.getInputZeroPoint()));
  Value offset = builder.splat(
      builder.create<arith::TruncIOp>(builder.getI32Type(), zeroPoints), lanes);
  SmallVector<Value> ordered;
  for (int64_t v = 0; v < tile.vectors; ++v) {
    Value sum = inOrder(builder, ArrayRef(sums).slice(v / 4 * 4, 4),
                        v % 4 * lanes, lanes / 4);
    ordered.push_back(builder.create<arith::SIToFPOp>(
        doubles, builder.create<arith::AddIOp>(sum, offset)));
  }
  return ordered;
}
