//===- Columns.h - The taps of a convolution as rows ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// im2col and col2im of one picture [height][width][channels]: a row
// [kernel][kernel][channels] for each pixel of the result, zero where a tap is
// outside the picture. A dense convolution is the product of these rows with
// its weight.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_COLUMNS_H
#define OQAT_TRAIN_MODEL_COLUMNS_H

#include <cstdint>

namespace oqat::train {

class Columns {
public:
  Columns(int64_t height, int64_t width, int64_t channels, int64_t kernel,
          int64_t stride);

  /// Floats of all rows.
  int64_t count() const;

  void gather(const uint8_t *codes, float *rows) const;
  void gather(const float *picture, float *rows) const;
  /// Each pixel becomes the sum of its taps, by ascending row.
  void scatter(const float *rows, float *picture) const;

private:
  int64_t height, width, channels, kernel, stride, outHeight, outWidth;

  template <typename Visit>
  void forEachRun(Visit &&visit) const;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_COLUMNS_H
