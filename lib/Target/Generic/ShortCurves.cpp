//===- ShortCurves.cpp - h_swish in 16 bits -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A line of the accumulator, times the same line bent at 3. Accumulators whose
// codes are all the same, as most are, become the first of them, so that 16
// bits are for the others: a line of these is fine enough for nearly all
// channels. Every accumulator that is left is tried, and where one gets another
// code, other lines around the exact one.
//
//===----------------------------------------------------------------------===//

#include "ShortCurves.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::oqat;

using Shorts = std::numeric_limits<int16_t>;

/// vpmulhrsw.
static int64_t multiplyHigh(int64_t lhs, int64_t rhs) {
  return (lhs * rhs + (1 << 14)) >> 15;
}

static bool isShort(double value) {
  return value >= Shorts::min() && value <= Shorts::max();
}

int64_t ShortCurves::getX(int64_t channel, int64_t q) const {
  return multiplyHigh(q * multipliers[channel], factors[channel]) +
         offsets[channel];
}

int32_t ShortCurves::operator()(int64_t channel, int64_t accumulator) const {
  int64_t x = getX(channel, std::clamp<int64_t>(accumulator, lowest[channel],
                                                highest[channel]));
  int64_t y = multiplyHigh(x, std::min<int64_t>(x, bend) + bend);
  return static_cast<int32_t>(
      std::clamp<int64_t>(multiplyHigh(y, unit) + point, 0, last));
}

namespace {

/// The accumulators of a channel from the last one of the lowest ones' code to
/// the first one of the highest ones', and their codes.
struct Window {
  Window(const ChannelEpilogue &epilogue,
         const ::oqat::numerics::Interval &reachable)
      : rescale(epilogue.rescale) {
    std::vector<CodeRun> runs = findCodeRuns(epilogue, reachable);
    if (runs.size() == 1) {
      setConstant(epilogue, runs.front());
      return;
    }
    first = runs[1].first - 1;
    last = runs.back().first;
    for (int64_t accumulator = first; accumulator <= last; ++accumulator)
      codes.push_back(static_cast<int16_t>(epilogue(accumulator)));
  }

  /// Any line does that has the code at 0, where all accumulators are moved.
  void setConstant(const ChannelEpilogue &epilogue, const CodeRun &run) {
    constexpr float kClosed = -3, kOpen = 3;
    float highest =
        static_cast<float>(epilogue.range.hi + 1) / epilogue.reciprocal;
    rescale = {0, std::clamp(::oqat::numerics::rescale(run.first, rescale),
                             kClosed, std::max(kOpen, highest))};
    first = last = 0;
    codes.push_back(static_cast<int16_t>(run.code));
  }

  /// No accumulator leaves 16 bits by it.
  int64_t getMultiplier() const {
    return Shorts::max() /
           std::max<int64_t>({std::abs(first), std::abs(last), 1});
  }
  /// The largest |z|, with and without the bias.
  double getSpan() const {
    auto a = static_cast<double>(rescale.a), b = static_cast<double>(rescale.b),
         low = a * static_cast<double>(first),
         high = a * static_cast<double>(last);
    return std::max({std::fabs(low), std::fabs(high), std::fabs(low + b),
                     std::fabs(high + b), std::fabs(b)});
  }

  ::oqat::numerics::Rescale rescale;
  int64_t first, last;
  std::vector<int16_t> codes;
};

/// Looks for the line of each channel.
class CurveSearch {
public:
  /// `scale` is x of z = 1.
  CurveSearch(ShortCurves curves, double scale)
      : curves(std::move(curves)), scale(scale) {}

  std::optional<ShortCurves> find(ArrayRef<Window> windows) {
    for (const Window &window : windows)
      if (!addChannel(window))
        return std::nullopt;
    return std::move(curves);
  }

private:
  bool addChannel(const Window &window) {
    constexpr int32_t kFactorUnits = 8, kOffsetUnits = 24;
    int64_t multiplier = window.getMultiplier();
    double factor = std::nearbyint(scale * window.rescale.a * 0x1p15 /
                                   static_cast<double>(multiplier)),
           offset = std::nearbyint(scale * window.rescale.b);
    curves.lowest.push_back(static_cast<int16_t>(window.first));
    curves.highest.push_back(static_cast<int16_t>(window.last));
    curves.multipliers.push_back(static_cast<int16_t>(multiplier));
    curves.factors.emplace_back();
    curves.offsets.emplace_back();
    failed.clear();
    for (int32_t i = 0; i <= 2 * kFactorUnits; ++i)
      for (int32_t j = 0; j <= 2 * kOffsetUnits; ++j)
        if (setLine(window, factor + nearest(i), offset + nearest(j)) &&
            agrees(window))
          return true;
    return false;
  }

