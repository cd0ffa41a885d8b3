//===- ChannelRequantizer.cpp - Thresholds of one channel -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With s a little below the lowest threshold, byte i of a table has the code of
// s + i, and the last one that of all beyond it. So a subtraction that
// saturates at 0, a minimum and a lookup take the place of a compare and a
// subtraction for every threshold, for all vectors of a channel, and falling
// ones cost nothing.
//
//===----------------------------------------------------------------------===//

#include "ChannelRequantizer.h"

#include "NarrowRequantizer.h"
#include "Steps.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

static constexpr int64_t kBits = 8, kNever = 254, kHighestSum = 255,
                         kHighestBit = 128;

/// Where the table of so many bytes starts; nothing where it is too short. The
/// bounds of a channel that falls are those of complements.
static std::optional<int64_t> findStart(ArrayRef<int64_t> bounds, bool falls,
                                        int64_t bytes) {
  auto isReal = [](int64_t bound) { return bound > 0 && bound < kNever; };
  int64_t start = 0, last = 0;
  if (const auto *lowest = llvm::find_if(bounds, isReal);
      lowest != bounds.end()) {
    start = *lowest; // they rise
    for (int64_t bound : bounds)
      if (isReal(bound))
        last = bound;
  }
  if (last > start + bytes - 2)
    return std::nullopt;
  // Above `last` all complements have one code, so all sums below do.
  return falls ? kHighestSum - last - 1 : start;
}

ChannelRequantizer::ChannelRequantizer(KernelBuilder &builder,
                                       const EmitContext &context,
                                       ThresholdsAttr thresholds,
                                       ArrayRef<int64_t> biases,
                                       int64_t highest)
    : target(context.target), builder(builder), channels(biases.size()),
      count(thresholds.getValues().getType().getShape()[1]),
      type(builder.vectorOf(builder.getI8Type(), kBytes)) {
  SmallVector<int64_t> bounds(count * channels), falling(channels),
      first(channels);
  bool haveTables = true;
  for (int64_t c = 0; c < channels; ++c) {
    SmallVector<int64_t> own =
        NarrowRequantizer::findBounds(thresholds, c, kBits, biases[c]);
    for (int64_t k = 0; k < count; ++k)
      bounds[k * channels + c] = own[k] ^ kHighestBit;
    falling[c] = thresholds.isFalling(c) ? -1 : 0;
    // Tables that have an entry for every sum start at 0.
    if (highest < kBytes)
      continue;
    std::optional<int64_t> start =
        findStart(own, thresholds.isFalling(c), kBytes);
    haveTables &= start.has_value();
    first[c] = start.value_or(0);
  }
  areLong = highest - *llvm::min_element(first) >= kBytes;
  rows = addBytes(context.frame, bounds);
  if (llvm::is_contained(falling, -1))
    flips = addBytes(context.frame, falling);
  if (!haveTables)
    return;
  if (llvm::any_of(first, [](int64_t start) { return start != 0; }))
    starts = addBytes(context.frame, first);
  places = builder.load(
      type, addBytes(context.frame, llvm::to_vector(llvm::seq(kBytes))));
}

Value ChannelRequantizer::addBytes(KernelFrame &frame,
                                   ArrayRef<int64_t> values) {
  SmallVector<uint8_t> bytes;
  for (int64_t value : values)
    bytes.push_back(static_cast<uint8_t>(value));
  return frame.addBytes(bytes);
}

Value ChannelRequantizer::load(Value constants, Value channel) {
  return builder.splat(
      builder.load(builder.getI8Type(), builder.at(constants, channel)),
      kBytes);
}

ChannelRequantizer::Channel ChannelRequantizer::start(Value channel) {
  Channel own;
  for (int64_t k = 0; k < count; ++k)
    own.bounds.push_back(load(builder.at(rows, k * channels), channel));
  if (flips)
    own.flip = load(flips, channel);
  if (!places)
    return own;
  Value first = places;
  if (starts) {
    own.lowest = load(starts, channel);
    first = builder.create<arith::AddIOp>(own.lowest, places);
  }
  own.table = countAbove(own, first);
  return own;
}

/// Compares are signed, as every CPU has them.
Value ChannelRequantizer::countAbove(const Channel &channel, Value sums) {
  if (channel.flip)
    sums = builder.create<arith::XOrIOp>(sums, channel.flip);
  Value x =
      builder.create<arith::XOrIOp>(sums, builder.constant(type, -kHighestBit));
  Value code = builder.constant(type, 0);
  for (auto [k, bound] : llvm::enumerate(channel.bounds)) {
    Value isAbove =
        builder.create<arith::CmpIOp>(arith::CmpIPredicate::sgt, x, bound);
    code = countStep(builder, code, isAbove, static_cast<int64_t>(k) + 1);
  }
  return code;
}

Value ChannelRequantizer::emit(const Channel &channel, Value sums) {
  if (!channel.table)
    return countAbove(channel, sums);
  if (channel.lowest)
    sums = builder.create<LLVM::USubSat>(type, sums, channel.lowest);
  if (areLong)
    sums = builder.create<arith::MinUIOp>(sums,
                                          builder.constant(type, kBytes - 1));
  return target.lookUp(builder, channel.table, sums);
}
