//===- LookupShape.cpp - How lookups of a convolution are cut -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LookupShape.h"

using namespace mlir;
using namespace mlir::oqat;

/// How many bytes of packed codes are kept on the stack, about.
static constexpr int64_t kBlockBytes = 8192;

/// The most pixels in a register tile with so many vectors of outputs.
static int64_t maxPixels(const VectorTarget &target, int64_t vectors,
                         int64_t all) {
  return std::min(
      {(target.registers - 2 - vectors) / vectors, int64_t(12), all});
}

/// A pixel's row of the table and the distance to it are loaded once for all
/// vectors, a vector of weights once for all pixels.
static int64_t tilePixels(const VectorTarget &target, int64_t vectors,
                          int64_t all) {
  return choosePixels(all, maxPixels(target, vectors, all), 2 * vectors + 2,
                      vectors);
}

/// Instructions of all pixels for each row of weights.
static int64_t countInstructions(const VectorTarget &target, int64_t outputs,
                                 int64_t vectors, int64_t all) {
  ChannelTiling channels(outputs, target.lookupBytes(), vectors);
  int64_t pixels = tilePixels(target, channels.vectors, all);
  auto ofTile = [&](int64_t own) {
    return own == 0 ? 0 : pixels * (2 * own + 2) + own;
  };
  return ceilDiv(all, pixels) *
         (channels.fullTiles * ofTile(channels.vectors) +
          ofTile(ceilDiv(channels.rest, target.lookupBytes())));
}

/// How many vectors of outputs a register tile has at most: with 16 registers
/// one more than usual where that is a tenth better, as for 80 outputs on AVX2
/// (docs/Performance.md).
static int64_t bestVectors(const VectorTarget &target, const Geometry &geometry,
                           int64_t outputs) {
  // Sums of 16 bits take two registers besides those of bytes.
  if (geometry.isVector())
    return target.registers / 4;
  int64_t usual = maxTileVectors(target, geometry);
  if (target.registers >= 32)
    return usual;
  int64_t all = geometry.outH * geometry.outW;
  return 10 * countInstructions(target, outputs, usual + 1, all) <
                 9 * countInstructions(target, outputs, usual, all)
             ? usual + 1
             : usual;
}

LookupShape::LookupShape(const VectorTarget &target, const LookupPlan &plan,
                         const Geometry &geometry, int64_t outputs,
                         int64_t vectors)
    : packLanes(std::max<int64_t>(2 * target.lanes, 16)),
      all(geometry.outH * geometry.outW),
      channels(outputs, target.lookupBytes(),
               vectors != 0 ? vectors : bestVectors(target, geometry, outputs)),
      rowBytes(2 * roundUp(plan.rows, packLanes)) {
  pixels = tilePixels(target, channels.vectors, all);
  int64_t wanted = std::clamp<int64_t>(kBlockBytes / (pixels * rowBytes), 1, 8);
  // As many blocks as come closest, all about as large.
  int64_t tiles = ceilDiv(all, pixels);
  int64_t blocks = std::max<int64_t>((tiles + wanted / 2) / wanted, 1);
  block = std::min(ceilDiv(tiles, blocks) * pixels, all);
  units = isOneBlock() ? channels.count() : all / pixels;
}
