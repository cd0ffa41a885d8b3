//===- Shape.h - Widths and picture sizes of elastic networks -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_SHAPE_H
#define OQAT_NUMERICS_SHAPE_H

#include <cmath>
#include <cstdint>

namespace oqat::numerics {

/// The multiple of `d` nearest to `v`, at least `d`, at least 0.9 v.
inline int64_t makeDivisible(int64_t v, int64_t d = 8) {
  int64_t n = (v + d / 2) / d * d;
  n = n < d ? d : n;
  return n * 10 < v * 9 ? n + d : n;
}

/// Channels of a layer that is `ratio` times as wide as `base`.
inline int64_t scaledWidth(int64_t base, double ratio) {
  double width = std::nearbyint(static_cast<double>(base) * ratio);
  return makeDivisible(static_cast<int64_t>(width));
}

/// Output size of a convolution with padding k/2 and odd k.
inline int64_t convOutput(int64_t h, int64_t k, int64_t stride) {
  return (h + 2 * (k / 2) - k) / stride + 1;
}

/// Squeezed channels of a squeeze-excite over `c` channels.
inline int64_t squeezeWidth(int64_t c) { return makeDivisible(c / 4); }

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_SHAPE_H
