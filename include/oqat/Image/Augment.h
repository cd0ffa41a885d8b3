//===- Augment.h - Random views of pictures for training ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_IMAGE_AUGMENT_H
#define OQAT_IMAGE_AUGMENT_H

#include "oqat/Image/Image.h"

namespace oqat::image {

struct Augmentation {
  /// Part of the area and aspect ratio (width by height, uniform in its
  /// logarithm) of a crop.
  double minScale = 0.08, maxScale = 1, minRatio = 3.0 / 4, maxRatio = 4.0 / 3;
  /// Chance of a mirrored view.
  double flip = 0.5;
  /// Colours are changed by a factor from 1 - strength, at least 0, to
  /// 1 + strength.
  double brightness = 0, contrast = 0, saturation = 0;
};

/// A random view of size x size for training, a function of the arguments.
/// Small pictures (kSmallSide): 4 black pixels around, a crop of the old size,
/// then a resize to `size`. Others: a crop, resized; the centre where ten
/// random ones don't fit in. Then comes the mirror, then colours.
Image augment(const Image &picture, int64_t size, uint64_t seed,
              const Augmentation &augmentation = {});

/// The same of a JPEG file that is not decoded yet. Of a large picture only the
/// crop is, at 1/2, 1/4 or 1/8 of its size where that still has `size` pixels
/// both ways.
std::optional<Image> augmentJpeg(std::string_view bytes,
                                 const std::string &place, int64_t size,
                                 uint64_t seed,
                                 const Augmentation &augmentation,
                                 std::string &error);

/// Brightness, contrast about the mean gray and saturation, in this order, each
/// rounded. Factors are in units of 2^-16.
struct ColourFactors {
  int32_t brightness = 1 << 16, contrast = 1 << 16, saturation = 1 << 16;
};
void changeColours(Image &picture, const ColourFactors &factors);

} // namespace oqat::image

#endif // OQAT_IMAGE_AUGMENT_H
