//===- ColumnsTest.cpp - The taps of a convolution as rows ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/Columns.h"
#include "oqat/Numerics/Random.h"
#include "oqat/Numerics/Shape.h"

#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <vector>

using namespace oqat;
using namespace oqat::train;

namespace {

struct Shape {
  int64_t height, width, channels, kernel, stride;

  int64_t floats() const { return height * width * channels; }
  int64_t rows() const {
    return numerics::convOutput(height, kernel, stride) *
           numerics::convOutput(width, kernel, stride);
  }
  int64_t depth() const { return kernel * kernel * channels; }

  /// The float of the picture that a float of the rows is; -1: none.
  int64_t source(int64_t row, int64_t at) const {
    int64_t outWidth = numerics::convOutput(width, kernel, stride);
    int64_t tap = at / channels;
    int64_t y = row / outWidth * stride + tap / kernel - kernel / 2;
    int64_t x = row % outWidth * stride + tap % kernel - kernel / 2;
    if (y < 0 || y >= height || x < 0 || x >= width)
      return -1;
    return (y * width + x) * channels + at % channels;
  }
};

/// What a place holds that nothing was written to.
std::vector<float> unwritten(int64_t count) {
  return std::vector<float>(static_cast<size_t>(count),
                            std::numeric_limits<float>::quiet_NaN());
}

template <typename T>
std::vector<float> gathered(const Shape &s, const std::vector<T> &picture) {
  std::vector<float> rows;
  for (int64_t row = 0; row < s.rows(); ++row)
    for (int64_t at = 0; at < s.depth(); ++at) {
      int64_t from = s.source(row, at);
      rows.push_back(
          from < 0 ? 0.0f
                   : static_cast<float>(picture[static_cast<size_t>(from)]));
    }
  return rows;
}

std::vector<float> scattered(const Shape &s, const std::vector<float> &rows) {
  std::vector<float> picture(static_cast<size_t>(s.floats()));
  for (int64_t row = 0; row < s.rows(); ++row)
    for (int64_t at = 0; at < s.depth(); ++at)
      if (int64_t to = s.source(row, at); to >= 0)
        picture[static_cast<size_t>(to)] +=
            rows[static_cast<size_t>(row * s.depth() + at)];
  return picture;
}

void checkShape(const Shape &s, numerics::Random &random) {
  SCOPED_TRACE(std::to_string(s.height) + "x" + std::to_string(s.width) + "x" +
               std::to_string(s.channels) + ", kernel " +
               std::to_string(s.kernel) + ", stride " +
               std::to_string(s.stride));
  Columns columns(s.height, s.width, s.channels, s.kernel, s.stride);
  ASSERT_EQ(columns.count(), s.rows() * s.depth());

  std::vector<uint8_t> codes(static_cast<size_t>(s.floats()));
  for (uint8_t &code : codes)
    code = static_cast<uint8_t>(random.below(256));
  std::vector<float> rows = unwritten(columns.count());
  columns.gather(codes.data(), rows.data());
  EXPECT_EQ(rows, gathered(s, codes));

  std::vector<float> floats(codes.size());
  for (float &x : floats)
    x = static_cast<float>(random.normal());
  rows = unwritten(columns.count());
  columns.gather(floats.data(), rows.data());
  EXPECT_EQ(rows, gathered(s, floats));

  // Taps outside the picture have gradients, too, which nobody takes.
  for (float &x : rows)
    x = static_cast<float>(random.normal());
  std::vector<float> picture = unwritten(s.floats());
  columns.scatter(rows.data(), picture.data());
  EXPECT_EQ(picture, scattered(s, rows));
}

} // namespace

TEST(Columns, GatherAndScatterAreThePlainLoops) {
  uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  numerics::Random random(seed);
  auto upTo = [&](uint64_t most) {
    return static_cast<int64_t>(1 + random.below(most));
  };
  for (int64_t kernel : {1, 3, 5, 7})
    for (int64_t stride : {1, 2}) {
      // A picture that is smaller than the kernel, and any.
      checkShape({1, 2, upTo(20), kernel, stride}, random);
      checkShape({upTo(9), upTo(9), upTo(20), kernel, stride}, random);
    }
}
