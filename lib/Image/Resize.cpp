//===- Resize.cpp - Exact-integer bilinear resize -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Image/Image.h"

#include <algorithm>
#include <cmath>
#include <cstring>

// The compiler's own choice of instructions, once for AVX2 and once for any
// CPU, picked when the program starts. Sanitizers can't run that early.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define OQAT_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define OQAT_CLONES
#endif

using namespace oqat::image;

namespace {
constexpr int kWeightBits = 14;

/// The source pixels of every output pixel along one axis: `count[o]` of them
/// from `first[o]` on, with the weights from `start(o)` on.
struct Taps {
  std::vector<int64_t> first, count;
  std::vector<int32_t> weights;
  size_t stride = 0;

  const int32_t *start(size_t o) const { return &weights[o * stride]; }
};

/// Rounds normalised weights; what rounding leaves over goes to the largest.
void roundWeights(const std::vector<double> &weights, int32_t *out) {
  double total = 0;
  for (double weight : weights)
    total += weight;
  int32_t rest = 1 << kWeightBits;
  for (size_t i = 0; i < weights.size(); ++i) {
    double scaled = weights[i] / total * (1 << kWeightBits);
    out[i] = static_cast<int32_t>(std::nearbyint(scaled));
    rest -= out[i];
  }
  *std::max_element(out, out + weights.size()) += rest;
}

Taps makeTaps(int64_t in, int64_t out) {
  double ratio = static_cast<double>(in) / static_cast<double>(out);
  double support = std::max(1.0, ratio);
  Taps taps;
  taps.stride = static_cast<size_t>(2 * support) + 3;
  taps.weights.resize(taps.stride * static_cast<size_t>(out));
  std::vector<double> weights;
  for (int64_t o = 0; o < out; ++o) {
    double centre = (static_cast<double>(o) + 0.5) * ratio;
    auto first = static_cast<int64_t>(std::floor(centre - support));
    auto last = static_cast<int64_t>(std::ceil(centre + support));
    first = std::max<int64_t>(first, 0);
    last = std::min(last, in);
    weights.clear();
    for (int64_t i = first; i < last; ++i) {
      double distance = std::fabs(static_cast<double>(i) + 0.5 - centre);
      weights.push_back(std::max(0.0, 1.0 - distance / support));
    }
    roundWeights(weights, &taps.weights[static_cast<size_t>(o) * taps.stride]);
    taps.first.push_back(first);
    taps.count.push_back(last - first);
  }
  return taps;
}

/// The rows of one output row, added up in units of 2^-kWeightBits: in `sums`,
/// with the last one in `exact`. Both factors fit 16 bits, which is what vector
/// units multiply.
OQAT_CLONES void addRows(const Image &picture, Box box, const Taps &taps,
                         size_t o, std::vector<int32_t> &sums, double *exact) {
  auto weightOf = [&](int64_t t) {
    return static_cast<int16_t>(taps.start(o)[t]);
  };
  auto rowOf = [&](int64_t t) {
    return picture.at(box.y + taps.first[o] + t, box.x);
  };
  size_t size = sums.size();
  int64_t last = taps.count[o] - 1;
  std::fill(sums.begin(), sums.end(), 0);
  for (int64_t t = 0; t < last; ++t) {
    int16_t weight = weightOf(t);
    const uint8_t *row = rowOf(t);
    for (size_t i = 0; i < size; ++i)
      sums[i] += weight * static_cast<int16_t>(row[i]);
  }
  int16_t weight = weightOf(last);
  const uint8_t *row = rowOf(last);
  for (size_t i = 0; i < size; ++i)
    exact[i] = sums[i] + weight * static_cast<int16_t>(row[i]);
}

/// Three colours, and one that is not used.
typedef double Pixel __attribute__((vector_size(32)));
typedef int32_t Words __attribute__((vector_size(16)));
typedef uint8_t Bytes __attribute__((vector_size(16)));

/// The colours of one output, of `count` taps.
inline __attribute__((always_inline)) Bytes resizePixel(const double *pixel,
                                                        const double *weight,
                                                        int64_t count) {
  constexpr double kHalf = int64_t(1) << (2 * kWeightBits - 1);
  constexpr double kUnit = 0.5 / kHalf;
  constexpr Bytes kLowBytes = {0, 4, 8, 12, 0, 4, 8, 12,
                               0, 4, 8, 12, 0, 4, 8, 12};
  Pixel total = {kHalf, kHalf, kHalf, kHalf};
  for (int64_t t = 0; t < count; ++t) {
    Pixel value;
    std::memcpy(&value, pixel + 3 * t, sizeof(value));
    total += weight[t] * value;
  }
  Words rounded = __builtin_convertvector(total * kUnit, Words);
  return __builtin_shuffle(reinterpret_cast<Bytes>(rounded), kLowBytes);
}

inline __attribute__((always_inline)) void
resizePixels(const double *sums, const int64_t *first, const double *weights,
             int64_t outputs, int64_t count, uint8_t *out) {
  // The next output overwrites the fourth byte.
  for (int64_t o = 0; o < outputs - 1; ++o) {
    Bytes bytes = resizePixel(sums + first[o] * 3, weights + o * count, count);
    std::memcpy(out + 3 * o, &bytes, 4);
  }
  Bytes bytes = resizePixel(sums + first[outputs - 1] * 3,
                            weights + (outputs - 1) * count, count);
  std::memcpy(out + 3 * (outputs - 1), &bytes, 3);
}

/// One row of sums, resized. They are integers below 2^22, weights at most 2^14
/// that sum to it, so that doubles are exact and rounding half up is a cut. All
/// outputs take `count` taps, the last of which may be zeros: a branch that
/// depends on the output would be guessed wrong half of the time. So behind the
/// last pixel lie as many, and one more number. Crops of up to 1.5 times the
/// view have three or four taps.
OQAT_CLONES void resizeRow(const double *sums, const int64_t *first,
                           const double *weights, int64_t outputs,
                           int64_t count, uint8_t *out) {
  switch (count) {
  case 3:
    return resizePixels(sums, first, weights, outputs, 3, out);
  case 4:
    return resizePixels(sums, first, weights, outputs, 4, out);
  case 5:
    return resizePixels(sums, first, weights, outputs, 5, out);
  default:
    return resizePixels(sums, first, weights, outputs, count, out);
  }
}

/// The weights of `count` taps of each output.
std::vector<double> packWeights(const Taps &taps, int64_t count) {
  std::vector<double> weights;
  weights.reserve(taps.first.size() * static_cast<size_t>(count));
  for (size_t o = 0; o < taps.first.size(); ++o)
    weights.insert(weights.end(), taps.start(o), taps.start(o) + count);
  return weights;
}

/// The outputs in the opposite order.
void mirror(Taps &taps) {
  std::reverse(taps.first.begin(), taps.first.end());
  std::reverse(taps.count.begin(), taps.count.end());
  size_t outputs = taps.first.size();
  for (size_t o = 0; o < outputs / 2; ++o) {
    auto start = taps.weights.begin() + static_cast<int64_t>(o * taps.stride);
    std::swap_ranges(start, start + static_cast<int64_t>(taps.stride),
                     taps.weights.begin() +
                         static_cast<int64_t>((outputs - 1 - o) * taps.stride));
  }
}
} // namespace

