//===- Columns.cpp - The taps of a convolution as rows --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/Columns.h"
#include "oqat/Numerics/Shape.h"
#include "train/Kernels/Kernels.h"

#include <algorithm>
#include <cstring>

namespace oqat::train {

Columns::Columns(int64_t height, int64_t width, int64_t channels,
                 int64_t kernel, int64_t stride)
    : height(height), width(width), channels(channels), kernel(kernel),
      stride(stride), outHeight(numerics::convOutput(height, kernel, stride)),
      outWidth(numerics::convOutput(width, kernel, stride)) {}

int64_t Columns::count() const {
  return outHeight * outWidth * kernel * kernel * channels;
}

/// visit(first float among the rows, float of the picture, floats) for each run
/// of taps inside the picture: taps of one kernel row lie side by side in both.
template <typename Visit>
void Columns::forEachRun(Visit &&visit) const {
  int64_t k = kernel, border = k / 2, n = channels;
  int64_t row = 0;
  for (int64_t oy = 0; oy < outHeight; ++oy)
    for (int64_t ox = 0; ox < outWidth; ++ox)
      for (int64_t ky = 0; ky < k; ++ky, row += k * n) {
        int64_t y = oy * stride + ky - border;
        if (y < 0 || y >= height)
          continue;
        int64_t left = ox * stride - border;
        int64_t begin = std::max<int64_t>(0, -left);
        int64_t end = std::min(k, width - left);
        visit(row + begin * n, (y * width + left + begin) * n,
              (end - begin) * n);
      }
}

void Columns::gather(const uint8_t *codes, float *rows) const {
  std::memset(rows, 0, sizeof(float) * static_cast<size_t>(count()));
  forEachRun([&](int64_t to, int64_t from, int64_t count) {
    kernels().codesToFloat(codes + from, count, rows + to);
  });
}

void Columns::gather(const float *picture, float *rows) const {
  std::memset(rows, 0, sizeof(float) * static_cast<size_t>(count()));
  forEachRun([&](int64_t to, int64_t from, int64_t count) {
    std::memcpy(rows + to, picture + from,
                sizeof(float) * static_cast<size_t>(count));
  });
}

void Columns::scatter(const float *rows, float *picture) const {
  std::memset(picture, 0,
              sizeof(float) * static_cast<size_t>(height * width * channels));
  forEachRun([&](int64_t from, int64_t to, int64_t count) {
    kernels().accumulate(rows + from, count, picture + to);
  });
}

} // namespace oqat::train
