//===- AugmentTest.cpp - Training views ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Image/Augment.h"
#include "EncodeJpeg.h"
#include "oqat/Image/Pipeline.h"
#include "oqat/Numerics/Digest.h"

#include <gtest/gtest.h>
#include <set>

using namespace oqat::image;

namespace {
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

Image viewOf(const std::string &bytes, int64_t size, uint64_t seed,
             const Augmentation &augmentation = {}) {
  std::string error;
  std::optional<Image> view =
      augmentJpeg(bytes, "x", size, seed, augmentation, error);
  EXPECT_TRUE(view) << error;
  return view ? *view : Image();
}

// Where no crop is twice as large as the view, nothing tells a view of a file
// from one of its decoded picture.
TEST(Augment, JpegFilesAsDecodedPictures) {
  for (int64_t side : {40, 150}) {
    std::string error, bytes = encodeJpeg(randomPicture(side, side + 21, 13));
    std::optional<Image> picture = decodeJpeg(bytes, "x", error);
    ASSERT_TRUE(picture) << error;
    for (uint64_t seed = 0; seed < 50; ++seed)
      ASSERT_EQ(viewOf(bytes, 96, seed).pixels,
                augment(*picture, 96, seed).pixels)
          << "side " << side << ", seed " << seed;
  }
}

// The smaller DCT sees what the whole picture shrunk would show.
TEST(Augment, LargeCropsAreDecodedSmaller) {
  std::string error, bytes = encodeJpeg(smoothPicture(600, 900));
  std::optional<Image> picture = decodeJpeg(bytes, "x", error);
  ASSERT_TRUE(picture) << error;
  int differing = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Image scaled = viewOf(bytes, 40, seed), exact = augment(*picture, 40, seed);
    ASSERT_EQ(scaled.pixels.size(), exact.pixels.size());
    for (size_t i = 0; i < exact.pixels.size(); ++i)
      ASSERT_NEAR(scaled.pixels[i], exact.pixels[i], 6) << "seed " << seed;
    differing += scaled.pixels != exact.pixels;
  }
  EXPECT_GE(differing, 50);
}

TEST(Augment, CropsKeepTheirBounds) {
  // Columns tell the width of a crop: one pixel a column, a step of 1 each.
  Image picture(100, 200);
  for (int64_t y = 0; y < 100; ++y)
    for (int64_t x = 0; x < 200; ++x) {
      picture.at(y, x)[0] = static_cast<uint8_t>(x);
      picture.at(y, x)[1] = static_cast<uint8_t>(y);
    }
  Augmentation half;
  half.minScale = half.maxScale = 0.25;
  half.minRatio = half.maxRatio = 2;
  half.flip = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    // A quarter of the area at ratio 2 is 50 x 100.
    Image view = augment(picture, 50, seed, half);
    EXPECT_NEAR(view.at(0, 49)[0] - view.at(0, 0)[0], 98, 1);
    EXPECT_NEAR(view.at(49, 0)[1] - view.at(0, 0)[1], 49, 1);
  }
}

TEST(Augment, MirrorsAsOftenAsAsked) {
  Image picture = randomPicture(32, 32, 14);
  Augmentation never, always;
  never.flip = 0;
  always.flip = 1;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Image view = augment(picture, 32, seed, never);
    flipHorizontally(view);
    EXPECT_EQ(view.pixels, augment(picture, 32, seed, always).pixels);
  }
}

TEST(Colours, FactorsByHand) {
  Image picture(1, 2);
  picture.pixels = {10, 100, 200, 50, 50, 50};
  auto changed = [&](int32_t brightness, int32_t contrast, int32_t saturation) {
    Image copy = picture;
    changeColours(copy, {brightness, contrast, saturation});
    return copy.pixels;
  };
  constexpr int32_t one = 1 << 16;
  using Bytes = std::vector<uint8_t>;
  EXPECT_EQ(changed(one, one, one), picture.pixels);
  EXPECT_EQ(changed(one * 3 / 2, one, one), (Bytes{15, 150, 255, 75, 75, 75}));
  // Grays are 0.299 * 10 + 0.587 * 100 + 0.114 * 200 = 84.49 and 50.
  EXPECT_EQ(changed(one, 0, one), Bytes(6, 67));
  EXPECT_EQ(changed(one, one, 0), (Bytes{84, 84, 84, 50, 50, 50}));
  EXPECT_EQ(changed(one, one, 2 * one), (Bytes{0, 116, 255, 50, 50, 50}));
}

TEST(Colours, StrengthsBoundTheFactors) {
  Image picture(80, 80);
  std::fill(picture.pixels.begin(), picture.pixels.end(), uint8_t(100));
  Augmentation jitter;
  jitter.brightness = 0.25;
  std::set<int> seen;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Image view = augment(picture, 8, seed, jitter);
    EXPECT_EQ(std::set<uint8_t>(view.pixels.begin(), view.pixels.end()).size(),
              1u);
    seen.insert(view.pixels[0]);
  }
  EXPECT_EQ(*seen.begin(), 75);
  EXPECT_EQ(*seen.rbegin(), 125);
  EXPECT_GE(seen.size(), 48u);
}
} // namespace
