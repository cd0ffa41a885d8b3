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

#include <algorithm>
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

void readHeader(Decoder &decoder, std::string_view bytes) {
  jpeg_decompress_struct &info = decoder.info;
  jpeg_create_decompress(&info);
  info.progress = &decoder.progress;
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char *>(bytes.data()),
               bytes.size());
  jpeg_read_header(&info, TRUE);
  if (int64_t(info.image_width) * info.image_height > kMaxPixels) {
    std::snprintf(decoder.message, sizeof(decoder.message),
                  "%ux%u pixels are beyond the limit of %lld", info.image_width,
                  info.image_height, static_cast<long long>(kMaxPixels));
    std::longjmp(decoder.leave, 1);
  }
}

void start(Decoder &decoder, int denominator) {
  jpeg_decompress_struct &info = decoder.info;
  bool isCmyk =
      info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = isCmyk ? JCS_CMYK : JCS_RGB;
  info.dct_method = JDCT_ISLOW;
  info.do_fancy_upsampling = TRUE;
  info.scale_num = 1;
  info.scale_denom = static_cast<unsigned>(denominator);
  jpeg_start_decompress(&info);
}

/// The following all return false after an error.
bool readExtent(Decoder &decoder, std::string_view bytes) {
  if (setjmp(decoder.leave))
    return false;
  readHeader(decoder, bytes);
  return true;
}

/// Decodes into `pixels`, CMYK as four bytes per pixel.
bool decode(Decoder &decoder, std::string_view bytes,
            std::vector<uint8_t> &pixels) {
  jpeg_decompress_struct &info = decoder.info;
  if (setjmp(decoder.leave))
    return false;
  readHeader(decoder, bytes);
  start(decoder, 1);
  size_t row = size_t(info.output_width) * info.output_components;
  pixels.resize(row * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW target = &pixels[row * info.output_scanline];
    jpeg_read_scanlines(&info, &target, 1);
  }
  jpeg_finish_decompress(&info);
  return true;
}

/// Decodes the rows of `box`, of the picture at 1/denominator, and of these at
/// least its columns; `box` becomes its place in them. Skipped and cut pixels
/// are missing where colours are interpolated, so there is a margin.
bool decodePart(Decoder &decoder, std::string_view bytes, Box &box,
                int denominator, std::vector<uint8_t> &margin,
                std::vector<uint8_t> &pixels) {
  constexpr int64_t kMargin = 2;
  jpeg_decompress_struct &info = decoder.info;
  if (setjmp(decoder.leave))
    return false;
  readHeader(decoder, bytes);
  start(decoder, denominator);
  auto left = static_cast<JDIMENSION>(std::max<int64_t>(box.x - kMargin, 0));
  int64_t right =
      std::min<int64_t>(box.x + box.width + kMargin, info.output_width);
  auto width = static_cast<JDIMENSION>(right - left);
  jpeg_crop_scanline(&info, &left, &width);
  size_t bytesPerRow = size_t(info.output_width) * info.output_components;
  margin.resize(bytesPerRow);
  pixels.resize(bytesPerRow * static_cast<size_t>(box.height));
  if (box.y > kMargin)
    jpeg_skip_scanlines(&info, static_cast<JDIMENSION>(box.y - kMargin));
  while (info.output_scanline < box.y + box.height) {
    int64_t y = info.output_scanline - box.y;
    JSAMPROW target =
        y < 0 ? margin.data() : &pixels[static_cast<size_t>(y) * bytesPerRow];
    jpeg_read_scanlines(&info, &target, 1);
  }
  box.y = 0;
  box.x -= left;
  return true;
}

bool isEmpty(std::string_view bytes, const std::string &place,
             std::string &error) {
  if (bytes.empty())
    error = place + ": not a JPEG picture: the file is empty";
  return bytes.empty();
}

/// Ends the decoder, whose pixels are of this size where it `succeeded`.
std::optional<Image> finish(Decoder &decoder, bool succeeded, int64_t height,
                            int64_t width, std::vector<uint8_t> &pixels,
                            const std::string &place, std::string &error) {
  Image picture;
  if (succeeded && decoder.info.out_color_space == JCS_CMYK) {
    picture = Image(height, width);
    cmykToRgb(pixels, decoder.info.saw_Adobe_marker, picture.pixels);
  } else if (succeeded) {
    picture.height = height;
    picture.width = width;
    picture.pixels.swap(pixels);
  }
  jpeg_destroy_decompress(&decoder.info);
  if (succeeded)
    return picture;
  error = place + ": not a whole JPEG picture: " + decoder.message;
  return std::nullopt;
}
} // namespace

std::optional<Image> oqat::image::decodeJpeg(std::string_view bytes,
                                             const std::string &place,
                                             std::string &error) {
  if (isEmpty(bytes, place, error))
    return std::nullopt;
  Decoder decoder;
  setUp(decoder);
  std::vector<uint8_t> pixels;
  bool decoded = decode(decoder, bytes, pixels);
  return finish(decoder, decoded, decoder.info.output_height,
                decoder.info.output_width, pixels, place, error);
}

std::optional<Box> oqat::image::jpegExtent(std::string_view bytes,
                                           const std::string &place,
                                           std::string &error) {
  if (isEmpty(bytes, place, error))
    return std::nullopt;
  Decoder decoder;
  setUp(decoder);
  bool isRead = readExtent(decoder, bytes);
  std::vector<uint8_t> none;
  if (!finish(decoder, isRead, 0, 0, none, place, error))
    return std::nullopt;
  return Box{0, 0, decoder.info.image_height, decoder.info.image_width};
}

std::optional<Image> oqat::image::decodeJpegPart(std::string_view bytes,
                                                 Box &box, int denominator,
                                                 const std::string &place,
                                                 std::string &error,
                                                 Image memory) {
  if (isEmpty(bytes, place, error))
    return std::nullopt;
  Box scaled = {box.y / denominator, box.x / denominator,
                std::max<int64_t>(box.height / denominator, 1),
                std::max<int64_t>(box.width / denominator, 1)};
  Decoder decoder;
  setUp(decoder);
  std::vector<uint8_t> margin;
  bool decoded =
      decodePart(decoder, bytes, scaled, denominator, margin, memory.pixels);
  if (decoded)
    box = scaled;
  return finish(decoder, decoded, box.height, decoder.info.output_width,
                memory.pixels, place, error);
}
