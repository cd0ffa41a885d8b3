//===- Pipeline.cpp - Pictures as networks take them ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Image/Pipeline.h"
#include "oqat/Formats/File.h"
#include "oqat/Numerics/Random.h"

#include <algorithm>
#include <cmath>

using namespace oqat::image;
using oqat::numerics::Random;

namespace {
constexpr size_t kMaxFileBytes = size_t(256) << 20;
constexpr int64_t kMaxPixels = int64_t(1) << 26;
constexpr int64_t kPadding = 4;

Box whole(const Image &picture) {
  return {0, 0, picture.height, picture.width};
}

bool isSmall(const Image &picture) {
  return std::min(picture.height, picture.width) <= kSmallSide;
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

Box chooseCrop(const Image &picture, Random &random) {
  auto area = static_cast<double>(picture.height * picture.width);
  for (int attempt = 0; attempt < 10; ++attempt) {
    double target = area * random.uniform(0.08, 1.0);
    double logRatio = random.uniform(std::log(3.0 / 4), std::log(4.0 / 3));
    double ratio = std::exp(logRatio);
    auto width =
        static_cast<int64_t>(std::nearbyint(std::sqrt(target * ratio)));
    auto height =
        static_cast<int64_t>(std::nearbyint(std::sqrt(target / ratio)));
    if (width < 1 || height < 1 || width > picture.width ||
        height > picture.height)
      continue;
    auto y = static_cast<int64_t>(random.below(picture.height - height + 1));
    auto x = static_cast<int64_t>(random.below(picture.width - width + 1));
    return {y, x, height, width};
  }
  int64_t side = std::min(picture.height, picture.width);
  return {(picture.height - side) / 2, (picture.width - side) / 2, side, side};
}
} // namespace

std::optional<Image> oqat::image::prepareForEvaluation(const Image &picture,
                                                       int64_t size,
                                                       std::string &error) {
  if (picture.height == size && picture.width == size)
    return picture;
  if (isSmall(picture))
    return resize(picture, whole(picture), size, size);
  int64_t side = (size * 8 + 6) / 7; // ceil(size / 0.875)
  int64_t shorter = std::min(picture.height, picture.width);
  int64_t height = picture.height * side / shorter;
  int64_t width = picture.width * side / shorter;
  if (height > kMaxPixels / width) {
    error = "a picture of " + std::to_string(picture.height) + "x" +
            std::to_string(picture.width) + " is too long to be resized";
    return std::nullopt;
  }
  Image resized = resize(picture, whole(picture), height, width);
  return crop(resized, {(height - size) / 2, (width - size) / 2, size, size});
}

std::optional<Image> oqat::image::readJpeg(const std::string &path,
                                           std::string &error) {
  std::optional<std::string> bytes =
      formats::readFile(path, kMaxFileBytes, error);
  return bytes ? decodeJpeg(*bytes, path, error) : std::nullopt;
}

std::optional<Image> oqat::image::loadForEvaluation(const std::string &path,
                                                    int64_t size,
                                                    std::string &error) {
  std::optional<Image> picture = readJpeg(path, error);
  if (!picture)
    return std::nullopt;
  std::optional<Image> prepared = prepareForEvaluation(*picture, size, error);
  if (!prepared)
    error = path + ": " + error;
  return prepared;
}

Image oqat::image::augment(const Image &picture, int64_t size, uint64_t seed) {
  Random random(seed);
  Image view;
  if (isSmall(picture)) {
    view = shiftRandomly(picture, random);
    if (view.height != size || view.width != size)
      view = resize(view, whole(view), size, size);
  } else {
    view = resize(picture, chooseCrop(picture, random), size, size);
  }
  if (random.below(2))
    flipHorizontally(view);
  return view;
}
