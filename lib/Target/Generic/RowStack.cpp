//===- RowStack.cpp - Input rows of a depthwise convolution, stacked ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowStack.h"

#include "Interleave.h"

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
                   const Geometry &geometry, int64_t bytes, int64_t group)
    : builder(builder), frame(frame), geometry(geometry), bytes(bytes),
      group(group), step(std::max(std::gcd(geometry.stride, 2L), group / 2)),
      slots(group * (groups() - 1) / step + 1),
      strip(stripPixels(geometry, maxVectors() * bytes, slots)) {
  place = builder.allocate(slots * columns() * maxVectors() * bytes);
}

int64_t RowStack::groups() const {
  int64_t lastShift = step - std::gcd(geometry.stride, step);
  return ceilDiv(geometry.kernelH + lastShift, group);
}

/// Of a tile of four vectors whose last one is empty, that is computed, too:
/// three would be stacked more slowly.
static int64_t partedChannels(int64_t channels, int64_t tileChannels) {
  int64_t rest = channels % tileChannels;
  return channels - rest + (2 * rest > tileChannels ? tileChannels : 0);
}

PartedOrder RowStack::getOrder() const {
  if (group != 4)
    return {};
  return {partedChannels(geometry.inC, kTileChannels), lanes()};
}

bool RowStack::sharesChannels(const Geometry &geometry) {
  constexpr int64_t kFewRows = 8;
  return geometry.outH <= kFewRows && geometry.inC > kTileChannels;
}

ChannelTiling RowStack::tilingOf(const Geometry &geometry, int64_t bytes,
                                 int64_t group) {
  int64_t lanes = bytes / group;
  return group == 4
             ? ChannelTiling(geometry.inC, kTileChannels, /*maxVectors=*/1)
             : ChannelTiling(geometry.inC, lanes, kTileChannels / lanes);
}

int64_t RowStack::countUnits(const Geometry &geometry, int64_t bytes,
                             int64_t group) {
  return sharesChannels(geometry) ? tilingOf(geometry, bytes, group).count()
                                  : geometry.outH;
}

void RowStack::forEachChannelTile(llvm::function_ref<void(ChannelTile)> body) {
  int64_t parted = getOrder().end;
  auto emit = [&](ChannelTile tile) {
    if (group == 4) {
      bool isParted = tile.lastCount == kTileChannels || parted > geometry.inC;
      tile.vectors = isParted ? maxVectors() : ceilDiv(tile.lastCount, lanes());
      tile.lastCount -= (tile.vectors - 1) * lanes();
    }
    body(tile);
  };
  bool own = sharesChannels(geometry);
  tilingOf(geometry, bytes, group)
      .forEach(builder, emit, own ? frame.begin : Value(),
               own ? frame.end : Value());
}

void RowStack::forEachRow(
    llvm::function_ref<void(const ChannelTile &)> start,
    llvm::function_ref<void(const ChannelTile &, const Strip &, Value)> body) {
  bool hasAll = sharesChannels(geometry);
  Value begin = hasAll ? builder.index(0) : frame.begin;
  Value end = hasAll ? builder.index(geometry.outH) : frame.end;
  forEachChannelTile([&](ChannelTile tile) {
    start(tile);
    forEachStrip([&](Strip strip) {
      clear(tile, strip);
      builder.loop(begin, end, 1, [&](Value y) {
        push(tile, strip, y, begin);
        body(tile, strip, y);
      });
    });
  });
}

