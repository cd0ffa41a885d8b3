//===- Requantizer.h - Codes without floats -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_REQUANTIZER_H
#define LIB_TARGET_GENERIC_REQUANTIZER_H

#include "Emitters.h"

namespace mlir::oqat {

/// Emits what `requantize` says (N14) on vectors of adjacent channels.
class Requantizer {
public:
  Requantizer(KernelBuilder &builder, const EmitContext &context,
              bitpack::LayerOpInterface layer);

  /// Whether the layer has a form other than its epilogue.
  explicit operator bool() const { return thresholds || map; }

  /// The codes, in the low bytes, of i32 accumulators whose first `count` are
  /// of the channels from `channel` on.
  Value emit(Value accumulators, Value channel, int64_t count);

private:
  void addThresholds(KernelFrame &frame);
  void addMap(KernelFrame &frame);
  Value perChannel(Value base, Value channel, VectorType type);
  Value countThresholds(Value accumulators, Value channel);
  Value lookUp(Value accumulators, Value channel, int64_t count);

  KernelBuilder &builder;
  int64_t lanes, channels;
  bitpack::ThresholdsAttr thresholds;
  bitpack::AccumulatorMapAttr map;
  /// [threshold][channel], and -1 where a channel falls.
  Value values, falling;
  /// Where accumulator 0 of each channel is in the table.
  Value offsets, table;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_REQUANTIZER_H
