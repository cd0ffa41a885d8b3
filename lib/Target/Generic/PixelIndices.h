//===- PixelIndices.h - Codes of pixels as indices, input by input --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_PIXELINDICES_H
#define LIB_TARGET_GENERIC_PIXELINDICES_H

#include "LookupPlan.h"

namespace mlir::oqat {

/// Of an input of rows of pixels, the codes of the inputs r, r + rows ... of a
/// pixel in one byte (LookupPlan): bytes [r][pixel] on the stack, pixels in the
/// order that they have in planes, where rows are filled up to whole bytes.
class PixelIndices {
public:
  static constexpr int64_t kVector = 64;

  /// Call it where the kernel starts. `layout` is that of the result, which has
  /// the input's extents; it is covered with tiles of `tile` vectors.
  PixelIndices(KernelBuilder &builder, KernelFrame &frame,
               const LookupPlan &lookups, int64_t inputs,
               const PlaneLayout &layout, int64_t tile);

  /// Vectors of pixels that all of the result has, and that are made at a time,
  /// some tiles.
  static int64_t countVectors(const PlaneLayout &layout);
  int64_t getChunk() const { return chunk; }

  /// Makes those of `count` vectors from `first` on.
  void make(Value first, Value count);
  /// Those of r = `row` of the vector `first` + `place`.
  Value load(Value row, Value place);

private:
  void makeGroup(Value group, Value start);
  Value groupOf(Value pixel);
  void join(Value source, Value count);
  void transpose(Value goal);

  KernelBuilder &builder;
  KernelFrame &frame;
  int64_t inputs, rows, chunk, stride;
  /// Extents of the input, which may be seen as one row, and the distance of
  /// rows in planes.
  int64_t height, width, rowPixels;
  VectorType type;
  Value joined, place;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_PIXELINDICES_H
