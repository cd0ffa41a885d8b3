//===- PoolSums.h - Sums over the pixels of a tile of channels ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_POOLSUMS_H
#define LIB_TARGET_GENERIC_POOLSUMS_H

#include "Emitters.h"
#include "Tiles.h"

namespace mlir::oqat {

/// What a global average pool adds up before it divides (N4): exact integers,
/// as doubles.
class PoolSums {
public:
  PoolSums(KernelBuilder &builder, const EmitContext &context,
           bitpack::PoolOp op);

  /// The most vectors of a tile.
  static int64_t maxVectors(const VectorTarget &target, bitpack::PoolOp op);

  /// Of each vector of the tile's channels, the sum over pixels [begin, end).
  SmallVector<Value> emit(const ChannelTile &tile, Value begin, Value end);
  /// What a mean is of such a sum, besides its share of the pixels.
  double getUnit();

private:
  SmallVector<Value> addFixed(const ChannelTile &tile, Value begin, Value end);
  Value loadFixed(Value pointer);
  SmallVector<Value> addCodes(const ChannelTile &tile, Value begin, Value end);
  SmallVector<Value> addLines(const ChannelTile &tile, Value begin, Value end);

  Value pointerTo(const ChannelTile &tile, Value pixel);

  KernelBuilder &builder;
  const KernelFrame &frame;
  bitpack::PoolOp op;
  int64_t lanes, lineBytes, pixels, channels;
  VectorType floats, words, doubles;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_POOLSUMS_H
