//===- PlaneShape.cpp - How planes of one channel fill vectors ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlaneShape.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::oqat;

/// A larger plane is computed in bands, of so many vectors at most.
static constexpr int64_t kMaxVectors = 16, kBandVectors = 16;

/// Pixels of so many channels are read and written at a time (kChannels each),
/// so that few lines of the cache are met twice.
static constexpr int64_t kMaxTileVectors = 3;

/// The plane in `count` tiles of columns; empty where records are too short.
static SmallVector<PlaneColumns> cutColumns(const Geometry &geometry,
                                            int64_t count) {
  int64_t outColumns = ceilDiv(geometry.outW, count);
  if (outColumns > PlaneShape::kBytes)
    return {};
  SmallVector<PlaneColumns> tiles;
  for (int64_t i = 0; i < count; ++i) {
    PlaneColumns tile;
    tile.first = std::min(i * outColumns, geometry.outW - outColumns);
    int64_t start = tile.first * geometry.stride - geometry.padW();
    int64_t end = start + (outColumns - 1) * geometry.stride + geometry.kernelW;
    // Bytes of planes start there.
    tile.start =
        std::max<int64_t>(start, 0) / PlaneShape::kCodes * PlaneShape::kCodes;
    tile.columns = std::min(end, geometry.inW) - tile.start;
    tile.groups = ceilDiv(tile.columns, PlaneShape::kCodes);
    if (tile.groups > PlaneShape::kPart)
      return {};
    tiles.push_back(tile);
  }
  return tiles;
}

bool PlaneShape::isFor(const Geometry &geometry) {
  constexpr int64_t kLanes = 8;
  return (kCodes - 1) + (kLanes - 1) * geometry.stride +
             roundUp(geometry.kernelW, kTaps) <=
         kLanes * kCodes;
}

PlaneShape::PlaneShape(const Geometry &geometry, bool ofPlanes)
    : geometry(geometry), channels(geometry.inC, kChannels, kMaxTileVectors) {
  for (int64_t count = 1; tiles.empty(); ++count)
    tiles = cutColumns(geometry, count);
  outColumns = ceilDiv(geometry.outW, tiles.size());
  // A multiple of the eight bytes from which bits are selected at once.
  laneColumns = std::max<int64_t>(8, llvm::PowerOf2Ceil(outColumns));
  rows = kBytes / laneColumns;
  // Rows of planes lie side by side where they are read as a whole.
  bool areAdjacent = tiles.size() == 1 && geometry.stride == 1;
  for (PlaneColumns &tile : tiles)
    tile.recordRows =
        ofPlanes && !areAdjacent ? 1 : std::min(kPart / tile.groups, rows);

  int64_t all = ceilDiv(geometry.outH, rows);
  // Threads that made planes have the rows of all of them.
  sharesRows = all > (ofPlanes ? 1 : kMaxVectors);
  band = sharesRows ? ceilDiv(all, ceilDiv(all, kBandVectors)) * rows
                    : geometry.outH;
}

int64_t PlaneShape::phaseRows(int64_t phase) const {
  if (phase >= geometry.kernelH)
    return 0;
  return band + (geometry.kernelH - 1 - phase) / geometry.stride;
}

int64_t PlaneShape::records(const PlaneColumns &columns, int64_t phase) const {
  return ceilDiv(phaseRows(phase), columns.recordRows);
}

static Value divideUp(KernelBuilder &builder, Value value, int64_t divisor) {
  return builder.create<arith::DivUIOp>(builder.add(value, divisor - 1),
                                        builder.index(divisor));
}

Value PlaneShape::countRecords(KernelBuilder &builder,
                               const PlaneColumns &columns, int64_t phase,
                               Value count) const {
  if (phaseRows(phase) == 0)
    return builder.index(0);
  return divideUp(builder, builder.add(count, phaseRows(phase) - band),
                  columns.recordRows);
}

Value PlaneShape::countVectors(KernelBuilder &builder, Value count) const {
  return divideUp(builder, count, rows);
}

void PlaneShape::forEachVector(
    KernelBuilder &builder, const ChannelTile &tile,
    llvm::function_ref<void(Value, Value, int64_t)> body) const {
  int64_t full = tile.lastCount == kChannels ? tile.vectors : tile.vectors - 1;
  auto emit = [&](Value vector, int64_t count) {
    body(vector, builder.add(tile.first, builder.mul(vector, kChannels)),
         count);
  };
  if (full != 0)
    builder.loop(builder.index(0), builder.index(full), 1,
                 [&](Value vector) { emit(vector, kChannels); });
  if (full != tile.vectors)
    emit(builder.index(full), tile.lastCount);
}
