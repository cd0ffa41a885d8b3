//===- ShortLines.h - Thresholds on lines of 16 bits ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_SHORTLINES_H
#define LIB_TARGET_GENERIC_SHORTLINES_H

#include "dialects/bitpack/Bitpack.h"
#include "oqat/Analysis/AccumulatorBounds.h"

namespace mlir::oqat {

/// The steps of a layer's code function as a line for each channel,
///   code = min(max((m + offset) >> fraction, 0), highest), with
///   m = (accumulator * multiplier * factor + 2^14) >> 15,
/// where accumulator * multiplier and m have 16 bits and the sum saturates to
/// them.
struct ShortLines {
  int32_t fraction, highest;
  /// Of each channel.
  SmallVector<int16_t> multipliers, factors, offsets;

  int32_t operator()(int64_t channel, int64_t accumulator) const;
};

/// Lines that count as many thresholds of every reachable accumulator as the
/// layer has below it; nothing where none were found.
std::optional<ShortLines> findShortLines(bitpack::ThresholdsAttr thresholds,
                                         const AccumulatorBounds &bounds);

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_SHORTLINES_H
