//===- EncodeJpeg.h - JPEG files for the tests ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TEST_UNIT_IMAGE_ENCODEJPEG_H
#define OQAT_TEST_UNIT_IMAGE_ENCODEJPEG_H

#include "oqat/Image/Image.h"
#include "oqat/Numerics/Random.h"

#include <cstdio>
#include <cstdlib>
#include <jpeglib.h>
#include <string>

namespace oqat::image {

/// A picture that changes slowly, so that JPEG keeps it.
inline Image smoothPicture(int64_t height, int64_t width) {
  Image picture(height, width);
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x) {
      uint8_t *pixel = picture.at(y, x);
      pixel[0] = static_cast<uint8_t>(y * 200 / height + 20);
      pixel[1] = static_cast<uint8_t>(x * 200 / width + 20);
      pixel[2] = static_cast<uint8_t>(220 - y * 100 / height);
    }
  return picture;
}

inline Image randomPicture(int64_t height, int64_t width, uint64_t seed) {
  Image picture(height, width);
  numerics::Random random(seed);
  for (uint8_t &value : picture.pixels)
    value = static_cast<uint8_t>(random.below(256));
  return picture;
}

/// Colours at 1 / `subsampling` of the size both ways.
inline std::string encodeJpeg(const Image &picture, bool gray = false,
                              bool progressive = false, int subsampling = 2) {
  jpeg_compress_struct info = {};
  jpeg_error_mgr errors = {};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char *bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<JDIMENSION>(picture.width);
  info.image_height = static_cast<JDIMENSION>(picture.height);
  info.input_components = gray ? 1 : 3;
  info.in_color_space = gray ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 100, TRUE);
  if (!gray)
    info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor =
        subsampling;
  if (progressive)
    jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  std::string row;
  while (info.next_scanline < info.image_height) {
    row.clear();
    for (int64_t x = 0; x < picture.width; ++x) {
      const uint8_t *pixel = picture.at(info.next_scanline, x);
      row.append(reinterpret_cast<const char *>(pixel), gray ? 1 : 3);
    }
    auto *data = reinterpret_cast<JSAMPLE *>(row.data());
    jpeg_write_scanlines(&info, &data, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string result(reinterpret_cast<char *>(bytes), size);
  std::free(bytes);
  return result;
}

} // namespace oqat::image

#endif // OQAT_TEST_UNIT_IMAGE_ENCODEJPEG_H
