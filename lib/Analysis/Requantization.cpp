//===- Requantization.cpp - Codes as functions of accumulators ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Analysis/Requantization.h"

#include "dialects/bitpack/Requantization.h"
#include "oqat/Numerics/Requantize.h"

#include "mlir/IR/Builders.h"

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
  for (auto [channel, interval] : llvm::enumerate(function.bounds.channels))
    function.codes.push_back(numerics::evaluateCodes(
        interval, getChannelEpilogue(layer, static_cast<int64_t>(channel))));
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
  for (auto [channel, interval] : llvm::enumerate(bounds.channels)) {
    ChannelEpilogue epilogue =
        getChannelEpilogue(layer, static_cast<int64_t>(channel));
    for (int64_t acc = interval.lo; acc <= interval.hi; ++acc) {
      std::optional<int32_t> code = lookup(channel, acc);
      if (code == epilogue(acc))
        continue;
      InFlightDiagnostic error =
          layer.emitOpError("expected 'requantize' to be what the epilogue of "
                            "layer '")
          << layer.getLayer() << "' computes, but of accumulator " << acc
          << " of channel " << channel << " it makes ";
      if (code)
        return error << *code << " instead of " << epilogue(acc);
      return error << "nothing";
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
