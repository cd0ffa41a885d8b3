//===- FloatLines.h - Codes rounded from lines of floats ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_FLOATLINES_H
#define LIB_TARGET_GENERIC_FLOATLINES_H

#include "oqat/Analysis/Requantization.h"

namespace mlir::oqat {

/// What a layer rounds, in fewer operations than its epilogue has: a line for
/// each channel,
///   x = fma(accumulator, factor, offset),
/// and with h_swish fma(x, min(max(fma(x, slope, 3), 0), 6), point). Its
/// nearest integer, clamped, is the code or the step on an integer stream.
struct FloatLines {
  /// Of each channel.
  SmallVector<float> factors, offsets;
  /// With h_swish.
  std::optional<float> slope;
  float point = 0;

  /// What is rounded.
  float operator()(int64_t channel, int64_t accumulator) const;
  float getX(int64_t channel, int64_t accumulator) const;
  /// h_swish's other factor, before it is clamped.
  float getGate(float x) const;
};

/// Lines with which every reachable accumulator gets the code that the epilogue
/// gives it (N1-N3, N7), all with one zero point; nothing where some were not
/// found. None has h_sigmoid.
std::optional<FloatLines> findFloatLines(ArrayRef<ChannelEpilogue> epilogues,
                                         const AccumulatorBounds &bounds);
/// The same of a layer.
std::optional<FloatLines> findFloatLines(bitpack::LayerOpInterface layer,
                                         const AccumulatorBounds &bounds);

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_FLOATLINES_H