void RowStack::forEachTile(const ChannelTile &tile, const Strip &strip,
                           int64_t maxPixels,
                           llvm::function_ref<void(const StackedTile &)> body) {
  int64_t pixels =
      choosePixels(strip.pixels, std::min(maxPixels, strip.pixels),
                   /*perPixel=*/2 * geometry.kernelW, geometry.kernelW);
  auto emitVector = [&](Value vector, int64_t count) {
    Value highest = builder.index(strip.pixels - pixels);
    builder.loop(builder.index(0), builder.index(strip.pixels), pixels,
                 [&](Value next) {
                   Value x = builder.min(next, highest);
                   body({x, pixels, vector, count});
                 });
  };
  if (isParted(tile))
    return emitVector(builder.index(0),
                      (tile.vectors - 1) * lanes() + tile.lastCount);
  int64_t full = tile.vectors - (tile.lastCount != lanes());
  if (full == 1)
    emitVector(builder.index(0), lanes());
  else if (full != 0)
    builder.loop(builder.index(0), builder.index(full), 1,
                 [&](Value vector) { emitVector(vector, lanes()); });
  if (full != tile.vectors)
    emitVector(builder.index(full), tile.lastCount);
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

/// The first stacked row of an output row.
Value RowStack::firstOf(Value y) {
  Value top = builder.mul(y, geometry.stride);
  if (step == 1)
    return top;
  return builder.create<arith::DivUIOp>(top, builder.index(step));
}

Value RowStack::shiftOf(Value y) {
  return builder.create<arith::RemUIOp>(builder.mul(y, geometry.stride),
                                        builder.index(step));
}

Value RowStack::at(const ChannelTile &tile, Value y, int64_t row) {
  return slot(tile, builder.add(firstOf(y), row * group / step));
}

/// Before the rows of a strip: the columns outside.
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

/// Adds the rows that output row `y` has and the one before it, if that isn't
/// before the kernel's first, hasn't.
void RowStack::push(const ChannelTile &tile, const Strip &strip, Value y,
                    Value begin) {
  Value first = firstOf(y), last = builder.add(first, slots);
  Value isFirst =
      builder.create<arith::CmpIOp>(arith::CmpIPredicate::eq, y, begin);
  Value before = builder.max(builder.index(0), builder.add(y, -1));
  Value next = builder.max(first, builder.add(firstOf(before), slots));
  builder.loop(builder.create<arith::SelectOp>(isFirst, first, next), last, 1,
               [&](Value stacked) { stack(tile, strip, stacked); });
}

/// A column of all vectors of a tile; `rows` are where it is in the picture.
void RowStack::stackColumn(const ChannelTile &tile, Value goal,
                           ArrayRef<Value> rows, ArrayRef<Value> masks) {
  bool areFour = rows.size() == 4;
  // Of two rows a load makes two vectors.
  int64_t loaded = areFour && !isParted(tile) ? bytes / 4 : bytes;
  int64_t perLoad = loaded * group / bytes;
  VectorType type = builder.vectorOf(builder.getI8Type(), loaded);
  for (int64_t v = 0; v < tile.vectors; v += perLoad) {
    SmallVector<Value> codes;
    for (auto [i, row] : llvm::enumerate(rows)) {
      Value code = builder.load(type, builder.at(row, v * lanes()));
      if (!masks.empty())
        code = builder.create<arith::AndIOp>(code,
                                             builder.splat(masks[i], loaded));
      codes.push_back(code);
    }
    SmallVector<Value> stacked =
        !areFour         ? interleaveTwo(builder, codes[0], codes[1])
        : isParted(tile) ? interleaveParted(builder, codes)
                         : SmallVector<Value>{interleaveFour(builder, codes)};
    for (int64_t i = 0; i < std::min(perLoad, tile.vectors - v); ++i)
      builder.store(stacked[i], builder.at(goal, (v + i) * bytes));
  }
}

/// Stacked row j is of input rows step * j - padH and those that follow.
void RowStack::stack(const ChannelTile &tile, const Strip &strip,
                     Value stacked) {
  Value first = builder.add(builder.mul(stacked, step), -geometry.padH());
  Value left =
      builder.add(builder.mul(strip.x, geometry.stride), -geometry.padW());
  Value goal = slot(tile, stacked);
  int64_t rowBytes = geometry.inW * geometry.inC;
  auto stackColumns = [&](auto rowOf, ArrayRef<Value> masks) {
    SmallVector<Value> rows;
    for (int64_t i = 0; i < group; ++i)
      rows.push_back(builder.at(
          frame.input, builder.mul(rowOf(builder.add(first, i)), rowBytes)));
    builder.loop(firstInside(strip), lastInside(strip), 1, [&](Value column) {
      Value offset = builder.add(
          builder.mul(builder.add(left, column), geometry.inC), tile.first);
      SmallVector<Value> places;
      for (Value row : rows)
        places.push_back(builder.at(row, offset));
      stackColumn(tile,
                  builder.at(goal, builder.mul(column, columnBytes(tile))),
                  places, masks);
    });
  };
  auto stackInner = [&] { stackColumns([](Value row) { return row; }, {}); };
  auto stackOuter = [&] {
    SmallVector<Value> masks;
    for (int64_t i = 0; i < group; ++i)
      masks.push_back(builder.create<arith::ExtSIOp>(
          builder.getI8Type(),
          builder.isBelow(builder.add(first, i), geometry.inH)));
    stackColumns(
        [&](Value row) {
          return builder.min(builder.max(row, builder.index(0)),
                             builder.index(geometry.inH - 1));
        },
        masks);
  };
  if (geometry.inH < group)
    return stackOuter();
  builder.when(builder.isBelow(first, geometry.inH - group + 1), stackInner,
               stackOuter);
}
