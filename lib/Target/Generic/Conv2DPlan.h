//===- Conv2DPlan.h - How a convolution is computed by dot products -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_CONV2DPLAN_H
#define LIB_TARGET_GENERIC_CONV2DPLAN_H

#include "Tiles.h"

namespace mlir::oqat {

/// The first dot product of the target that is exact for the layer.
struct Conv2DDot {
  Conv2DDot(const VectorTarget &target, bitpack::Conv2DOp op);
  const DotProduct *dot = nullptr;
  /// DotProduct::getSegment().
  int64_t segment = 0;
  /// Whether the taps of some pixels are gathered first, as few channels would
  /// leave much of each tap's last group empty.
  bool gathers = false;
  /// Whether instead rows are copied with their border, where the taps of a row
  /// fill groups that overlap those of the next pixel.
  bool bands = false;
  /// Whether 2q + 1 doesn't fit the panel, so that the kernel sums codes too.
  bool sumsCodes = false;

  bool hasSegments() const { return segment != DotProduct::kAllGroups; }
  /// The layer's geometry, or that of the product of gathered taps or bands.
  Geometry getGeometry(bitpack::Conv2DOp op) const;
};

/// The register tile: what accumulators leave room for, at most 12 pixels.
/// Besides them there are the weights of a segment, a vector of codes and a
/// product; with segments the constant that widens their sums, too.
struct Conv2DTile {
  /// With `vectors` of outputs at most, or as many as are best in general.
  Conv2DTile(const VectorTarget &target, const Geometry &geometry,
             int64_t outputs, const Conv2DDot &dot, int64_t vectors);
  /// How many groups are added at a time.
  int64_t groups;
  ChannelTiling channels;
  int64_t perPixel, pixels;

  /// How many tiles of pixels there are, about, and register tiles.
  int64_t countPlaces(const Geometry &geometry) const {
    return ceilDiv(geometry.outH * geometry.outW, pixels);
  }
  int64_t countRuns(const Geometry &geometry) const {
    return channels.count() * countPlaces(geometry);
  }

private:
  int64_t choosePixels(int64_t all, int64_t inputGroups,
                       const DotProduct &dot) const;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_CONV2DPLAN_H
