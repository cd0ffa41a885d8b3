//===- Image.h - Pictures as RGB bytes ------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Pictures are u8 RGB, rows of pixels (HWC). Normalisation (N8) is a part of
// the network. All results are functions of the bytes alone: the same on every
// machine and thread count. Functions that fail say why in `error`.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_IMAGE_IMAGE_H
#define OQAT_IMAGE_IMAGE_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oqat::image {

struct Image {
  int64_t height = 0, width = 0;
  std::vector<uint8_t> pixels; // height x width x 3

  Image() = default;
  Image(int64_t height, int64_t width)
      : height(height), width(width),
        pixels(static_cast<size_t>(height * width * 3)) {}
  uint8_t *at(int64_t y, int64_t x) { return &pixels[(y * width + x) * 3]; }
  const uint8_t *at(int64_t y, int64_t x) const {
    return &pixels[(y * width + x) * 3];
  }
};

/// A rectangle of pixels.
struct Box {
  int64_t y = 0, x = 0, height = 0, width = 0;
};

/// Decodes at full size with the accurate integer DCT. Damaged data is an
/// error, also where a decoder could go on. `place` starts every error.
std::optional<Image> decodeJpeg(std::string_view bytes,
                                const std::string &place, std::string &error);

/// A JPEG file's picture, from its header alone.
std::optional<Box> jpegExtent(std::string_view bytes, const std::string &place,
                              std::string &error);

/// Decodes a part of a picture at 1/`denominator` (1, 2, 4 or 8) of its size,
/// by a smaller DCT: the pixels from (y / d, x / d) on, height / d x width / d
/// of them, each at least 1, with some beside them; `box` becomes its place in
/// the result. At 1/1 they are decodeJpeg's. What lies below the part is not
/// read, so damage there is not found. The result may have the memory of a
/// picture that is needed no more.
std::optional<Image> decodeJpegPart(std::string_view bytes, Box &box,
                                    int denominator, const std::string &place,
                                    std::string &error, Image memory = {});

/// Bilinear resize of a part of a picture, antialiased where it shrinks: the
/// weight of source pixel i for output o is max(0, 1 - |i + 1/2 - c| / s) with
/// c = (o + 1/2) * in / out and s = max(1, in / out), normalised in f64 and
/// rounded to multiples of 2^-14 that sum to 1. Sums are exact integers,
/// rounded once (half up). `box` lies inside the picture. Mirrored, it is what
/// flipHorizontally would make of the result.
Image resize(const Image &picture, Box box, int64_t height, int64_t width,
             bool isMirrored = false);

/// The part of a picture in `box`, which lies inside it.
Image crop(const Image &picture, Box box);

void flipHorizontally(Image &picture);

} // namespace oqat::image

#endif // OQAT_IMAGE_IMAGE_H
