//===- ChannelRequantizer.h - Thresholds of one channel -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_CHANNELREQUANTIZER_H
#define LIB_TARGET_GENERIC_CHANNELREQUANTIZER_H

#include "Emitters.h"

namespace mlir::oqat {

/// Counts the thresholds of `requantize` (N14) on vectors of unsigned bytes
/// that are all of one channel, accumulators + biases[channel] as for
/// NarrowRequantizer and at most `highest`. Where a channel's thresholds are
/// close enough, the codes between them are looked up.
class ChannelRequantizer {
public:
  ChannelRequantizer(KernelBuilder &builder, const EmitContext &context,
                     bitpack::ThresholdsAttr thresholds,
                     ArrayRef<int64_t> biases, int64_t highest);

  /// What the codes of a channel take, made once.
  struct Channel {
    Value flip, lowest, table;
    SmallVector<Value> bounds;
  };
  Channel start(Value channel);
  Value emit(const Channel &channel, Value sums);

  /// The highest code.
  int64_t getHighest() const { return count; }

private:
  static constexpr int64_t kBytes = 64;

  Value addBytes(KernelFrame &frame, ArrayRef<int64_t> values);
  Value load(Value constants, Value channel);
  Value countAbove(const Channel &channel, Value sums);

  const VectorTarget &target;
  KernelBuilder &builder;
  int64_t channels, count;
  /// Whether sums may lie behind a table's end.
  bool areLong;
  VectorType type;
  /// [threshold][channel]; all ones where a channel falls; where tables start,
  /// unless that is 0 for all.
  Value rows, flips, starts, places;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_CHANNELREQUANTIZER_H
