//===- TapGather.h - The taps of a pixel side by side ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_TAPGATHER_H
#define LIB_TARGET_GENERIC_TAPGATHER_H

#include "Tiles.h"

namespace mlir::oqat {

/// Copies the codes that an output pixel of a convolution reads, [tap][c], with
/// the zero point for those outside the picture: by rows where all taps are
/// inside, else tap by tap.
class TapGather {
public:
  /// Taps by `chunk` bytes, at most 64. What lies up to 63 bytes behind the
  /// last code may be overwritten.
  TapGather(KernelFrame &frame, const Geometry &geometry, int64_t zeroPoint,
            int64_t chunk);

  void emit(KernelBuilder &builder, Value pixel, Value goal) const;
  /// Those of `count` adjacent pixels from `pixel` on, `pitch` bytes apart: all
  /// at once where they lie in a row and all their taps inside.
  void emit(KernelBuilder &builder, Value pixel, int64_t count, Value goal,
            int64_t pitch) const;

private:
  /// The rows and columns at which taps that are all inside may start.
  int64_t innerRows() const { return geometry.inH - geometry.kernelH + 1; }
  int64_t innerColumns() const { return geometry.inW - geometry.kernelW + 1; }
  void copyRows(KernelBuilder &builder, Value top, Value left,
                Value goal) const;
  void copyTaps(KernelBuilder &builder, Value top, Value left,
                Value goal) const;

  Geometry geometry;
  int64_t chunk;
  Value input, padding;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_TAPGATHER_H
