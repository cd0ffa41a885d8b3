//===- FloatLines.cpp - Codes rounded from lines of floats ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An epilogue multiplies by a scale, adds a bias and multiplies by the step's
// reciprocal, each rounded (N10); h_swish multiplies once more. All of that in
// one fused operation differs in the last bits, which moves a code only where
// an accumulator comes next to the middle between two. So every accumulator is
// tried that could get another code, and where one does, lines a few units in
// the last place away.
//
//===----------------------------------------------------------------------===//

#include "FloatLines.h"

#include "oqat/Numerics/Activations.h"

#include <cmath>

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;
namespace numerics = ::oqat::numerics;

float FloatLines::getX(int64_t channel, int64_t accumulator) const {
  return std::fma(static_cast<float>(accumulator), factors[channel],
                  offsets[channel]);
}

float FloatLines::getGate(float x) const { return std::fma(x, *slope, 3.0f); }

float FloatLines::operator()(int64_t channel, int64_t accumulator) const {
  float x = getX(channel, accumulator);
  if (!slope)
    return x;
  return std::fma(x, std::min(std::max(getGate(x), 0.0f), 6.0f), point);
}

namespace {

/// `value` some units in the last place away from 0.
float move(float value, int32_t units) {
  return llvm::bit_cast<float>(llvm::bit_cast<int32_t>(value) + units);
}

/// The accumulators at which a channel's line must give the right code.
class Places {
public:
  explicit Places(const ChannelEpilogue &epilogue)
      : epilogue(epilogue), range(epilogue.getStored()) {}

  /// Whether there are no more than `most`.
  bool find(const numerics::Interval &reachable, int64_t most) {
    if (epilogue.activation == ActivationKind::HSwish)
      return addSwish(reachable, most);
    addMonotone(reachable.lo, reachable.hi);
    return static_cast<int64_t>(size()) <= most;
  }

  size_t size() const { return accumulators.size(); }

  bool agreesAt(const FloatLines &lines, int64_t channel, size_t place) const {
    float value = lines(channel, accumulators[place]);
    // What a kernel rounds fits 32 bits; a NaN doesn't.
    if (!(std::fabs(value) < 0x1p31f))
      return false;
    auto rounded = static_cast<int64_t>(std::nearbyint(value));
    return std::clamp<int64_t>(rounded, range.lo, range.hi) == codes[place];
  }

  /// Whether a line has the signs that make it enough to try the places.
  bool hasSigns(const FloatLines &lines, int64_t channel) const {
    return (!open || lines.getX(channel, *open) >= 0) &&
           (!closed || lines.getGate(lines.getX(channel, *closed)) <= 0);
  }

private:
  void add(int64_t accumulator, int32_t code) {
    accumulators.push_back(accumulator);
    codes.push_back(static_cast<int16_t>(code));
  }

  /// In the middle h_swish falls and rises, and every accumulator is a place.
  /// Above, both factors rise; below, the gate is 0. With a margin for what the
  /// line differs by.
  bool addSwish(const numerics::Interval &reachable, int64_t most) {
    constexpr float kMargin = 0.01f;
    bool falls = epilogue.rescale.a < 0;
    float from = falls ? kMargin : -3 - kMargin,
          to = falls ? -3 - kMargin : kMargin;
    int64_t lo = findCrossing(epilogue, reachable, from),
            hi = findCrossing(epilogue, reachable, to);
    if (hi - lo > most)
      return false;
    for (int64_t acc = lo; acc < hi; ++acc)
      add(acc, epilogue(acc));
    numerics::Interval below{reachable.lo, lo - 1}, above{hi, reachable.hi};
    if (below.lo <= below.hi)
      (falls ? open : closed) = below.hi;
    if (above.lo <= above.hi)
      (falls ? closed : open) = above.lo;
    falls ? addMonotone(below.lo, below.hi) : addMonotone(above.lo, above.hi);
    if (closed)
      add(*closed, epilogue(*closed));
    return static_cast<int64_t>(size()) <= most;
  }

