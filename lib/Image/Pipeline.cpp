//===- Pipeline.cpp - Pictures as evaluation takes them -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Image/Pipeline.h"
#include "oqat/Formats/File.h"

#include <algorithm>

using namespace oqat::image;

namespace {
constexpr int64_t kMaxPixels = int64_t(1) << 26;

Box whole(const Image &picture) {
  return {0, 0, picture.height, picture.width};
}

bool isSmall(const Image &picture) {
  return std::min(picture.height, picture.width) <= kSmallSide;
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
      formats::readFile(path, kMaxPictureBytes, error);
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
