//===- Tiles.h - Covering rows and channels with tiles --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_TILES_H
#define LIB_TARGET_GENERIC_TILES_H

#include "Emitters.h"

namespace mlir::oqat {

/// Adjacent channels in one tile: `vectors` full vectors, of whose last one
/// only `lastCount` lanes are channels.
struct ChannelTile {
  Value first;
  int64_t vectors, lastCount;
};

/// How channels are cut: `fullTiles` tiles of `vectors` vectors, then one of
/// the `rest` channels if there are any.
struct ChannelTiling {
  ChannelTiling(int64_t channels, int64_t lanes, int64_t maxVectors);
  int64_t lanes, vectors, fullTiles, rest;
  int64_t count() const { return fullTiles + (rest != 0); }
  /// Emits `body` for the tiles [begin, end); all of them without bounds.
  void forEach(KernelBuilder &builder,
               llvm::function_ref<void(ChannelTile)> body, Value begin = {},
               Value end = {}) const;
};

/// A convolution's geometry; padding is kernel / 2.
struct Geometry {
  int64_t inH, inW, inC, outH, outW, kernelH, kernelW, stride;
  /// A matrix product: the picture may be seen as one row.
  bool isFlat() const { return kernelH == 1 && kernelW == 1 && stride == 1; }
  /// A product with one vector, whose channels threads share.
  bool isVector() const { return isFlat() && outH * outW == 1; }
  int64_t padH() const { return kernelH / 2; }
  int64_t padW() const { return kernelW / 2; }

  /// That of the matrix product with the taps of a pixel as its inputs.
  Geometry gathered() const;
  /// That of one column of taps with the taps of a row as its inputs.
  Geometry banded() const;

  Geometry(RankedTensorType input, RankedTensorType output, int64_t kernelH,
           int64_t kernelW, int64_t stride);
};

/// That of a packed convolution, or of a linear layer as one of one pixel.
Geometry geometryOf(bitpack::Conv2DOp op);

/// The most vectors of channels in a register tile with several pixels, and in
/// one of one pixel, where more of them hide the latency of reading weights.
int64_t maxTileVectors(const VectorTarget &target, const Geometry &geometry);

/// Of at most `most` pixels in a register tile, the most of least cost.
int64_t choosePixels(int64_t most,
                     llvm::function_ref<int64_t(int64_t pixels)> cost);

/// Of at most `most` pixels in a register tile, as many as cover `all` pixels
/// with the fewest instructions, of which a tile takes `perTile` and each of
/// its pixels `perPixel`.
int64_t choosePixels(int64_t all, int64_t most, int64_t perPixel,
                     int64_t perTile);

/// Adjacent output pixels of one row, from column `x` on. `atBorder` tiles have
/// taps outside the picture, known at compile time from `staticX`.
struct RowTile {
  Value x;
  int64_t pixels, staticX;
  bool atBorder;
};

/// Covers an output row with tiles of about `maxPixels` pixels, the last one
/// mostly less; where borders are wide, some pixels twice.
void forEachRowTile(KernelBuilder &builder, const Geometry &geometry,
                    int64_t maxPixels, llvm::function_ref<void(RowTile)> body);

/// Whether tap column `kx` of pixel `pixel` of the tile is in the picture.
bool isInside(const Geometry &geometry, const RowTile &tile, int64_t pixel,
              int64_t kx);

/// [first, end) of what threads share.
struct Share {
  Value first, end;
};

/// That of the kernel's units, each `block` of `all`, of which the last of
/// `units` takes the rest too.
Share shareOf(KernelBuilder &builder, const KernelFrame &frame, int64_t units,
              int64_t all, int64_t block);

/// So many units of about as much of `all` each, and of `least` at least, that
/// two threads have half of it.
int64_t countEvenUnits(int64_t all, int64_t least);
/// Of those.
Share shareEvenly(KernelBuilder &builder, const KernelFrame &frame,
                  int64_t units, int64_t all);

/// Covers the pixels of units [begin, end), each `block` pixels of `all`, of
/// which the last of `units` takes the rest too; `body` gets the first pixel of
/// a block. Some pixels of one unit may be covered twice.
void forEachPixelBlock(KernelBuilder &builder, const KernelFrame &frame,
                       int64_t units, int64_t all, int64_t block,
                       llvm::function_ref<void(Value)> body);

/// for ky in the taps of output row `y` that are in the picture, of tap rows
/// [first, last) or all of them; `body` gets ky and the input row.
SmallVector<Value> forEachTapRow(
    KernelBuilder &builder, const Geometry &geometry, Value y,
    ValueRange carried,
    llvm::function_ref<SmallVector<Value>(Value, Value, ValueRange)> body,
    int64_t first = 0, std::optional<int64_t> last = {});

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_TILES_H
