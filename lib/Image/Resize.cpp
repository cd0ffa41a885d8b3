//===- Resize.cpp - Exact-integer bilinear resize -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Image/Image.h"

#include <algorithm>
#include <cmath>

using namespace oqat::image;

namespace {
constexpr int kWeightBits = 14;

/// The source pixels of one output pixel along one axis.
struct Taps {
  int64_t first;
  std::vector<int32_t> weights;
};

/// Rounds normalised weights; what rounding leaves over goes to the largest.
std::vector<int32_t> roundWeights(const std::vector<double> &weights) {
  double total = 0;
  for (double weight : weights)
    total += weight;
  std::vector<int32_t> result;
  int32_t rest = 1 << kWeightBits;
  for (double weight : weights) {
    double scaled = weight / total * (1 << kWeightBits);
    result.push_back(static_cast<int32_t>(std::nearbyint(scaled)));
    rest -= result.back();
  }
  *std::max_element(result.begin(), result.end()) += rest;
  return result;
}

std::vector<Taps> makeTaps(int64_t in, int64_t out) {
  double ratio = static_cast<double>(in) / static_cast<double>(out);
  double support = std::max(1.0, ratio);
  std::vector<Taps> result;
  for (int64_t o = 0; o < out; ++o) {
    double centre = (static_cast<double>(o) + 0.5) * ratio;
    auto first = static_cast<int64_t>(std::floor(centre - support));
    auto last = static_cast<int64_t>(std::ceil(centre + support));
    first = std::max<int64_t>(first, 0);
    last = std::min(last, in);
    std::vector<double> weights;
    for (int64_t i = first; i < last; ++i) {
      double distance = std::fabs(static_cast<double>(i) + 0.5 - centre);
      weights.push_back(std::max(0.0, 1.0 - distance / support));
    }
    result.push_back({first, roundWeights(weights)});
  }
  return result;
}

/// One row of the box, resized, in units of 2^-kWeightBits.
void resizeRow(const uint8_t *row, const std::vector<Taps> &taps,
               int32_t *out) {
  for (const Taps &tap : taps) {
    int32_t sums[3] = {0, 0, 0};
    const uint8_t *pixel = row + tap.first * 3;
    for (int32_t weight : tap.weights)
      for (int32_t &sum : sums)
        sum += weight * *pixel++;
    out = std::copy(sums, sums + 3, out);
  }
}

uint8_t roundPixel(int64_t sum) {
  constexpr int shift = 2 * kWeightBits;
  int64_t value = (sum + (int64_t(1) << (shift - 1))) >> shift;
  return static_cast<uint8_t>(std::clamp<int64_t>(value, 0, 255));
}
} // namespace

Image oqat::image::resize(const Image &picture, Box box, int64_t height,
                          int64_t width) {
  std::vector<Taps> columns = makeTaps(box.width, width);
  std::vector<Taps> rows = makeTaps(box.height, height);
  auto stride = static_cast<size_t>(width * 3);
  std::vector<int32_t> middle(stride * static_cast<size_t>(box.height));
  for (int64_t y = 0; y < box.height; ++y)
    resizeRow(picture.at(box.y + y, box.x), columns,
              &middle[static_cast<size_t>(y) * stride]);
  Image result(height, width);
  std::vector<int64_t> sums(stride);
  for (int64_t y = 0; y < height; ++y) {
    std::fill(sums.begin(), sums.end(), 0);
    const Taps &taps = rows[static_cast<size_t>(y)];
    for (size_t t = 0; t < taps.weights.size(); ++t) {
      const int32_t *row =
          &middle[(static_cast<size_t>(taps.first) + t) * stride];
      for (size_t i = 0; i < stride; ++i)
        sums[i] += int64_t(taps.weights[t]) * row[i];
    }
    std::transform(sums.begin(), sums.end(), result.at(y, 0), roundPixel);
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
