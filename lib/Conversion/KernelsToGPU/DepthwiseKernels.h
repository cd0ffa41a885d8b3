//===- DepthwiseKernels.h - Depthwise convolutions as threads ---*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_CONVERSION_KERNELSTOGPU_DEPTHWISEKERNELS_H
#define OQAT_LIB_CONVERSION_KERNELSTOGPU_DEPTHWISEKERNELS_H

#include "GpuKernelBuilder.h"

namespace mlir::oqat {

/// What a depthwise kernel is made for; the border is kernel / 2.
struct DepthwiseKind {
  int64_t kernel, stride;
  bool isCodes;

  int64_t padding() const { return kernel / 2; }
  /// `base`, with all of it behind.
  std::string name(StringRef base) const;
  /// memref<?x?x?xvector<4xf32>>, or of i8.
  static MemRefType images(MLIRContext *context, bool areCodes = false);
  static MemRefType matrix(MLIRContext *context);
};

/// A run of neighbouring pixels of one row of pictures, one vector of channels
/// of each. Pictures are [images, rows, columns * vectors].
class PixelRun {
public:
  /// `count` pixels from column `first` on, which may lie outside.
  PixelRun(GpuKernelBuilder &k, Value pictures, Value numVectors, Value vector,
           Value first, int64_t count);

  /// As f32, zeros outside of the picture.
  SmallVector<Value> load(Value image, Value row);
  void store(Value image, Value row, ValueRange values);

private:
  GpuKernelBuilder &k;
  Value pictures;
  /// Per pixel: whether it is inside, and the place of the nearest that is.
  SmallVector<Value> isInside, places;
};

/// Image, row and first column of a thread's strip among all strips of
/// `pictures`; strips of neighbouring rows are neighbours.
struct StripPlace {
  StripPlace(GpuKernelBuilder &k, Value item, Value numRows, Value numStrips,
             int64_t length);
  Value image, row, strip, column;
};

/// Columns of pictures, and strips of `length` that a row of them has.
Value countColumns(GpuKernelBuilder &k, Value pictures, Value numVectors);
Value countStrips(GpuKernelBuilder &k, Value columns, int64_t length);

} // namespace mlir::oqat

#endif // OQAT_LIB_CONVERSION_KERNELSTOGPU_DEPTHWISEKERNELS_H
