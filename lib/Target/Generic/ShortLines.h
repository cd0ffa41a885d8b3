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
///   m = (x * factor + 2^14) >> 15 and x = accumulator << shift,
/// whose x and sum saturate to 16 bits.
struct ShortLines {
  int32_t shift, fraction, highest;
  /// Of each channel.
  SmallVector<int16_t> factors, offsets;

  int32_t operator()(int64_t channel, int64_t accumulator) const;
};

/// Lines that count as many thresholds of every reachable accumulator as the
/// layer has below it; nothing where none were found. With `mustFit` the shift
/// moves no reachable accumulator out of 16 bits, otherwise out of 32.
std::optional<ShortLines> findShortLines(bitpack::ThresholdsAttr thresholds,
                                         const AccumulatorBounds &bounds,
                                         bool mustFit);

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_SHORTLINES_H
