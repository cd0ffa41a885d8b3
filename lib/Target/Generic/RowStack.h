//===- RowStack.h - Input rows of a depthwise convolution, stacked --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_ROWSTACK_H
#define LIB_TARGET_GENERIC_ROWSTACK_H

#include "Tiles.h"

namespace mlir::oqat {

/// Output columns [x, x + pixels), for which rows are stacked at a time.
struct Strip {
  Value x;
  int64_t pixels;
};

/// On the stack, the codes of two input rows at a time, interleaved channel by
/// channel, with 0 in place of what lies outside the picture: all that an
/// output row needs, of which the next output row finds most in its place.
///
/// Of stacked row j and input column c there are as many vectors as a tile of
/// channels has, each of `bytes` bytes: (row 2, channel 1), (row 3, channel 1),
/// (row 2, channel 2) ... A vector of the target has so many bytes.
class RowStack {
public:
  /// How many input rows make one.
  static constexpr int64_t kGroup = 2;

  /// For tiles of `maxVectors` vectors of channels at most. Call it where the
  /// kernel starts.
  RowStack(KernelBuilder &builder, KernelFrame &frame, const Geometry &geometry,
           int64_t bytes, int64_t maxVectors);

  /// Emits `body` for the strips of an output row; some columns may be in two.
  void forEachStrip(llvm::function_ref<void(Strip)> body);
  /// Before the rows of a tile of channels and a strip: the columns outside.
  void clear(const ChannelTile &tile, const Strip &strip);
  /// Adds the rows that output row `y` has and the one before it, if that isn't
  /// before `begin`, hasn't.
  void push(const ChannelTile &tile, const Strip &strip, Value begin, Value y);
  /// The first column of those rows that taps 2 * `row` and 2 * `row` + 1 of
  /// output row `y` meet, and the bytes from one column to the next.
  Value at(const ChannelTile &tile, Value y, int64_t row);
  int64_t columnBytes(const ChannelTile &tile) const {
    return tile.vectors * bytes;
  }

private:
  int64_t columns() const {
    return (strip - 1) * geometry.stride + geometry.kernelW;
  }
  Value slot(const ChannelTile &tile, Value stacked);
  Value firstInside(const Strip &strip);
  Value lastInside(const Strip &strip);
  void stack(const ChannelTile &tile, const Strip &strip, Value stacked);

  KernelBuilder &builder;
  Value input, place;
  Geometry geometry;
  int64_t bytes;
  /// Input rows from one stacked row to the next, how many of these are kept,
  /// and the pixels of a strip.
  int64_t step, slots, strip;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_ROWSTACK_H
