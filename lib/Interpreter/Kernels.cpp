//===- Kernels.cpp - Layers on plain buffers ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include "oqat/Numerics/FloatDot.h"
#include "oqat/Numerics/Pooling.h"

#include <algorithm>
#include <limits>

using namespace oqat;
using namespace oqat::interpreter;

namespace {

/// The part of a window that lies inside the picture.
struct Window {
  int64_t top, left, yBegin, yEnd, xBegin, xEnd;

  Window(const ConvShape &s, int64_t y, int64_t x)
      : top(y * s.stride - s.kernel / 2), left(x * s.stride - s.kernel / 2),
        yBegin(std::max<int64_t>(0, -top)),
        yEnd(std::min(s.kernel, s.height - top)),
        xBegin(std::max<int64_t>(0, -left)),
        xEnd(std::min(s.kernel, s.width - left)) {}
};

int64_t exactDot(const int16_t *x, const int16_t *w, int64_t count) {
  // Neither exceeds 255 in magnitude, so 2^15 products fit 32 bits.
  int64_t total = 0;
  for (int64_t begin = 0; begin < count; begin += 1 << 15) {
    int32_t part = 0;
    for (int64_t k = begin, end = std::min<int64_t>(count, begin + (1 << 15));
         k < end; ++k)
      part += int32_t(x[k]) * w[k];
    total += part;
  }
  return total;
}

} // namespace

/// Calls `tap(image, output, ky, kx, pixel)` for every tap inside the picture.
/// `output` numbers the output pixels; `pixel` the input's.
template <typename Tap>
static void forEachTap(const ConvShape &s, Tap tap) {
  int64_t output = 0;
  for (int64_t n = 0; n < s.images; ++n)
    for (int64_t y = 0; y < s.outHeight(); ++y)
      for (int64_t x = 0; x < s.outWidth(); ++x, ++output) {
        Window window(s, y, x);
        for (int64_t ky = window.yBegin; ky < window.yEnd; ++ky)
          for (int64_t kx = window.xBegin; kx < window.xEnd; ++kx)
            tap(output, ky * s.kernel + kx,
                (n * s.height + window.top + ky) * s.width + window.left + kx);
      }
}

std::vector<int64_t>
interpreter::convolveCodes(const ConvShape &s,
                           const std::vector<int16_t> &codes,
                           const std::vector<int16_t> &weights) {
  std::vector<int64_t> result(s.outSize());
  int64_t taps = s.kernel * s.kernel;
  forEachTap(s, [&](int64_t output, int64_t tap, int64_t pixel) {
    const int16_t *in = &codes[pixel * s.inputs];
    int64_t *out = &result[output * s.outputs];
    if (s.depthwise)
      for (int64_t c = 0; c < s.outputs; ++c)
        out[c] += int64_t(in[c]) * weights[c * taps + tap];
    else
      for (int64_t o = 0; o < s.outputs; ++o)
        out[o] += exactDot(in, &weights[(o * taps + tap) * s.inputs], s.inputs);
  });
  return result;
}

std::vector<float>
interpreter::convolveFloat(const ConvShape &s, const std::vector<float> &input,
                           const std::vector<float> &weights) {
  // A tap outside the picture would add a zero, which changes no sum.
  std::vector<float> result(s.outSize(), 0.0f);
  int64_t taps = s.kernel * s.kernel;
  forEachTap(s, [&](int64_t output, int64_t tap, int64_t pixel) {
    const float *in = &input[pixel * s.inputs];
    float *out = &result[output * s.outputs];
    for (int64_t o = 0; o < s.outputs; ++o) {
      if (s.depthwise) {
        out[o] = numerics::dotStep(out[o], in[o], weights[o * taps + tap]);
        continue;
      }
      const float *w = &weights[(o * taps + tap) * s.inputs];
      for (int64_t k = 0; k < s.inputs; ++k)
        out[o] = numerics::dotStep(out[o], in[k], w[k]);
    }
  });
  return result;
}

std::vector<float> interpreter::poolFixed(const std::vector<float> &input,
                                          int64_t images, int64_t pixels,
                                          int64_t channels, int fraction) {
  std::vector<float> result(images * channels);
  for (int64_t n = 0; n < images; ++n)
    for (int64_t c = 0; c < channels; ++c) {
      int64_t sum = 0;
      for (int64_t p = 0; p < pixels; ++p)
        sum +=
            numerics::toFixed(input[(n * pixels + p) * channels + c], fraction);
      result[n * channels + c] = numerics::poolMean(sum, fraction, pixels);
    }
  return result;
}

std::vector<float> interpreter::poolCodes(const std::vector<int16_t> &codes,
                                          int16_t zeroPoint, float step,
                                          int64_t images, int64_t pixels,
                                          int64_t channels) {
  std::vector<float> result(images * channels);
  for (int64_t n = 0; n < images; ++n)
    for (int64_t c = 0; c < channels; ++c) {
      int64_t sum = 0;
      for (int64_t p = 0; p < pixels; ++p)
        sum += codes[(n * pixels + p) * channels + c] - zeroPoint;
      result[n * channels + c] = numerics::codePoolMean(sum, step, pixels);
    }
  return result;
}

std::vector<float> interpreter::poolMax(const ConvShape &s,
                                        const std::vector<float> &input) {
  std::vector<float> result(s.outSize(),
                            -std::numeric_limits<float>::infinity());
  forEachTap(s, [&](int64_t output, int64_t, int64_t pixel) {
    for (int64_t c = 0; c < s.outputs; ++c) {
      float &largest = result[output * s.outputs + c];
      largest = numerics::maxStep(largest, input[pixel * s.inputs + c]);
    }
  });
  return result;
}

std::vector<float> interpreter::linearFloat(const std::vector<float> &input,
                                            int64_t images,
                                            const std::vector<float> &weights,
                                            const std::vector<float> &bias) {
  int64_t outputs = bias.size(), inputs = input.size() / images;
  std::vector<float> result(images * outputs);
  for (int64_t n = 0; n < images; ++n)
    for (int64_t o = 0; o < outputs; ++o)
      result[n * outputs + o] = numerics::floatDot(
          &input[n * inputs], &weights[o * inputs], inputs, bias[o]);
  return result;
}
