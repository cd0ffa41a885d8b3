//===- Jpeg.cpp - JPEG decoding -------------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// libjpeg-turbo reports errors by a call that must not return, so decoding
// leaves by longjmp; no object with a destructor lives in the frames it skips.
//
//===----------------------------------------------------------------------===//

#include "oqat/Image/Image.h"

#include <csetjmp>
#include <cstdio>
// After cstdio: jpeglib.h needs FILE.
#include <jerror.h>
#include <jpeglib.h>

using namespace oqat::image;

namespace {
constexpr int64_t kMaxPixels = int64_t(1) << 26;
// Each scan costs a pass over the whole picture; honest files have about ten.
constexpr int kMaxScans = 200;

struct Decoder {
  jpeg_decompress_struct info = {};
  jpeg_error_mgr errors = {};
  jpeg_progress_mgr progress = {};
  std::jmp_buf leave;
  char message[JMSG_LENGTH_MAX] = {};
};

[[noreturn]] void leaveWith(j_common_ptr info) {
  auto *decoder = static_cast<Decoder *>(info->client_data);
  info->err->format_message(info, decoder->message);
  std::longjmp(decoder->leave, 1);
}

/// Damaged data is only a warning to libjpeg; here it is an error.
void onMessage(j_common_ptr info, int level) {
  int code = info->err->msg_code;
  if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_ADOBE_XFORM)
    leaveWith(info);
}

void onProgress(j_common_ptr info) {
  auto *decoder = static_cast<Decoder *>(info->client_data);
  if (decoder->info.input_scan_number > kMaxScans) {
    std::snprintf(decoder->message, sizeof(decoder->message),
                  "more than %d scans", kMaxScans);
    std::longjmp(decoder->leave, 1);
  }
}

/// Adobe's files store the complement of each ink.
void cmykToRgb(const std::vector<uint8_t> &cmyk, bool inverted,
               std::vector<uint8_t> &rgb) {
  for (size_t i = 0; i < cmyk.size() / 4; ++i)
    for (size_t c = 0; c < 3; ++c) {
      unsigned ink = cmyk[4 * i + c], black = cmyk[4 * i + 3];
      unsigned light = inverted ? ink * black : (255 - ink) * (255 - black);
      rgb[3 * i + c] = static_cast<uint8_t>((light + 127) / 255);
    }
}

void setUp(Decoder &decoder) {
  jpeg_decompress_struct &info = decoder.info;
  info.err = jpeg_std_error(&decoder.errors);
  info.client_data = &decoder;
  decoder.errors.error_exit = leaveWith;
  decoder.errors.emit_message = onMessage;
  decoder.progress.progress_monitor = onProgress;
}

/// Decodes into `pixels`, CMYK as four bytes per pixel. False after an error.
bool decode(Decoder &decoder, std::string_view bytes,
            std::vector<uint8_t> &pixels) {
  jpeg_decompress_struct &info = decoder.info;
  if (setjmp(decoder.leave))
    return false;
  jpeg_create_decompress(&info);
  info.progress = &decoder.progress;
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char *>(bytes.data()),
               bytes.size());
  jpeg_read_header(&info, TRUE);
  if (int64_t(info.image_width) * info.image_height > kMaxPixels) {
    std::snprintf(decoder.message, sizeof(decoder.message),
                  "%ux%u pixels are beyond the limit of %lld", info.image_width,
                  info.image_height, static_cast<long long>(kMaxPixels));
    return false;
  }
  bool isCmyk =
      info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = isCmyk ? JCS_CMYK : JCS_RGB;
  info.dct_method = JDCT_ISLOW;
  info.do_fancy_upsampling = TRUE;
  jpeg_start_decompress(&info);
  size_t row = size_t(info.output_width) * info.output_components;
  pixels.resize(row * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW target = &pixels[row * info.output_scanline];
    jpeg_read_scanlines(&info, &target, 1);
  }
  jpeg_finish_decompress(&info);
  return true;
}
} // namespace

std::optional<Image> oqat::image::decodeJpeg(std::string_view bytes,
                                             const std::string &place,
                                             std::string &error) {
  if (bytes.empty()) {
    error = place + ": not a JPEG picture: the file is empty";
    return std::nullopt;
  }
  Decoder decoder;
  setUp(decoder);
  std::vector<uint8_t> pixels;
  bool decoded = decode(decoder, bytes, pixels);
  Image picture;
  if (decoded) {
    picture = Image(decoder.info.output_height, decoder.info.output_width);
    if (decoder.info.out_color_space == JCS_CMYK)
      cmykToRgb(pixels, decoder.info.saw_Adobe_marker, picture.pixels);
    else
      picture.pixels.swap(pixels);
  }
  jpeg_destroy_decompress(&decoder.info);
  if (decoded)
    return picture;
  error = place + ": not a whole JPEG picture: " + decoder.message;
  return std::nullopt;
}
