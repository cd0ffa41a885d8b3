//===- NarrowRequantizer.h - Thresholds on narrow accumulators ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_NARROWREQUANTIZER_H
#define LIB_TARGET_GENERIC_NARROWREQUANTIZER_H

#include "Emitters.h"

namespace mlir::oqat {

/// Counts the thresholds of `requantize` (N14) on biased unsigned accumulators
/// of 8 or 16 bits: channel c's is its accumulator + biases[c], which is at
/// least 1 and less than the highest value of the type. Their highest bit comes
/// inverted. `order` says which channel each element of the constants belongs
/// to, -1 none.
class NarrowRequantizer {
public:
  /// The thresholds of a layer that are few enough to be counted so.
  static bitpack::ThresholdsAttr
  findThresholds(bitpack::LayerOpInterface layer);

  /// What a channel's accumulators, the complements of those of one that falls,
  /// are compared with: each greater one is a code more. 0 means always and the
  /// highest value of the type less 1 never.
  static SmallVector<int64_t> findBounds(bitpack::ThresholdsAttr thresholds,
                                         int64_t channel, int64_t bits,
                                         int64_t bias);

  NarrowRequantizer(KernelBuilder &builder, KernelFrame &frame,
                    bitpack::ThresholdsAttr thresholds, int64_t bits,
                    ArrayRef<int64_t> biases, ArrayRef<int64_t> order);

  /// The codes of accumulators that stand at `element` in `order` and after.
  Value emit(Value accumulators, Value element);

private:
  Value addConstants(KernelFrame &frame, ArrayRef<int64_t> values);

  KernelBuilder &builder;
  int64_t bits, elements, count;
  /// [threshold][element], and all ones where a channel falls.
  Value rows, flips;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_NARROWREQUANTIZER_H
