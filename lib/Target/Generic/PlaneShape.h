//===- PlaneShape.h - How planes of one channel fill vectors --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A vector of bytes holds pixels of one channel: `rows` output rows of
// `laneColumns` lanes each, of which the first `outColumns` are output columns.
// The codes of two bits that they need come from records of 16 bytes: of each
// input row, `groups` bytes of four adjacent codes. So a 7x7 plane is one
// record and one vector, one of 28x28 fourteen of either.
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_PLANESHAPE_H
#define LIB_TARGET_GENERIC_PLANESHAPE_H

#include "Tiles.h"

namespace mlir::oqat {

/// Output columns from `first` on, and the input columns [start, start +
/// columns) that their taps meet in the picture.
struct PlaneColumns {
  int64_t first, start, columns;
  /// Bytes of a row, and how many rows a record has.
  int64_t groups, recordRows;
};

struct PlaneShape {
  static constexpr int64_t kBytes = 64;
  /// Bytes of a record, channels that are transposed at a time, and codes in a
  /// byte.
  static constexpr int64_t kPart = 16, kCodes = 4;
  /// Channels whose pixels are packed and stored at a time, a vector of a tile
  /// of them.
  static constexpr int64_t kChannels = 2 * kPart;

  /// Adjacent taps whose codes are one index.
  static constexpr int64_t kTaps = 3;

  /// Whether the codes of eight lanes are within eight bytes.
  static bool isFor(const Geometry &geometry);

  /// With `ofPlanes`, records are read from a picture that is in planes
  /// (PlaneLayout).
  explicit PlaneShape(const Geometry &geometry, bool ofPlanes = false);

  /// Rows of input that taps meet, of those that are `stride` apart from row
  /// `phase` on, and how many records they take.
  int64_t phaseRows(int64_t phase) const;
  int64_t records(const PlaneColumns &columns, int64_t phase) const;
  /// The records of a band of `count` output rows, which are fewer at the end.
  Value countRecords(KernelBuilder &builder, const PlaneColumns &columns,
                     int64_t phase, Value count) const;
  Value countVectors(KernelBuilder &builder, Value count) const;
  /// Output vectors of a band.
  int64_t vectors() const { return ceilDiv(band, rows); }

  /// Of a lane, the output row, whether it has a pixel, and the distance of
  /// that from a vector's first one.
  int64_t rowOf(int64_t lane) const { return lane / laneColumns; }
  bool isPixel(int64_t lane) const {
    return lane % laneColumns < outColumns &&
           rowOf(lane) < std::min(rows, band);
  }
  int64_t pixelOf(int64_t lane) const {
    return rowOf(lane) * geometry.outW + lane % laneColumns;
  }

  /// Emits `body` for each kChannels of a tile, of which there may be less in
  /// the last `count`.
  void forEachVector(
      KernelBuilder &builder, const ChannelTile &tile,
      llvm::function_ref<void(Value vector, Value channel, int64_t count)> body)
      const;

  Geometry geometry;
  int64_t outColumns, laneColumns, rows;
  SmallVector<PlaneColumns> tiles;
  ChannelTiling channels;
  /// The most output rows at a time. Threads share rows, as many as a vector
  /// has at least, or else tiles of channels.
  int64_t band;
  bool sharesRows;
  int64_t getUnits() const {
    return sharesRows ? countEvenUnits(geometry.outH, rows) : channels.count();
  }
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_PLANESHAPE_H
