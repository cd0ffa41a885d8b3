//===- JpegTest.cpp - Whole and damaged JPEG files ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EncodeJpeg.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace oqat::image;

namespace {
void expectNear(const Image &x, const Image &y, int tolerance) {
  ASSERT_EQ(x.pixels.size(), y.pixels.size());
  for (size_t i = 0; i < x.pixels.size(); ++i)
    ASSERT_NEAR(x.pixels[i], y.pixels[i], tolerance) << "byte " << i;
}

// JPEG is lossy: at quality 100 a slow gradient moves by a few steps at most.
TEST(Jpeg, DecodesColour) {
  for (bool progressive : {false, true}) {
    Image picture = smoothPicture(19, 33);
    std::string error;
    std::optional<Image> decoded =
        decodeJpeg(encodeJpeg(picture, false, progressive), "x", error);
    ASSERT_TRUE(decoded) << error;
    EXPECT_EQ(decoded->height, 19);
    EXPECT_EQ(decoded->width, 33);
    expectNear(*decoded, picture, 12);
  }
}

TEST(Jpeg, GrayBecomesThreeEqualColours) {
  std::string error;
  std::optional<Image> decoded =
      decodeJpeg(encodeJpeg(smoothPicture(8, 8), true), "x", error);
  ASSERT_TRUE(decoded) << error;
  for (size_t i = 0; i < decoded->pixels.size(); i += 3) {
    EXPECT_EQ(decoded->pixels[i], decoded->pixels[i + 1]);
    EXPECT_EQ(decoded->pixels[i], decoded->pixels[i + 2]);
  }
}

TEST(Jpeg, EveryTruncationIsAnError) {
  std::string bytes = encodeJpeg(randomPicture(16, 16, 1));
  for (size_t size = 0; size < bytes.size() - 2; ++size) {
    std::string error;
    EXPECT_FALSE(decodeJpeg(bytes.substr(0, size), "x.jpg", error)) << size;
    EXPECT_EQ(error.substr(0, 7), "x.jpg: ") << size;
  }
}

TEST(Jpeg, DamagedBytesNeverCrash) {
  std::string bytes = encodeJpeg(randomPicture(24, 24, 2));
  uint64_t seed = 20260102;
  SCOPED_TRACE("seed " + std::to_string(seed));
  oqat::numerics::Random random(seed);
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = bytes, error;
    for (int i = 0; i < 4; ++i)
      damaged[random.below(damaged.size())] =
          static_cast<char>(random.below(256));
    decodeJpeg(damaged, "x", error);
  }
}

TEST(Jpeg, OtherFilesAreErrors) {
  std::string error;
  EXPECT_FALSE(decodeJpeg("", "x", error));
  EXPECT_EQ(error, "x: not a JPEG picture: the file is empty");
  EXPECT_FALSE(decodeJpeg("\x89PNG\r\n\x1a\n", "x", error));
  EXPECT_EQ(error, "x: not a whole JPEG picture: Not a JPEG file: starts with "
                   "0x89 0x50");
}

TEST(Jpeg, HugeSizesAreRefusedBeforeAllocating) {
  std::string bytes = encodeJpeg(smoothPicture(8, 8)), error;
  size_t frame = bytes.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  for (size_t i = 5; i < 9; ++i)
    bytes[frame + i] = '\xf0';
  EXPECT_FALSE(decodeJpeg(bytes, "x", error));
  EXPECT_EQ(error, "x: not a whole JPEG picture: 61680x61680 pixels are beyond "
                   "the limit of 67108864");
}

// At full size a part is that part of the whole picture, whatever was skipped
// and cut before it.
TEST(JpegPart, EqualsTheWholePicture) {
  uint64_t seed = 20270101;
  SCOPED_TRACE("seed " + std::to_string(seed));
  oqat::numerics::Random random(seed);
  for (int subsampling : {1, 2})
    for (bool progressive : {false, true})
      for (bool gray : {false, true}) {
        std::string error, bytes = encodeJpeg(randomPicture(83, 121, 3), gray,
                                              progressive, subsampling);
        std::optional<Image> whole = decodeJpeg(bytes, "x", error);
        ASSERT_TRUE(whole) << error;
        for (int round = 0; round < 60; ++round) {
          Box box;
          box.height = static_cast<int64_t>(random.below(83)) + 1;
          box.width = static_cast<int64_t>(random.below(121)) + 1;
          box.y = static_cast<int64_t>(random.below(84 - box.height));
          box.x = static_cast<int64_t>(random.below(122 - box.width));
          Box place = box;
          std::optional<Image> part =
              decodeJpegPart(bytes, place, 1, "x", error);
          ASSERT_TRUE(part) << error;
          ASSERT_EQ(crop(*part, place).pixels, crop(*whole, box).pixels)
              << subsampling << progressive << gray << ": " << box.y << " "
              << box.x << " " << box.height << " " << box.width;
        }
      }
}

TEST(JpegPart, ScaledPartsEqualTheScaledPicture) {
  oqat::numerics::Random random(4);
  std::string error, bytes = encodeJpeg(randomPicture(203, 310, 5));
  std::optional<Box> extent = jpegExtent(bytes, "x", error);
  ASSERT_TRUE(extent) << error;
  EXPECT_EQ(extent->height, 203);
  EXPECT_EQ(extent->width, 310);
  for (int d : {2, 4, 8}) {
    Box all = *extent;
    std::optional<Image> whole = decodeJpegPart(bytes, all, d, "x", error);
    ASSERT_TRUE(whole) << error;
    EXPECT_EQ(all.height, 203 / d);
    EXPECT_EQ(all.width, 310 / d);
    for (int round = 0; round < 40; ++round) {
      Box box{static_cast<int64_t>(random.below(100)),
              static_cast<int64_t>(random.below(150)),
              static_cast<int64_t>(random.below(100)) + 1,
              static_cast<int64_t>(random.below(150)) + 1};
      Box scaled{box.y / d, box.x / d, std::max<int64_t>(box.height / d, 1),
                 std::max<int64_t>(box.width / d, 1)};
      std::optional<Image> part = decodeJpegPart(bytes, box, d, "x", error);
      ASSERT_TRUE(part) << error;
      ASSERT_EQ(crop(*part, box).pixels, crop(*whole, scaled).pixels) << d;
    }
  }
}

// Damage is found down to the last row of a part, not below.
TEST(JpegPart, DamagedFiles) {
  std::string error, bytes = encodeJpeg(randomPicture(64, 64, 6));
  std::string cut = bytes.substr(0, bytes.size() * 3 / 4);
  Box above{0, 0, 16, 64}, all{0, 0, 64, 64};
  EXPECT_TRUE(decodeJpegPart(cut, above, 1, "x", error)) << error;
  EXPECT_FALSE(decodeJpegPart(cut, all, 1, "x.jpg", error));
  EXPECT_EQ(error.substr(0, 33), "x.jpg: not a whole JPEG picture: ");
  EXPECT_FALSE(jpegExtent("", "x", error));
  EXPECT_EQ(error, "x: not a JPEG picture: the file is empty");
}
} // namespace
