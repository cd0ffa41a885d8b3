//===- LookupShape.h - How lookups of a convolution are cut ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_LOOKUPSHAPE_H
#define LIB_TARGET_GENERIC_LOOKUPSHAPE_H

#include "LookupPlan.h"

namespace mlir::oqat {

/// Register tiles and the blocks of pixels that are packed at a time.
struct LookupShape {
  /// With `vectors` of outputs in a tile at most, or as many as are best in
  /// general.
  LookupShape(const VectorTarget &target, const LookupPlan &plan,
              const Geometry &geometry, int64_t outputs, int64_t vectors);

  /// Then threads share tiles of channels, else tiles of pixels.
  bool isOneBlock() const { return block == all; }

  /// How many codes are packed at a time, which become a vector of words.
  int64_t packLanes;

  int64_t all;
  ChannelTiling channels;
  int64_t rowBytes, pixels, block, units;

  /// How many register tiles there are, about, of a tile of channels and a
  /// block, and of all.
  int64_t countPlaces() const { return ceilDiv(block, pixels); }
  int64_t countRuns() const {
    return ceilDiv(all, block) * channels.count() * countPlaces();
  }
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_LOOKUPSHAPE_H
