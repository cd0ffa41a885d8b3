//===- Requantization.h - Codes as functions of accumulators ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What follows the accumulator of a layer, evaluated by its own formula (N1 to
// N3) over all that the accumulator can take, and the forms that this function
// may be given instead (N14).
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_ANALYSIS_REQUANTIZATION_H
#define OQAT_ANALYSIS_REQUANTIZATION_H

#include "dialects/bitpack/Bitpack.h"
#include "oqat/Analysis/AccumulatorBounds.h"
#include "oqat/Numerics/Quantize.h"
#include "oqat/Numerics/Rescale.h"

namespace mlir::oqat {

/// Why the codes of a layer are no function of its accumulators; null where
/// they are.
const char *whyNoCodeFunction(bitpack::LayerOpInterface layer);

/// What becomes of a channel's accumulator without a gate or a float residual.
struct ChannelEpilogue {
  ::oqat::numerics::Rescale rescale;
  std::optional<bitpack::ActivationKind> activation;
  float reciprocal;
  int32_t zeroPoint;
  /// Before the zero point is added.
  ::oqat::numerics::CodeRange range;

  /// The code, or the step on an integer stream.
  int32_t operator()(int64_t accumulator) const;
  /// Where these lie. Beyond 255 steps make no difference.
  ::oqat::numerics::CodeRange getStored() const {
    return {range.lo + zeroPoint, range.hi + zeroPoint};
  }
};
ChannelEpilogue getChannelEpilogue(bitpack::LayerOpInterface layer,
                                   int64_t channel);

/// The first accumulator of an interval from which on the channel's float (N1)
/// is at least `z`, or below it where the channel falls; the one behind the
/// interval if there is none.
int64_t findCrossing(const ChannelEpilogue &epilogue,
                     ::oqat::numerics::Interval interval, float z);

/// Accumulators from `first` on, up to the next run, get one code.
struct CodeRun {
  int64_t first;
  int32_t code;
};
/// The codes of an interval of a channel's accumulators.
std::vector<CodeRun> findCodeRuns(const ChannelEpilogue &epilogue,
                                  ::oqat::numerics::Interval interval);

/// The code of every accumulator that a layer can reach.
struct CodeFunction {
  AccumulatorBounds bounds;
  int32_t highestCode;
  /// Of each channel, from the low end of its interval on.
  std::vector<std::vector<uint8_t>> codes;

  /// As thresholds; null unless every channel rises or falls.
  bitpack::ThresholdsAttr asThresholds(MLIRContext *context) const;
  /// As a table in which channels that agree share their bytes.
  bitpack::AccumulatorMapAttr asMap(MLIRContext *context) const;
};

/// No form is evaluated on more accumulators than these.
inline constexpr int64_t kMaxAccumulators = int64_t(1) << 24;

/// How many accumulators all channels of a layer can take.
int64_t countAccumulators(const AccumulatorBounds &bounds);

/// Evaluates a layer whose codes are a function of its accumulators.
CodeFunction evaluateCodeFunction(bitpack::LayerOpInterface layer,
                                  AccumulatorBounds bounds);

/// An error on the first reachable accumulator of which `form` makes another
/// code than the epilogue does.
LogicalResult verifyCodeFunction(bitpack::LayerOpInterface layer,
                                 Attribute form,
                                 const AccumulatorBounds &bounds);

/// Thresholds on signed bytes: of channel c, the code is the number of
/// `values[c]` that are less than x - `offsets[c]`, saturated to -128 .. 127,
/// where x is the accumulator, or its complement where the channel falls.
struct ByteThresholds {
  std::vector<int32_t> offsets;
  /// [channel][threshold].
  std::vector<int8_t> values;
};

/// Nothing where the thresholds of a channel lie too far apart, of those that
/// its accumulators can be on either side of.
std::optional<ByteThresholds>
asByteThresholds(bitpack::ThresholdsAttr thresholds,
                 const AccumulatorBounds &bounds);

} // namespace mlir::oqat

#endif // OQAT_ANALYSIS_REQUANTIZATION_H
