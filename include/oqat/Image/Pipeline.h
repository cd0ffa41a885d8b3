//===- Pipeline.h - Pictures as networks take them ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_IMAGE_PIPELINE_H
#define OQAT_IMAGE_PIPELINE_H

#include "oqat/Image/Image.h"

namespace oqat::image {

/// Pictures whose shorter side is at most this are taken whole.
inline constexpr int64_t kSmallSide = 64;

/// A picture of size x size for evaluation. One that has this size is used as
/// it is. Where the shorter side is at most kSmallSide, the picture is resized
/// to size x size. Any other is resized to a shorter side of
/// ceil(size / 0.875), its longer side rounded down, and the centre is cut out.
std::optional<Image> prepareForEvaluation(const Image &picture, int64_t size,
                                          std::string &error);

/// Reads and decodes a JPEG file.
std::optional<Image> readJpeg(const std::string &path, std::string &error);

/// readJpeg, then prepareForEvaluation.
std::optional<Image> loadForEvaluation(const std::string &path, int64_t size,
                                       std::string &error);

/// A random view of size x size for training, a function of picture, size and
/// seed. Small pictures: 4 black pixels around, a crop of the old size, then a
/// resize to `size`. Others: a crop of 8 % to 100 % of the area and an aspect
/// ratio from 3/4 to 4/3, resized. Either is mirrored in half of the cases.
Image augment(const Image &picture, int64_t size, uint64_t seed);

} // namespace oqat::image

#endif // OQAT_IMAGE_PIPELINE_H
