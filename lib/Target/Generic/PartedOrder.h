//===- PartedOrder.h - Channels in the order of interleaved bytes ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// CPUs interleave and pack within the 16-byte parts of a vector. So of a vector
// of bytes, those of 64 channels where it has 64, interleaving makes four
// vectors of words that have, of every part, four channels each:
//
//   channels 0-3 16-19 32-35 48-51,  4-7 20-23 36-39 52-55,  8-11 ...
//
// and packing these leaves the channels in their order. So nothing need be
// moved between parts, but for what has a value per channel, once.
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_PARTEDORDER_H
#define LIB_TARGET_GENERIC_PARTEDORDER_H

#include "oqat/Target/VectorTarget.h"

namespace mlir::oqat {

/// Channels below `end`, a multiple of 4 * `lanes`, come so in vectors of
/// `lanes` words.
struct PartedOrder {
  int64_t end = 0, lanes = 1;

  /// The channel whose value is at `place`, in vectors of elements of so many
  /// bits: words, or those that packing makes of two vectors of them.
  int64_t channelAt(int64_t place, int64_t bits) const;

  /// Values of all channels in this order; missing ones become 0.
  template <typename T>
  SmallVector<T> order(ArrayRef<T> values, int64_t bits = 32) const {
    SmallVector<T> result(values);
    result.resize(std::max<int64_t>(end, result.size()), T());
    for (int64_t place = 0; place < end; ++place) {
      size_t channel = channelAt(place, bits);
      result[place] = channel < values.size() ? values[channel] : T();
    }
    return result;
  }
};

/// Four vectors of words from this order to that of channels, or back: those of
/// 512 bits are as a matrix of their parts, which is transposed.
SmallVector<Value> transposeParts(KernelBuilder &builder,
                                  ArrayRef<Value> vectors);

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_PARTEDORDER_H
