//===- RowStack.h - Input rows of a depthwise convolution, stacked --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_ROWSTACK_H
#define LIB_TARGET_GENERIC_ROWSTACK_H

#include "PartedOrder.h"
#include "Tiles.h"

#include <numeric>

namespace mlir::oqat {

/// Output columns [x, x + pixels), for which rows are stacked at a time.
struct Strip {
  Value x;
  int64_t pixels;
};

/// A register tile: `pixels` output pixels from column `x` of a strip on, and
/// `count` channels from vector `vector` of the tile of channels on.
struct StackedTile {
  Value x;
  int64_t pixels;
  Value vector;
  int64_t count;
};

/// On the stack, the codes of a group of input rows at a time, two or four,
/// interleaved channel by channel, with 0 in place of what lies outside the
/// picture: all that an output row needs, of which the next output row finds
/// most in its place.
///
/// Of stacked row j and input column c there are as many vectors as a tile of
/// channels has, each of `bytes` bytes; with groups of two (row 2, channel 1),
/// (row 3, channel 1), (row 2, channel 2) ... A vector of the target has so
/// many bytes, and a tile the channels of a cache line at most.
///
/// Two rows are stacked for every output row. Of four, those that are stacked
/// for one output row serve the next one, too, whose taps start a row later:
/// there are getShifts() ways for taps to lie in a group. Four rows leave the
/// channels of a tile of four vectors in PartedOrder.
class RowStack {
public:
  /// Call it where the kernel starts.
  RowStack(KernelBuilder &builder, KernelFrame &frame, const Geometry &geometry,
           int64_t bytes, int64_t group);

  /// What threads share of a layer: rows, or tiles of channels of a picture of
  /// few rows, of which each thread would have to stack most.
  static int64_t countUnits(const Geometry &geometry, int64_t bytes,
                            int64_t group);

  /// Emits `body` for each tile of channels, strip and output row of the
  /// kernel's units when the row's codes are stacked; `start` comes before the
  /// strips of a tile. Some columns may be in two strips.
  void forEachRow(
      llvm::function_ref<void(const ChannelTile &)> start,
      llvm::function_ref<void(const ChannelTile &, const Strip &, Value y)>
          body);
  /// Covers a row of a strip with register tiles of at most `maxPixels` pixels,
  /// one vector of channels after the other, or all four where they are parted.
  /// Some pixels may be in two.
  void forEachTile(const ChannelTile &tile, const Strip &strip,
                   int64_t maxPixels,
                   llvm::function_ref<void(const StackedTile &)> body);

  /// Channels of a vector, and of those of a tile the most vectors.
  int64_t lanes() const { return bytes / group; }
  bool isParted(const ChannelTile &tile) const {
    return group == 4 && tile.vectors == 4;
  }
  /// The channels that are parted.
  PartedOrder getOrder() const;
  int64_t maxVectors() const { return kTileChannels / lanes(); }
  /// Groups of rows that the taps of an output row meet.
  int64_t groups() const;
  int64_t getShifts() const { return step / std::gcd(geometry.stride, step); }
  /// By how many rows the taps of output row `y` start after their first group.
  Value shiftOf(Value y);
  /// The first column of the `row`-th group that taps of output row `y` meet,
  /// and the bytes from one column to the next.
  Value at(const ChannelTile &tile, Value y, int64_t row);
  int64_t columnBytes(const ChannelTile &tile) const {
    return tile.vectors * bytes;
  }

private:
  /// Those of a cache line.
  static constexpr int64_t kTileChannels = 64;

  static bool sharesChannels(const Geometry &geometry);
  static ChannelTiling tilingOf(const Geometry &geometry, int64_t bytes,
                                int64_t group);
  void forEachChannelTile(llvm::function_ref<void(ChannelTile)> body);
  void forEachStrip(llvm::function_ref<void(Strip)> body);
  void clear(const ChannelTile &tile, const Strip &strip);
  void push(const ChannelTile &tile, const Strip &strip, Value y, Value begin);
  Value firstOf(Value y);
  int64_t columns() const {
    return (strip - 1) * geometry.stride + geometry.kernelW;
  }
  Value slot(const ChannelTile &tile, Value stacked);
  Value firstInside(const Strip &strip);
  Value lastInside(const Strip &strip);
  void stack(const ChannelTile &tile, const Strip &strip, Value stacked);
  void stackColumn(const ChannelTile &tile, Value goal, ArrayRef<Value> rows,
                   ArrayRef<Value> masks);

  KernelBuilder &builder;
  KernelFrame &frame;
  Value place;
  Geometry geometry;
  int64_t bytes, group;
  /// Input rows from one stacked row to the next, how many of these are kept,
  /// and the pixels of a strip.
  int64_t step, slots, strip;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_ROWSTACK_H