Image oqat::image::resize(const Image &picture, Box box, int64_t height,
                          int64_t width, bool isMirrored) {
  Taps columns = makeTaps(box.width, width);
  if (isMirrored)
    mirror(columns);
  Taps rows = makeTaps(box.height, height);
  int64_t count = *std::max_element(columns.count.begin(), columns.count.end());
  std::vector<double> weights = packWeights(columns, count);
  std::vector<int32_t> sums(static_cast<size_t>(box.width * 3));
  std::vector<double> exact(static_cast<size_t>((box.width + count) * 3 + 1));
  Image result(height, width);
  for (int64_t y = 0; y < height; ++y) {
    addRows(picture, box, rows, static_cast<size_t>(y), sums, exact.data());
    resizeRow(exact.data(), columns.first.data(), weights.data(), width, count,
              result.at(y, 0));
  }
  return result;
}

Image oqat::image::crop(const Image &picture, Box box) {
  Image result(box.height, box.width);
  for (int64_t y = 0; y < box.height; ++y)
    std::copy_n(picture.at(box.y + y, box.x), box.width * 3, result.at(y, 0));
  return result;
}

void oqat::image::flipHorizontally(Image &picture) {
  for (int64_t y = 0; y < picture.height; ++y)
    for (int64_t x = 0; x < picture.width / 2; ++x)
      std::swap_ranges(picture.at(y, x), picture.at(y, x) + 3,
                       picture.at(y, picture.width - 1 - x));
}
