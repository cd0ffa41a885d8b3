//===- RowStack.cpp - Input rows of a depthwise convolution, stacked ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowStack.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include <numeric>

using namespace mlir;
using namespace mlir::oqat;

/// As much as stays in the first cache beside weights and constants.
static constexpr int64_t kStackBytes = 28 << 10;

/// As few strips of a row as fit, all about as wide.
static int64_t stripPixels(const Geometry &geometry, int64_t columnBytes,
                           int64_t slots) {
  int64_t columns = std::max(kStackBytes / (columnBytes * slots),
                             geometry.kernelW + geometry.stride);
  int64_t most = (columns - geometry.kernelW) / geometry.stride + 1;
  return ceilDiv(geometry.outW, ceilDiv(geometry.outW, most));
}

RowStack::RowStack(KernelBuilder &builder, KernelFrame &frame,
                   const Geometry &geometry, int64_t bytes, int64_t maxVectors)
    : builder(builder), input(frame.input), geometry(geometry), bytes(bytes),
      step(std::gcd(geometry.stride, kGroup)),
      slots(kGroup * (ceilDiv(geometry.kernelH, kGroup) - 1) / step + 1),
      strip(stripPixels(geometry, maxVectors * bytes, slots)) {
  place = builder.allocate(slots * columns() * maxVectors * bytes);
}

void RowStack::forEachStrip(llvm::function_ref<void(Strip)> body) {
  if (strip == geometry.outW)
    return body({builder.index(0), strip});
  Value highest = builder.index(geometry.outW - strip);
  builder.loop(builder.index(0), builder.index(geometry.outW), strip,
               [&](Value x) { body({builder.min(x, highest), strip}); });
}

/// Of the columns of a strip, [firstInside, lastInside) are in the picture.
Value RowStack::firstInside(const Strip &strip) {
  Value left =
      builder.add(builder.mul(strip.x, geometry.stride), -geometry.padW());
  return builder.min(
      builder.max(builder.index(0), builder.sub(builder.index(0), left)),
      builder.index(columns()));
}
Value RowStack::lastInside(const Strip &strip) {
  Value right = builder.sub(builder.index(geometry.inW + geometry.padW()),
                            builder.mul(strip.x, geometry.stride));
  return builder.min(builder.max(right, firstInside(strip)),
                     builder.index(columns()));
}

Value RowStack::slot(const ChannelTile &tile, Value stacked) {
  if (slots == 1)
    return place;
  Value own = builder.create<arith::RemUIOp>(stacked, builder.index(slots));
  return builder.at(place, builder.mul(own, columns() * columnBytes(tile)));
}

Value RowStack::at(const ChannelTile &tile, Value y, int64_t row) {
  return slot(tile, builder.add(builder.mul(y, geometry.stride / step),
                                row * kGroup / step));
}

void RowStack::clear(const ChannelTile &tile, const Strip &strip) {
  Value zero =
      builder.constant(builder.vectorOf(builder.getI8Type(), bytes), 0);
  auto clearColumns = [&](Value first, Value last) {
    builder.loop(first, last, 1, [&](Value column) {
      for (int64_t own = 0; own < slots; ++own)
        for (int64_t v = 0; v < tile.vectors; ++v)
          builder.store(
              zero,
              builder.at(
                  builder.at(place, builder.mul(column, columnBytes(tile))),
                  own * columns() * columnBytes(tile) + v * bytes));
    });
  };
  clearColumns(builder.index(0), firstInside(strip));
  clearColumns(lastInside(strip), builder.index(columns()));
}

void RowStack::push(const ChannelTile &tile, const Strip &strip, Value begin,
                    Value y) {
  int64_t perOutput = geometry.stride / step;
  Value first = builder.mul(y, perOutput), last = builder.add(first, slots);
  // Those up to there are from the output row before.
  Value isFirst =
      builder.create<arith::CmpIOp>(arith::CmpIPredicate::eq, y, begin);
  Value next = builder.max(first, builder.add(first, slots - perOutput));
  builder.loop(builder.create<arith::SelectOp>(isFirst, first, next), last, 1,
               [&](Value stacked) { stack(tile, strip, stacked); });
}

