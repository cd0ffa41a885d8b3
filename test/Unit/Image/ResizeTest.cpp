//===- ResizeTest.cpp - The resize formula ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EncodeJpeg.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace oqat::image;

namespace {
/// The documented formula in f64, in two dimensions at once.
double expected(const Image &picture, int64_t y, int64_t x, int64_t c,
                int64_t height, int64_t width) {
  double ry = double(picture.height) / height,
         rx = double(picture.width) / width;
  double sy = std::max(1.0, ry), sx = std::max(1.0, rx);
  double sum = 0, total = 0;
  for (int64_t i = 0; i < picture.height; ++i)
    for (int64_t j = 0; j < picture.width; ++j) {
      double wy = std::max(0.0, 1 - std::fabs(i + 0.5 - (y + 0.5) * ry) / sy);
      double wx = std::max(0.0, 1 - std::fabs(j + 0.5 - (x + 0.5) * rx) / sx);
      sum += wy * wx * picture.at(i, j)[c];
      total += wy * wx;
    }
  return sum / total;
}

TEST(Resize, FollowsTheFormula) {
  Image picture = randomPicture(13, 17, 3);
  for (auto [height, width] : {std::pair<int64_t, int64_t>{7, 9},
                               {13, 9},
                               {20, 30},
                               {1, 1},
                               {13, 17}}) {
    Image result = resize(picture, {0, 0, 13, 17}, height, width);
    for (int64_t y = 0; y < height; ++y)
      for (int64_t x = 0; x < width; ++x)
        for (int64_t c = 0; c < 3; ++c) {
          // Half a step of rounding and what weights of 14 bits lose.
          double exact = expected(picture, y, x, c, height, width);
          EXPECT_NEAR(result.at(y, x)[c], exact, 0.55);
        }
  }
}

TEST(Resize, SameSizeIsTheIdentity) {
  Image picture = randomPicture(12, 10, 4);
  EXPECT_EQ(resize(picture, {0, 0, 12, 10}, 12, 10).pixels, picture.pixels);
}

TEST(Resize, ConstantsStayExact) {
  for (int value : {0, 1, 127, 254, 255}) {
    Image picture(31, 7);
    std::fill(picture.pixels.begin(), picture.pixels.end(), value);
    for (int64_t size : {1, 3, 24, 40})
      for (uint8_t pixel : resize(picture, {0, 0, 31, 7}, size, size).pixels)
        ASSERT_EQ(pixel, value);
  }
}

TEST(Resize, ABoxIsACrop) {
  Image picture = randomPicture(20, 20, 5);
  Box box = {3, 4, 11, 9};
  Image cut = crop(picture, box);
  EXPECT_EQ(resize(picture, box, 8, 8).pixels,
            resize(cut, {0, 0, 11, 9}, 8, 8).pixels);
}

// Golden values, so that a change of the formula cannot go unnoticed.
TEST(Resize, GoldenRow) {
  Image picture(1, 4);
  for (int64_t x = 0; x < 4; ++x)
    for (int64_t c = 0; c < 3; ++c)
      picture.at(0, x)[c] = static_cast<uint8_t>(x * x * 20 + c);
  Image half = resize(picture, {0, 0, 1, 4}, 1, 2);
  // Weights 3/7 3/7 1/7 of 0 20 80, and mirrored of 20 80 180.
  EXPECT_EQ(half.at(0, 0)[0], 20);
  EXPECT_EQ(half.at(0, 1)[0], 114);
  Image twice = resize(picture, {0, 0, 1, 4}, 1, 8);
  int row[8] = {0, 5, 15, 35, 65, 105, 155, 180};
  for (int64_t x = 0; x < 8; ++x)
    EXPECT_EQ(twice.at(0, x)[0], row[x]) << x;
}

TEST(Resize, MirroredIsFlipped) {
  Image picture = randomPicture(23, 31, 4);
  for (int64_t width : {1, 8, 31, 40}) {
    Image flipped = resize(picture, {2, 3, 20, 27}, 12, width);
    flipHorizontally(flipped);
    EXPECT_EQ(resize(picture, {2, 3, 20, 27}, 12, width, true).pixels,
              flipped.pixels);
  }
}

TEST(Flip, MirrorsColumns) {
  Image picture = randomPicture(5, 7, 6), flipped = picture;
  flipHorizontally(flipped);
  for (int64_t y = 0; y < 5; ++y)
    for (int64_t x = 0; x < 7; ++x)
      for (int64_t c = 0; c < 3; ++c)
        EXPECT_EQ(flipped.at(y, x)[c], picture.at(y, 6 - x)[c]);
  flipHorizontally(flipped);
  EXPECT_EQ(flipped.pixels, picture.pixels);
}
} // namespace
