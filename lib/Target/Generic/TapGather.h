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
/// the zero point for those outside the picture.
class TapGather {
public:
  /// `chunk` bytes at a time, at most 64: each copy may touch so many bytes,
  /// but one, behind what it is to copy.
  TapGather(KernelFrame &frame, const Geometry &geometry, int64_t zeroPoint,
            int64_t chunk);

  void emit(KernelBuilder &builder, Value pixel, Value goal) const;

private:
  Geometry geometry;
  int64_t chunk;
  Value input, padding;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_TAPGATHER_H