  /// 0, 1, -1, 2, -2 ...
  static int32_t nearest(int32_t i) { return i % 2 ? (i + 1) / 2 : -i / 2; }

  /// Whether it stays within 16 bits.
  bool setLine(const Window &window, double factor, double offset) {
    if (!isShort(factor) || !isShort(offset))
      return false;
    curves.factors.back() = static_cast<int16_t>(factor);
    curves.offsets.back() = static_cast<int16_t>(offset);
    return llvm::all_of(std::array{window.first, window.last}, [&](int64_t q) {
      return isShort(static_cast<double>(curves.getX(getChannel(), q)));
    });
  }

  /// Where one line fails, the next one mostly does.
  bool agrees(const Window &window) {
    auto agreesAt = [&](size_t i) {
      return curves(getChannel(), window.first + static_cast<int64_t>(i)) ==
             window.codes[i];
    };
    if (!llvm::all_of(failed, agreesAt))
      return false;
    for (size_t i = 0; i < window.codes.size(); ++i)
      if (!agreesAt(i)) {
        failed.push_back(i);
        return false;
      }
    return true;
  }

  /// The one that was added last.
  int64_t getChannel() const {
    return static_cast<int64_t>(curves.factors.size()) - 1;
  }

  ShortCurves curves;
  double scale;
  SmallVector<size_t> failed;
};

} // namespace

/// Those of the channels; none where they have more than one reciprocal, a map
/// that isn't finite or too many accumulators.
static std::vector<Window> findWindows(ArrayRef<ChannelEpilogue> epilogues,
                                       const AccumulatorBounds &bounds) {
  constexpr size_t kMost = 4096;
  std::vector<Window> windows;
  for (auto [epilogue, reachable] :
       llvm::zip_equal(epilogues, bounds.channels)) {
    if (!std::isfinite(epilogue.rescale.a) ||
        !std::isfinite(epilogue.rescale.b) ||
        !std::isfinite(epilogue.reciprocal) ||
        epilogue.reciprocal != epilogues.front().reciprocal ||
        reachable.lo < Shorts::min() || reachable.hi > Shorts::max())
      return {};
    windows.emplace_back(epilogue, reachable);
    if (windows.back().codes.size() > kMost)
      return {};
  }
  return windows;
}

std::optional<ShortCurves>
mlir::oqat::findShortCurves(ArrayRef<ChannelEpilogue> epilogues,
                            const AccumulatorBounds &bounds) {
  std::vector<Window> windows = findWindows(epilogues, bounds);
  if (windows.empty())
    return std::nullopt;
  // x is as fine as 16 bits of it and of the gate allow.
  constexpr double kSlope = 1 / 6.0, kBend = 3;
  double span = 2 * kBend;
  for (const Window &window : windows)
    span = std::max(span, window.getSpan());
  double most = (Shorts::max() - 1) / span;
  // y of a code of 1 is 2^15 / unit.
  double product = kSlope * epilogues.front().reciprocal * 0x1p30;
  double unit = std::ceil(product / (most * most));
  constexpr int64_t kTries = 4;
  for (int64_t i = 0; i < kTries; ++i, unit = std::ceil(unit * 1.03125)) {
    if (!(unit >= 1 && isShort(unit)))
      return std::nullopt;
    double scale = std::sqrt(product / unit);
    ShortCurves curves;
    curves.bend = static_cast<int16_t>(std::nearbyint(kBend * scale));
    curves.unit = static_cast<int16_t>(unit);
    curves.point = epilogues.front().zeroPoint;
    curves.last = epilogues.front().range.hi + curves.point;
    if (auto found = CurveSearch(std::move(curves), scale).find(windows))
      return found;
  }
  return std::nullopt;
}
