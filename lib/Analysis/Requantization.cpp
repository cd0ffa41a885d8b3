//===- Requantization.cpp - Codes as functions of accumulators ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Analysis/Requantization.h"

#include "dialects/bitpack/Requantization.h"
#include "oqat/Numerics/Requantize.h"

#include "mlir/IR/Builders.h"

#include <cmath>
#include <map>

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

const char *mlir::oqat::whyNoCodeFunction(bitpack::LayerOpInterface layer) {
  if (layer.getCodeBits() == 0)
    return "its result stays float";
  if (layer.getGateValue())
    return "a gate joins it";
  if (layer.getResidualValue())
    return "a residual joins it";
  return nullptr;
}

int32_t ChannelEpilogue::operator()(int64_t accumulator) const {
  float z = numerics::rescale(accumulator, rescale);
  if (activation)
    z = bitpack::applyActivation(*activation, z);
  return numerics::quantize(z, reciprocal, range) + zeroPoint;
}

ChannelEpilogue mlir::oqat::getChannelEpilogue(bitpack::LayerOpInterface layer,
                                               int64_t channel) {
  ChannelEpilogue epilogue;
  epilogue.rescale = {layer.getScaleAttr().getValues<float>()[channel],
                      layer.getBiasAttr().getValues<float>()[channel]};
  epilogue.activation = layer.getActivation();
  if (DenseElementsAttr reciprocals = layer.getChannelReciprocals())
    epilogue.reciprocal = reciprocals.getValues<float>()[channel];
  else
    epilogue.reciprocal =
        cast<FloatAttr>(layer.getReciprocalAttr()).getValue().convertToFloat();
  if (layer.hasIntegerResidual()) {
    epilogue.zeroPoint = 0;
    epilogue.range = {-255, 255};
    return epilogue;
  }
  epilogue.zeroPoint = static_cast<int32_t>(layer.getZeroPoint());
  epilogue.range = numerics::aroundZeroPoint(
      numerics::codeRange(static_cast<int>(layer.getCodeBits()), false),
      epilogue.zeroPoint);
  return epilogue;
}

//===----------------------------------------------------------------------===//
// Runs of codes
//===----------------------------------------------------------------------===//

int64_t mlir::oqat::findCrossing(const ChannelEpilogue &epilogue,
                                 numerics::Interval interval, float z) {
  bool falls = epilogue.rescale.a < 0;
  int64_t lo = interval.lo, hi = interval.hi + 1;
  while (lo < hi) {
    int64_t middle = lo + (hi - lo) / 2;
    bool isAbove = numerics::rescale(middle, epilogue.rescale) >= z;
    isAbove != falls ? hi = middle : lo = middle + 1;
  }
  return lo;
}

namespace {
class RunFinder {
public:
  explicit RunFinder(const ChannelEpilogue &epilogue) : epilogue(epilogue) {}

  /// Each accumulator by itself.
  void addEach(int64_t lo, int64_t hi) {
    for (int64_t acc = lo; acc <= hi; ++acc)
      add(acc, epilogue(acc));
  }
  /// Where codes only rise or only fall, as roundings, relu, lines and products
  /// of rising factors do, steps are found by bisection.
  void addMonotone(int64_t lo, int64_t hi) {
    if (lo > hi)
      return;
    int32_t lowest = epilogue(lo);
    add(lo, lowest);
    addSteps(lo, lowest, hi, epilogue(hi));
  }

  std::vector<CodeRun> runs;

private:
  void add(int64_t first, int32_t code) {
    if (runs.empty() || runs.back().code != code)
      runs.push_back({first, code});
  }
  void addSteps(int64_t lo, int32_t lowest, int64_t hi, int32_t highest) {
    if (lowest == highest)
      return;
    if (hi - lo == 1)
      return add(hi, highest);
    int64_t middle = lo + (hi - lo) / 2;
    int32_t code = epilogue(middle);
    addSteps(lo, lowest, middle, code);
    addSteps(middle, code, hi, highest);
  }

