//===- Pipeline.h - Pictures as evaluation takes them ---------------------===//
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
/// Larger files are not read.
inline constexpr size_t kMaxPictureBytes = size_t(256) << 20;

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

} // namespace oqat::image

#endif // OQAT_IMAGE_PIPELINE_H