/// Both rows channel by channel, in two vectors. Interleaving works within the
/// 16-byte parts of a vector; of those of its two results, the parts of the
/// lower half come first. Moving whole parts afterwards is cheaper than moving
/// halves of parts before.
static SmallVector<Value> interleaveRows(KernelBuilder &builder, Value top,
                                         Value bottom) {
  int64_t bytes = cast<VectorType>(top.getType()).getNumElements();
  auto shuffle = [&](Value lhs, Value rhs, auto indexOf) -> Value {
    SmallVector<int32_t> order;
    for (int64_t i = 0; i < bytes; ++i)
      order.push_back(static_cast<int32_t>(indexOf(i)));
    return builder.create<LLVM::ShuffleVectorOp>(lhs, rhs, order);
  };
  SmallVector<Value> parts, rows;
  for (int64_t half : {0, 1})
    parts.push_back(shuffle(top, bottom, [&](int64_t i) {
      return i / 16 * 16 + 8 * half + i % 16 / 2 + i % 2 * bytes;
    }));
  for (int64_t half : {0, 1})
    rows.push_back(shuffle(parts[0], parts[1], [&](int64_t i) {
      int64_t part = half * bytes / 16 + i / 16;
      return part / 2 * 16 + part % 2 * bytes + i % 16;
    }));
  return rows;
}

/// Stacked row j is of input rows step * j - padH and the next.
void RowStack::stack(const ChannelTile &tile, const Strip &strip,
                     Value stacked) {
  Value first = builder.add(builder.mul(stacked, step), -geometry.padH());
  Value left =
      builder.add(builder.mul(strip.x, geometry.stride), -geometry.padW());
  Value goal = slot(tile, stacked);
  VectorType type = builder.vectorOf(builder.getI8Type(), bytes);
  auto stackColumns = [&](ArrayRef<Value> rows, ArrayRef<Value> masks) {
    builder.loop(firstInside(strip), lastInside(strip), 1, [&](Value column) {
      Value own = builder.at(goal, builder.mul(column, columnBytes(tile)));
      Value offset = builder.add(
          builder.mul(builder.add(left, column), geometry.inC), tile.first);
      for (int64_t v = 0; v < tile.vectors; v += kGroup) {
        SmallVector<Value> codes;
        for (auto [i, row] : llvm::enumerate(rows)) {
          Value code = builder.load(
              type, builder.at(builder.at(row, offset), v / kGroup * bytes));
          if (!masks.empty())
            code = builder.create<arith::AndIOp>(code, masks[i]);
          codes.push_back(code);
        }
        SmallVector<Value> both = interleaveRows(builder, codes[0], codes[1]);
        for (int64_t i = 0; i < std::min(kGroup, tile.vectors - v); ++i)
          builder.store(both[i], builder.at(own, (v + i) * bytes));
      }
    });
  };
  int64_t rowBytes = geometry.inW * geometry.inC;
  auto rowAt = [&](Value row) {
    return builder.at(input, builder.mul(row, rowBytes));
  };
  auto stackInner = [&] {
    stackColumns({rowAt(first), rowAt(builder.add(first, 1))}, {});
  };
  auto stackOuter = [&] {
    SmallVector<Value> rows, masks;
    for (int64_t i = 0; i < kGroup; ++i) {
      Value row = builder.add(first, i);
      rows.push_back(rowAt(builder.min(builder.max(row, builder.index(0)),
                                       builder.index(geometry.inH - 1))));
      Value mask = builder.create<arith::ExtSIOp>(
          builder.getI8Type(), builder.isBelow(row, geometry.inH));
      masks.push_back(builder.splat(mask, bytes));
    }
    stackColumns(rows, masks);
  };
  if (geometry.inH < kGroup)
    return stackOuter();
  builder.when(builder.isBelow(first, geometry.inH - kGroup + 1), stackInner,
               stackOuter);
}