  const ChannelEpilogue &epilogue;
};
} // namespace

std::vector<CodeRun> mlir::oqat::findCodeRuns(const ChannelEpilogue &epilogue,
                                              numerics::Interval interval) {
  RunFinder finder(epilogue);
  auto [a, b] = epilogue.rescale;
  if (!std::isfinite(a) || !std::isfinite(b) ||
      !std::isfinite(epilogue.reciprocal)) {
    finder.addEach(interval.lo, interval.hi);
    return finder.runs;
  }
  if (epilogue.activation != bitpack::ActivationKind::HSwish) {
    finder.addMonotone(interval.lo, interval.hi);
    return finder.runs;
  }
  // h_swish is 0 up to -3 and rises from 0 on.
  int64_t lo = findCrossing(epilogue, interval, a < 0 ? 0 : -3),
          hi = findCrossing(epilogue, interval, a < 0 ? -3 : 0);
  finder.addMonotone(interval.lo, lo - 1);
  finder.addEach(lo, hi - 1);
  finder.addMonotone(hi, interval.hi);
  return finder.runs;
}

int64_t mlir::oqat::countAccumulators(const AccumulatorBounds &bounds) {
  int64_t count = 0;
  for (numerics::Interval channel : bounds.channels)
    count += channel.hi - channel.lo + 1;
  return count;
}

CodeFunction mlir::oqat::evaluateCodeFunction(bitpack::LayerOpInterface layer,
                                              AccumulatorBounds bounds) {
  CodeFunction function;
  function.bounds = std::move(bounds);
  function.highestCode = (1 << layer.getCodeBits()) - 1;
  for (auto [channel, interval] : llvm::enumerate(function.bounds.channels)) {
    std::vector<uint8_t> &codes = function.codes.emplace_back();
    codes.reserve(static_cast<size_t>(interval.hi - interval.lo + 1));
    for (CodeRun run :
         findCodeRuns(getChannelEpilogue(layer, static_cast<int64_t>(channel)),
                      interval)) {
      // Up to the run's beginning all is the code before it.
      codes.resize(static_cast<size_t>(run.first - interval.lo),
                   codes.empty() ? uint8_t(0) : codes.back());
      codes.push_back(static_cast<uint8_t>(run.code));
    }
    codes.resize(static_cast<size_t>(interval.hi - interval.lo + 1),
                 codes.back());
  }
  return function;
}

bitpack::ThresholdsAttr CodeFunction::asThresholds(MLIRContext *context) const {
  SmallVector<int32_t> values;
  SmallVector<bool> falling;
  for (auto [interval, channel] : llvm::zip(bounds.channels, codes)) {
    auto found = numerics::findThresholds(channel, interval.lo, highestCode);
    if (!found)
      return {};
    llvm::append_range(values, found->values);
    falling.push_back(found->falling);
  }
  auto type =
      RankedTensorType::get({static_cast<int64_t>(codes.size()), highestCode},
                            IntegerType::get(context, 32));
  DenseBoolArrayAttr directions;
  if (llvm::is_contained(falling, true))
    directions = DenseBoolArrayAttr::get(context, falling);
  return bitpack::ThresholdsAttr::get(
      context,
      cast<DenseIntElementsAttr>(
          DenseElementsAttr::get(type, ArrayRef<int32_t>(values))),
      directions);
}

bitpack::AccumulatorMapAttr CodeFunction::asMap(MLIRContext *context) const {
  SmallVector<uint8_t> table;
  SmallVector<int32_t> offsets;
  std::map<std::vector<uint8_t>, int64_t> places;
  for (auto [interval, channel] : llvm::zip(bounds.channels, codes)) {
    auto [place, isNew] = places.try_emplace(channel, table.size());
    if (isNew)
      llvm::append_range(table, channel);
    offsets.push_back(static_cast<int32_t>(place->second - interval.lo));
  }
  auto type = RankedTensorType::get({static_cast<int64_t>(table.size())},
                                    IntegerType::get(context, 8));
  return bitpack::AccumulatorMapAttr::get(
      context, DenseI32ArrayAttr::get(context, offsets),
      cast<DenseIntElementsAttr>(
          DenseElementsAttr::get(type, ArrayRef<uint8_t>(table))));
}

