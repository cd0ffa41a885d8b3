//===- ShortCurves.h - h_swish in 16 bits ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_SHORTCURVES_H
#define LIB_TARGET_GENERIC_SHORTCURVES_H

#include "oqat/Analysis/Requantization.h"

namespace mlir::oqat {

/// The codes of a layer with h_swish by a line for each channel,
///   q = min(max(accumulator, lowest), highest),
///   x = ((q * multiplier * factor + 2^14) >> 15) + offset,
///   y = (x * (min(x, bend) + bend) + 2^14) >> 15,
///   code = min(max(((y * unit + 2^14) >> 15) + point, 0), last),
/// where q * multiplier, x and the products have 16 bits.
struct ShortCurves {
  int16_t bend, unit;
  int32_t point, last;
  /// Of each channel.
  SmallVector<int16_t> lowest, highest, multipliers, factors, offsets;

  int64_t getX(int64_t channel, int64_t q) const;
  int32_t operator()(int64_t channel, int64_t accumulator) const;
};

/// Curves with which every reachable accumulator gets the code that epilogues
/// with h_swish and one quantizer give it (N1-N3); nothing where none were
/// found.
std::optional<ShortCurves> findShortCurves(ArrayRef<ChannelEpilogue> epilogues,
                                           const AccumulatorBounds &bounds);

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_SHORTCURVES_H
