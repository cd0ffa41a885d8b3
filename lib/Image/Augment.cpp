//===- Augment.cpp - Random views of pictures for training ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Image/Augment.h"
#include "oqat/Image/Pipeline.h"
#include "oqat/Numerics/Random.h"

#include <algorithm>
#include <cmath>

using namespace oqat::image;
using oqat::numerics::Random;

namespace {
constexpr int64_t kPadding = 4;
constexpr int kFactorBits = 16;

Box whole(const Image &picture) {
  return {0, 0, picture.height, picture.width};
}

bool isSmall(int64_t height, int64_t width) {
  return std::min(height, width) <= kSmallSide;
}

/// A crop of the picture's own size out of the padded picture.
Image shiftRandomly(const Image &picture, Random &random) {
  int64_t dy = static_cast<int64_t>(random.below(2 * kPadding + 1)) - kPadding;
  int64_t dx = static_cast<int64_t>(random.below(2 * kPadding + 1)) - kPadding;
  Image result(picture.height, picture.width);
  int64_t firstX = std::max<int64_t>(0, -dx);
  int64_t lastX = std::min(picture.width, picture.width - dx);
  for (int64_t y = 0; y < picture.height; ++y) {
    if (y + dy < 0 || y + dy >= picture.height || firstX >= lastX)
      continue;
    std::copy_n(picture.at(y + dy, firstX + dx), (lastX - firstX) * 3,
                result.at(y, firstX));
  }
  return result;
}

Box chooseCrop(int64_t height, int64_t width, Random &random,
               const Augmentation &a) {
  auto area = static_cast<double>(height * width);
  for (int attempt = 0; attempt < 10; ++attempt) {
    double target = area * random.uniform(a.minScale, a.maxScale);
    double logRatio =
        random.uniform(std::log(a.minRatio), std::log(a.maxRatio));
    double ratio = std::exp(logRatio);
    auto w = static_cast<int64_t>(std::nearbyint(std::sqrt(target * ratio)));
    auto h = static_cast<int64_t>(std::nearbyint(std::sqrt(target / ratio)));
    if (w < 1 || h < 1 || w > width || h > height)
      continue;
    auto y = static_cast<int64_t>(random.below(height - h + 1));
    auto x = static_cast<int64_t>(random.below(width - w + 1));
    return {y, x, h, w};
  }
  int64_t side = std::min(height, width);
  return {(height - side) / 2, (width - side) / 2, side, side};
}

int32_t chooseFactor(double strength, Random &random) {
  if (strength <= 0)
    return 1 << kFactorBits;
  double factor = random.uniform(std::max(0.0, 1 - strength), 1 + strength);
  return static_cast<int32_t>(std::nearbyint(factor * (1 << kFactorBits)));
}

bool chooseMirror(Random &random, const Augmentation &a) {
  return random.uniform() >= 1 - a.flip;
}

void jitter(Image &view, Random &random, const Augmentation &a) {
  ColourFactors factors;
  factors.brightness = chooseFactor(a.brightness, random);
  factors.contrast = chooseFactor(a.contrast, random);
  factors.saturation = chooseFactor(a.saturation, random);
  changeColours(view, factors);
}

Image augmentSmall(const Image &picture, int64_t size, Random &random,
                   const Augmentation &a) {
  Image view = shiftRandomly(picture, random);
  bool isMirrored = chooseMirror(random, a);
  if (view.height != size || view.width != size)
    view = resize(view, whole(view), size, size, isMirrored);
  else if (isMirrored)
    flipHorizontally(view);
  jitter(view, random, a);
  return view;
}

/// A view of all that is in `box`.
Image augmentCrop(const Image &picture, Box box, int64_t size, Random &random,
                  const Augmentation &a) {
  Image view = resize(picture, box, size, size, chooseMirror(random, a));
  jitter(view, random, a);
  return view;
}

/// How much smaller a crop may be decoded.
int denominatorFor(Box box, int64_t size) {
  int64_t side = std::min(box.height, box.width);
  for (int d : {8, 4, 2})
    if (side >= d * size)
      return d;
  return 1;
}

/// The ITU-R 601 luma, in 2^-16, rounded.
int32_t grayOf(const uint8_t *pixel) {
  return (19595 * pixel[0] + 38470 * pixel[1] + 7471 * pixel[2] + (1 << 15)) >>
         16;
}

/// From `origin`, `factor` times as far as `value`.
uint8_t stretch(int32_t value, int32_t origin, int32_t factor) {
  int32_t moved = (value - origin) * factor + (1 << (kFactorBits - 1));
  return static_cast<uint8_t>(
      std::clamp(origin + (moved >> kFactorBits), 0, 255));
}

int32_t meanGray(const Image &picture) {
  int64_t sum = 0, pixels = picture.height * picture.width;
  for (size_t i = 0; i < picture.pixels.size(); i += 3)
    sum += grayOf(&picture.pixels[i]);
  return static_cast<int32_t>((2 * sum + pixels) / (2 * pixels));
}
} // namespace

void oqat::image::changeColours(Image &picture, const ColourFactors &factors) {
  constexpr int32_t one = 1 << kFactorBits;
  if (factors.brightness != one)
    for (uint8_t &value : picture.pixels)
      value = stretch(value, 0, factors.brightness);
  if (factors.contrast != one) {
    int32_t mean = meanGray(picture);
    for (uint8_t &value : picture.pixels)
      value = stretch(value, mean, factors.contrast);
  }
  if (factors.saturation != one)
    for (size_t i = 0; i < picture.pixels.size(); i += 3) {
      uint8_t *pixel = &picture.pixels[i];
      int32_t gray = grayOf(pixel);
      for (int c = 0; c < 3; ++c)
        pixel[c] = stretch(pixel[c], gray, factors.saturation);
    }
}

Image oqat::image::augment(const Image &picture, int64_t size, uint64_t seed,
                           const Augmentation &augmentation) {
  Random random(seed);
  if (isSmall(picture.height, picture.width))
    return augmentSmall(picture, size, random, augmentation);
  Box box = chooseCrop(picture.height, picture.width, random, augmentation);
  return augmentCrop(picture, box, size, random, augmentation);
}

std::optional<Image> oqat::image::augmentJpeg(std::string_view bytes,
                                              const std::string &place,
                                              int64_t size, uint64_t seed,
                                              const Augmentation &augmentation,
                                              std::string &error) {
  std::optional<Box> extent = jpegExtent(bytes, place, error);
  if (!extent)
    return std::nullopt;
  Random random(seed);
  if (isSmall(extent->height, extent->width)) {
    std::optional<Image> picture = decodeJpeg(bytes, place, error);
    if (!picture)
      return std::nullopt;
    return augmentSmall(*picture, size, random, augmentation);
  }
  Box box = chooseCrop(extent->height, extent->width, random, augmentation);
  // Its memory serves the next one: new memory costs as much as its pixels.
  static thread_local Image kept;
  std::optional<Image> part = decodeJpegPart(
      bytes, box, denominatorFor(box, size), place, error, std::move(kept));
  if (!part)
    return std::nullopt;
  Image view = augmentCrop(*part, box, size, random, augmentation);
  kept = std::move(*part);
  return view;
}