LogicalResult mlir::oqat::verifyCodeFunction(bitpack::LayerOpInterface layer,
                                             Attribute form,
                                             const AccumulatorBounds &bounds) {
  if (countAccumulators(bounds) > kMaxAccumulators)
    return layer.emitOpError("expected 'requantize' only where there are at "
                             "most ")
           << kMaxAccumulators << " accumulators to check, but got "
           << countAccumulators(bounds);
  bitpack::CodeLookup lookup(form);
  bool isMonotone = isa<bitpack::ThresholdsAttr>(form);
  for (auto [channel, interval] : llvm::enumerate(bounds.channels)) {
    std::vector<CodeRun> runs = findCodeRuns(
        getChannelEpilogue(layer, static_cast<int64_t>(channel)), interval);
    for (size_t i = 0; i < runs.size(); ++i) {
      int64_t last = i + 1 < runs.size() ? runs[i + 1].first - 1 : interval.hi;
      // Thresholds that agree at both ends of a run agree in between.
      int64_t step =
          isMonotone ? std::max<int64_t>(last - runs[i].first, 1) : 1;
      for (int64_t acc = runs[i].first; acc <= last; acc += step) {
        std::optional<int32_t> code = lookup(channel, acc);
        if (code == runs[i].code)
          continue;
        InFlightDiagnostic error =
            layer.emitOpError("expected 'requantize' to be what the epilogue "
                              "of layer '")
            << layer.getLayer() << "' computes, but of accumulator " << acc
            << " of channel " << channel << " it makes ";
        if (code)
          return error << *code << " instead of " << runs[i].code;
        return error << "nothing";
      }
    }
  }
  return success();
}

/// Of one channel, whose x lies in [lo, hi].
static bool appendByteThresholds(ArrayRef<int32_t> thresholds, int64_t lo,
                                 int64_t hi, ByteThresholds &result) {
  constexpr int64_t kMin = std::numeric_limits<int8_t>::min(),
                    kMax = std::numeric_limits<int8_t>::max();
  // What is always above a threshold stays so from lo - 1 on.
  auto clamped = [&](int64_t threshold) { return std::max(threshold, lo - 1); };
  int64_t first = hi;
  for (int64_t threshold : thresholds)
    first = std::min(first, clamped(threshold));
  // The lowest threshold is the lowest byte.
  int64_t offset = first - kMin;
  if (offset != static_cast<int32_t>(offset))
    return false;
  result.offsets.push_back(static_cast<int32_t>(offset));
  for (int64_t threshold : thresholds) {
    int64_t byte = threshold >= hi ? kMax : clamped(threshold) - offset;
    // Only what is never reached may be the highest byte, above which is none.
    if (byte > kMax || (byte == kMax && threshold < hi))
      return false;
    result.values.push_back(static_cast<int8_t>(byte));
  }
  return true;
}

std::optional<ByteThresholds>
mlir::oqat::asByteThresholds(bitpack::ThresholdsAttr thresholds,
                             const AccumulatorBounds &bounds) {
  ByteThresholds result;
  SmallVector<int32_t> values(thresholds.getValues().getValues<int32_t>());
  size_t count = values.size() / thresholds.getChannels();
  for (auto [channel, interval] : llvm::enumerate(bounds.channels)) {
    bool falls = thresholds.isFalling(static_cast<int64_t>(channel));
    if (!appendByteThresholds(ArrayRef(values).slice(channel * count, count),
                              falls ? ~interval.hi : interval.lo,
                              falls ? ~interval.lo : interval.hi, result))
      return std::nullopt;
  }
  return result;
}
