//===- PipelineTest.cpp - Evaluation and training views -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Image/Pipeline.h"
#include "EncodeJpeg.h"
#include "oqat/Formats/File.h"
#include "oqat/Numerics/Digest.h"

#include <gtest/gtest.h>
#include <set>

using namespace oqat::image;

namespace {
Image prepare(const Image &picture, int64_t size) {
  std::string error;
  std::optional<Image> result = prepareForEvaluation(picture, size, error);
  EXPECT_TRUE(result) << error;
  return result ? *result : Image();
}

TEST(Evaluation, ThePictureItselfWhereItFits) {
  for (int64_t size : {24, 32, 224}) {
    Image picture = randomPicture(size, size, 7);
    EXPECT_EQ(prepare(picture, size).pixels, picture.pixels);
  }
}

TEST(Evaluation, SmallPicturesAreTakenWhole) {
  Image picture = randomPicture(32, 32, 8);
  EXPECT_EQ(prepare(picture, 28).pixels,
            resize(picture, {0, 0, 32, 32}, 28, 28).pixels);
}

TEST(Evaluation, LargePicturesAreResizedAndCut) {
  Image picture = smoothPicture(100, 150);
  // ceil(48 / 0.875) = 55; the longer side is 55 * 150 / 100 = 82.
  Image resized = resize(picture, {0, 0, 100, 150}, 55, 82);
  EXPECT_EQ(prepare(picture, 48).pixels, crop(resized, {3, 17, 48, 48}).pixels);
}

TEST(Evaluation, OversizedResultsAreErrors) {
  Image picture = smoothPicture(65, 60000);
  std::string error;
  EXPECT_FALSE(prepareForEvaluation(picture, 512, error));
  EXPECT_EQ(error, "a picture of 65x60000 is too long to be resized");
}

TEST(Evaluation, CorruptFilesAreNamed) {
  std::string error, path = testing::TempDir() + "oqat-corrupt.jpg";
  std::string bytes = encodeJpeg(randomPicture(32, 32, 9));
  ASSERT_TRUE(oqat::formats::writeFileAtomically(
      path, {std::string_view(bytes).substr(0, bytes.size() / 2)}, error));
  EXPECT_FALSE(loadForEvaluation(path, 32, error));
  EXPECT_EQ(error.substr(0, path.size() + 29),
            path + ": not a whole JPEG picture: P");
}

TEST(Augment, IsAFunctionOfTheSeed) {
  for (int64_t side : {32, 80}) {
    Image picture = randomPicture(side, side, 10);
    std::set<uint64_t> seen;
    for (uint64_t seed = 0; seed < 64; ++seed) {
      Image view = augment(picture, 28, seed);
      EXPECT_EQ(view.height, 28);
      EXPECT_EQ(view.width, 28);
      EXPECT_EQ(view.pixels, augment(picture, 28, seed).pixels);
      seen.insert(
          oqat::numerics::fnv1a64(view.pixels.data(), view.pixels.size()));
    }
    EXPECT_GE(seen.size(), 40u);
  }
}

// Every view of a small picture is a shift of it, with black outside.
TEST(Augment, SmallPicturesAreShifted) {
  Image picture = randomPicture(32, 32, 11);
  for (uint8_t &value : picture.pixels)
    value |= 1;
  std::set<std::tuple<int64_t, int64_t, bool>> seen;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    Image view = augment(picture, 32, seed);
    bool found = false;
    for (int64_t dy = -4; dy <= 4 && !found; ++dy)
      for (int64_t dx = -4; dx <= 4 && !found; ++dx)
        for (bool flip : {false, true}) {
          Image shifted(32, 32);
          for (int64_t y = 0; y < 32; ++y)
            for (int64_t x = 0; x < 32; ++x)
              if (y + dy >= 0 && y + dy < 32 && x + dx >= 0 && x + dx < 32)
                std::copy_n(picture.at(y + dy, x + dx), 3, shifted.at(y, x));
          if (flip)
            flipHorizontally(shifted);
          if (shifted.pixels != view.pixels)
            continue;
          found = true;
          seen.insert({dy, dx, flip});
        }
    ASSERT_TRUE(found) << "seed " << seed;
  }
  EXPECT_EQ(seen.size(), 9u * 9 * 2);
}

TEST(Augment, TinyPicturesAreFine) {
  for (int64_t side : {1, 2, 3})
    for (uint64_t seed = 0; seed < 200; ++seed)
      EXPECT_EQ(augment(randomPicture(side, side, 12), 8, seed).height, 8);
}

TEST(Augment, LongPicturesFallBackToTheCentre) {
  EXPECT_EQ(augment(smoothPicture(65, 4000), 32, 1).width, 32);
}
} // namespace
