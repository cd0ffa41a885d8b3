//===- WinogradPlan.h - 3x3 convolutions by minimal filtering -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_WINOGRADPLAN_H
#define LIB_TARGET_GENERIC_WINOGRADPLAN_H

#include "Tiles.h"
#include "oqat/Numerics/Winograd.h"

namespace mlir::oqat {

/// How a 3x3 convolution of stride 1 is computed as 16 matrix products
/// (numerics::winogradFilter), on codes moved by `offsets` into unsigned bytes.
struct WinogradPlan {
  const DotProduct *dot;
  /// Groups of inputs whose products are added before sums become words.
  int64_t segment;
  std::array<int64_t, ::oqat::numerics::kWinogradPositions> offsets;
  /// [output of a tile][channel]: what offsets and zero point take off four
  /// times the accumulator, modulo 2^32.
  std::vector<int32_t> constants;
};

/// Nothing where the layer isn't such a convolution, its transformed codes
/// don't fit bytes, or no dot product of the target is exact for it.
std::optional<WinogradPlan> planWinograd(const VectorTarget &target,
                                         bitpack::Conv2DOp op);

/// Tiles of 2x2 outputs, row by row, in blocks whose transformed codes are kept
/// on the stack; register tiles of `pixels` of them.
struct WinogradShape {
  WinogradShape(const VectorTarget &target, int64_t codeBytes,
                const Geometry &geometry, int64_t outputs, int64_t tileVectors);
  ChannelTiling channels;
  int64_t tilesY, tilesX, all;
  /// Of one tile's codes at one of the positions.
  int64_t rowBytes;
  int64_t pixels, block, blocks;

  /// How many register tiles there are.
  int64_t countRuns() const {
    return blocks * channels.count() * ::oqat::numerics::kWinogradPositions *
           (block / pixels);
  }
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_WINOGRADPLAN_H