  /// What agrees at both ends of every run of codes agrees in between.
  void addMonotone(int64_t lo, int64_t hi) {
    if (lo > hi)
      return;
    for (CodeRun run : findCodeRuns(epilogue, {lo, hi})) {
      if (run.first != lo)
        add(run.first - 1, codes.back());
      add(run.first, run.code);
    }
    add(hi, codes.back());
  }

  const ChannelEpilogue &epilogue;
  numerics::CodeRange range;
  std::vector<int64_t> accumulators;
  std::vector<int16_t> codes;
  /// With h_swish, the accumulators next to the middle, if there are any.
  std::optional<int64_t> open, closed;
};

/// Looks for the line of a channel.
class ChannelSearch {
public:
  explicit ChannelSearch(Places places) : places(std::move(places)) {}

  /// Moves the last line of `lines`; whether one was found.
  bool find(FloatLines &lines) {
    constexpr int32_t kFactorUnits = 6, kOffsetUnits = 12;
    float factor = lines.factors.back(), offset = lines.offsets.back();
    for (int32_t i : nearest(kFactorUnits))
      for (int32_t j : nearest(kOffsetUnits)) {
        lines.factors.back() = move(factor, i);
        lines.offsets.back() = move(offset, j);
        if (agrees(lines))
          return true;
      }
    return false;
  }

private:
  /// 0, 1, -1, 2, -2 ... up to `units`.
  static SmallVector<int32_t> nearest(int32_t units) {
    SmallVector<int32_t> result = {0};
    for (int32_t i = 1; i <= units; ++i)
      result.append({i, -i});
    return result;
  }

  /// Where one line fails, the next one mostly does.
  bool agrees(const FloatLines &lines) {
    int64_t channel = static_cast<int64_t>(lines.factors.size()) - 1;
    if (!places.hasSigns(lines, channel))
      return false;
    for (size_t place : failed)
      if (!places.agreesAt(lines, channel, place))
        return false;
    for (size_t place = 0; place < places.size(); ++place)
      if (!places.agreesAt(lines, channel, place)) {
        failed.push_back(place);
        return false;
      }
    return true;
  }

  Places places;
  SmallVector<size_t> failed;
};

} // namespace

std::optional<FloatLines>
mlir::oqat::findFloatLines(ArrayRef<ChannelEpilogue> epilogues,
                           const AccumulatorBounds &bounds) {
  // With more, which only h_swish has, trying takes long.
  int64_t left = int64_t(1) << 20;
  FloatLines lines;
  for (auto [epilogue, reachable] :
       llvm::zip_equal(epilogues, bounds.channels)) {
    double factor = epilogue.reciprocal, offset = epilogue.zeroPoint;
    if (epilogue.activation == ActivationKind::HSwish) {
      factor *= static_cast<double>(numerics::kSixth);
      offset = 0;
      lines.point = static_cast<float>(epilogue.zeroPoint);
      float slope = static_cast<float>(1 / factor);
      if (lines.slope && *lines.slope != slope)
        return std::nullopt;
      lines.slope = slope;
    }
    lines.factors.push_back(static_cast<float>(factor * epilogue.rescale.a));
    lines.offsets.push_back(
        static_cast<float>(factor * epilogue.rescale.b + offset));
    Places places(epilogue);
    if (!places.find(reachable, left))
      return std::nullopt;
    left -= static_cast<int64_t>(places.size());
    if (!ChannelSearch(std::move(places)).find(lines))
      return std::nullopt;
  }
  return lines;
}

std::optional<FloatLines>
mlir::oqat::findFloatLines(LayerOpInterface layer,
                           const AccumulatorBounds &bounds) {
  if (layer.getGateValue() ||
      (layer.getResidualValue() && !layer.hasIntegerResidual()) ||
      layer.getActivation() == ActivationKind::HSigmoid)
    return std::nullopt;
  SmallVector<ChannelEpilogue> epilogues;
  for (size_t channel = 0; channel < bounds.channels.size(); ++channel)
    epilogues.push_back(
        getChannelEpilogue(layer, static_cast<int64_t>(channel)));
  return findFloatLines(epilogues, bounds);
}
