//===- ShortLines.cpp - Thresholds on lines of 16 bits --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Without an activation, or with relu, thresholds are nearly evenly spaced, as
// codes are a line of the accumulator (N1-N3). A line in fixed point need not
// be the same one: it has to pass each threshold between the same two
// accumulators. Both are tried for every threshold of every channel.
//
//===----------------------------------------------------------------------===//

#include "ShortLines.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

using Shorts = std::numeric_limits<int16_t>;

static int64_t multiply(int64_t accumulator, int64_t multiplier,
                        int64_t factor) {
  return (accumulator * multiplier * factor + (1 << 14)) >> 15;
}

int32_t ShortLines::operator()(int64_t channel, int64_t accumulator) const {
  int64_t sum = multiply(accumulator, multipliers[channel], factors[channel]) +
                offsets[channel];
  sum = std::clamp<int64_t>(sum, Shorts::min(), Shorts::max());
  return static_cast<int32_t>(std::clamp<int64_t>(sum >> fraction, 0, highest));
}

namespace {

/// A reachable accumulator next to a threshold, whose code is at least `code`
/// or below it.
struct End {
  int64_t accumulator, code;
};

/// What a channel's line must get right. The rest follows, as it is monotone,
/// with a factor that is not of the wrong sign.
struct Ends {
  Ends(ThresholdsAttr thresholds, ArrayRef<int32_t> values, int64_t channel,
       const ::oqat::numerics::Interval &reachable);

  SmallVector<End> above, below;
  bool falls;
};

Ends::Ends(ThresholdsAttr thresholds, ArrayRef<int32_t> values, int64_t channel,
           const ::oqat::numerics::Interval &reachable)
    : falls(thresholds.getFalling() && thresholds.isFalling(channel)) {
  int64_t lo = falls ? ~reachable.hi : reachable.lo;
  int64_t hi = falls ? ~reachable.lo : reachable.hi;
  for (auto [k, value] : llvm::enumerate(values)) {
    int64_t last = std::min<int64_t>(value, hi);
    int64_t next = std::max<int64_t>(int64_t(value) + 1, lo);
    auto code = static_cast<int64_t>(k) + 1;
    End reached{falls ? ~next : next, code}, missed{falls ? ~last : last, code};
    // Of several at the same accumulator one says what the others do.
    if (next <= hi && !above.empty() &&
        above.back().accumulator == reached.accumulator)
      above.back() = reached;
    else if (next <= hi)
      above.push_back(reached);
    if (last >= lo &&
        (below.empty() || below.back().accumulator != missed.accumulator))
      below.push_back(missed);
  }
}

/// Looks for the line of a multiplier and a fraction.
class LineSearch {
public:
  LineSearch(int64_t multiplier, int32_t fraction)
      : multiplier(multiplier), fraction(fraction) {}

  /// Factor and offset.
  std::optional<std::pair<int16_t, int16_t>> find(const Ends &ends) const {
    // Trying more than these finds few more and takes long.
    constexpr int64_t kTries = 512;
    // Sums saturate, so the highest code must be within reach.
    if (!ends.above.empty() &&
        (ends.above.back().code << fraction) > Shorts::max())
      return std::nullopt;
    auto [flattest, steepest] = slopes(ends);
    flattest = std::max(flattest, 0.0);
    if (flattest > Shorts::max())
      return std::nullopt;
    auto lowest = static_cast<int64_t>(std::floor(flattest));
    int64_t highest = std::min<int64_t>(
        static_cast<int64_t>(std::min(steepest, 1e6)) + 1, Shorts::max());
    int64_t middle = (lowest + highest) / 2;
    int64_t step = std::max<int64_t>((highest - lowest) / kTries, 1);
    for (int64_t away = 0; away <= (highest - lowest) / 2 + 1; away += step)
      for (int64_t factor : {middle + away, middle - away})
        if (factor >= lowest && factor <= highest)
          if (auto offset = findOffset(ends, ends.falls ? -factor : factor))
            return std::pair(
                static_cast<int16_t>(ends.falls ? -factor : factor),
                static_cast<int16_t>(*offset));
    return std::nullopt;
  }

private:
  /// Between which magnitudes the factor lies: a line that is above one end and
  /// below another has at least or at most the slope between them.
  std::pair<double, double> slopes(const Ends &ends) const {
    constexpr double kAny = Shorts::max();
    double unit =
        std::ldexp(1.0, fraction + 15) / static_cast<double>(multiplier);
    auto slope = [&](const End &from, const End &to, double otherwise) {
      int64_t run = (to.accumulator - from.accumulator) * (ends.falls ? -1 : 1);
      return run > 0 ? static_cast<double>(to.code - from.code) * unit /
                           static_cast<double>(run)
                     : otherwise;
    };
    if (ends.above.empty() || ends.below.empty())
      return {0, kAny};
    return {slope(ends.below.front(), ends.above.back(), 0),
            slope(ends.above.front(), ends.below.back(), kAny)};
  }

  std::optional<int64_t> findOffset(const Ends &ends, int64_t factor) const {
    int64_t lowest = Shorts::min(), highest = Shorts::max();
    for (const End &end : ends.above)
      lowest =
          std::max(lowest, (end.code << fraction) -
                               multiply(end.accumulator, multiplier, factor));
    for (const End &end : ends.below)
      highest =
          std::min(highest, (end.code << fraction) - 1 -
                                multiply(end.accumulator, multiplier, factor));
    if (lowest > highest)
      return std::nullopt;
    return lowest + (highest - lowest) / 2;
  }

  int64_t multiplier;
  int32_t fraction;
};

/// The largest factor that moves no reachable accumulator out of 16 bits.
int64_t largestMultiplier(const ::oqat::numerics::Interval &reachable) {
  int64_t largest =
      std::max<int64_t>({std::abs(reachable.lo), std::abs(reachable.hi), 1});
  return Shorts::max() / largest;
}

} // namespace

std::optional<ShortLines>
mlir::oqat::findShortLines(ThresholdsAttr thresholds,
                           const AccumulatorBounds &bounds) {
  ArrayRef<int64_t> shape = thresholds.getValues().getType().getShape();
  SmallVector<int32_t> values(thresholds.getValues().getValues<int32_t>());
  if (largestMultiplier(bounds.layer) == 0)
    return std::nullopt;
  ShortLines lines{0, static_cast<int32_t>(shape[1]), {}, {}, {}};
  SmallVector<Ends> channels;
  for (int64_t c = 0; c < shape[0]; ++c) {
    lines.multipliers.push_back(
        static_cast<int16_t>(largestMultiplier(bounds.channels[c])));
    channels.emplace_back(thresholds,
                          ArrayRef(values).slice(c * shape[1], shape[1]), c,
                          bounds.channels[c]);
  }
  // The more bits the finer the line, and the steeper it must be.
  constexpr int32_t kMostFraction = 10, kLeastFraction = 5;
  for (lines.fraction = kMostFraction; lines.fraction >= kLeastFraction;
       --lines.fraction) {
    lines.factors.clear();
    lines.offsets.clear();
    for (auto [multiplier, ends] :
         llvm::zip_equal(lines.multipliers, channels)) {
      auto line = LineSearch(multiplier, lines.fraction).find(ends);
      if (!line)
        break;
      assert((ends.falls ? line->first <= 0 : line->first >= 0) &&
             "a line must rise or fall as its thresholds do");
      lines.factors.push_back(line->first);
      lines.offsets.push_back(line->second);
    }
    if (lines.factors.size() == channels.size())
      return lines;
  }
  return std::nullopt;
}
