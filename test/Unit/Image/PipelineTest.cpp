//===- PipelineTest.cpp - What evaluation sees
//------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Image/Pipeline.h"
#include "EncodeJpeg.h"
#include "oqat/Formats/File.h"

#include <gtest/gtest.h>

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
} // namespace
