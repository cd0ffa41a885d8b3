//===- RowBand.h - Rows of codes with their border ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_ROWBAND_H
#define LIB_TARGET_GENERIC_ROWBAND_H

#include "Tiles.h"

namespace mlir::oqat {

/// Copies the rows of codes that a row of a convolution's output reads, with
/// the zero point for what lies outside the picture on all sides: there, the
/// taps of a pixel in a row lie side by side, at every pixel.
class RowBand {
public:
  RowBand(KernelBuilder &builder, KernelFrame &frame, const Geometry &geometry,
          int64_t zeroPoint);

  /// The rows for output row `y`.
  void emit(KernelBuilder &builder, Value y) const;
  /// The codes of the first pixel in a tap row; those of its right neighbour
  /// are getStep() bytes on. Up to 63 bytes behind the last code may be read.
  Value rowAt(KernelBuilder &builder, Value ky) const;
  int64_t getStep() const { return geometry.stride * geometry.inC; }

private:
  int64_t leftBytes() const { return geometry.padW() * geometry.inC; }
  int64_t rowBytes() const { return geometry.inW * geometry.inC; }
  int64_t pitch() const;

  static constexpr int64_t kChunk = 64;
  Geometry geometry;
  Value input, padding, band;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_ROWBAND_H
