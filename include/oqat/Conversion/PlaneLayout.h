//===- PlaneLayout.h - Codes of two bits, one plane per channel -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_CONVERSION_PLANELAYOUT_H
#define OQAT_CONVERSION_PLANELAYOUT_H

#include "mlir/IR/BuiltinTypes.h"

namespace mlir::oqat {

/// How a tensor 1xHxWxC of codes of at most 2 bits may lie between two layers
/// in place of a byte per code, channels innermost: [channel][row][byte], four
/// adjacent codes of a row in a byte, the first one in its lowest bits. What
/// fills the last byte of a row, at least `padRows` rows above the first one
/// and as many below the last one are zeros. Rows start 64-byte aligned in
/// every plane.
struct PlaneLayout {
  int64_t padRows, height, width, channels;

  static constexpr int64_t kCodes = 4, kCodeBits = 2, kAlign = 64;

  PlaneLayout(RankedTensorType type, int64_t padRows)
      : padRows(padRows), height(type.getDimSize(1)), width(type.getDimSize(2)),
        channels(type.getDimSize(3)) {}

  int64_t rowBytes() const { return (width + kCodes - 1) / kCodes; }
  /// Of a plane, where its first row starts, and how many bytes are rows.
  int64_t firstRow() const { return align(padRows * rowBytes()); }
  int64_t pictureBytes() const { return height * rowBytes(); }
  int64_t planeBytes() const {
    return firstRow() + align(pictureBytes() + padRows * rowBytes());
  }
  int64_t bytes() const { return channels * planeBytes(); }

private:
  static int64_t align(int64_t bytes) {
    return (bytes + kAlign - 1) / kAlign * kAlign;
  }
};

} // namespace mlir::oqat

#endif // OQAT_CONVERSION_PLANELAYOUT_H
