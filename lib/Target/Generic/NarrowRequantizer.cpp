//===- NarrowRequantizer.cpp - Thresholds on narrow accumulators ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With x the biased accumulator, acc > v is x > v + bias. A channel that falls
// compares ~acc (ThresholdsAttr), which is H - x with H the highest value of
// the type, up to a constant: ~acc > v is H - x > H + 1 + v - bias. As x is in
// 1 .. H - 1 either way, a bound of 0 means always and H - 1 never.
//
// Compares are signed, as every CPU has them: the highest bit of x is inverted.
//
//===----------------------------------------------------------------------===//

#include "NarrowRequantizer.h"
#include "Steps.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

ThresholdsAttr NarrowRequantizer::findThresholds(LayerOpInterface layer) {
  constexpr int64_t kFew = 15;
  auto thresholds =
      dyn_cast_or_null<ThresholdsAttr>(layer->getAttr("requantization"));
  if (!thresholds || thresholds.getValues().getType().getShape()[1] > kFew)
    return {};
  return thresholds;
}

SmallVector<int64_t> NarrowRequantizer::findBounds(ThresholdsAttr thresholds,
                                                   int64_t channel,
                                                   int64_t bits, int64_t bias) {
  const int64_t highest = (int64_t(1) << bits) - 1;
  int64_t count = thresholds.getValues().getType().getShape()[1];
  SmallVector<int64_t> bounds;
  for (int64_t k = 0; k < count; ++k) {
    int64_t value =
        thresholds.getValues().getValues<int32_t>()[channel * count + k];
    bounds.push_back(std::clamp<int64_t>(thresholds.isFalling(channel)
                                             ? highest + 1 + value - bias
                                             : value + bias,
                                         0, highest - 1));
  }
  return bounds;
}

NarrowRequantizer::NarrowRequantizer(KernelBuilder &builder, KernelFrame &frame,
                                     bitpack::ThresholdsAttr thresholds,
                                     int64_t bits, ArrayRef<int64_t> biases,
                                     ArrayRef<int64_t> order)
    : builder(builder), bits(bits), elements(order.size()),
      count(thresholds.getValues().getType().getShape()[1]) {
  const int64_t highest = (int64_t(1) << bits) - 1;
  SmallVector<int64_t> bounds(count * elements, highest), falling(elements, 0);
  const int64_t highestBit = int64_t(1) << (bits - 1);
  for (auto [element, channel] : llvm::enumerate(order)) {
    if (channel < 0)
      continue;
    falling[element] = thresholds.isFalling(channel) ? highest : 0;
    for (auto [k, bound] : llvm::enumerate(
             findBounds(thresholds, channel, bits, biases[channel])))
      bounds[static_cast<int64_t>(k) * elements + element] = bound;
  }
  for (int64_t &bound : bounds)
    bound ^= highestBit;
  rows = addConstants(frame, bounds);
  if (llvm::any_of(falling, [](int64_t flip) { return flip != 0; }))
    flips = addConstants(frame, falling);
}

Value NarrowRequantizer::addConstants(KernelFrame &frame,
                                      ArrayRef<int64_t> values) {
  SmallVector<uint8_t> bytes;
  for (int64_t value : values)
    for (int64_t shift = 0; shift < bits; shift += 8)
      bytes.push_back(static_cast<uint8_t>(value >> shift));
  return frame.addBytes(bytes);
}

Value NarrowRequantizer::emit(Value x, Value element) {
  auto type = cast<VectorType>(x.getType());
  Value offset = builder.mul(element, bits / 8);
  if (flips)
    x = builder.create<arith::XOrIOp>(
        x, builder.load(type, builder.at(flips, offset)));
  Value code = builder.constant(type, 0);
  for (int64_t k = 0; k < count; ++k) {
    Value row = builder.at(rows, k * elements * bits / 8);
    Value isAbove = builder.create<arith::CmpIOp>(
        arith::CmpIPredicate::sgt, x,
        builder.load(type, builder.at(row, offset)));
    code = countStep(builder, code, isAbove, k + 1);
  }
  return code;
}
