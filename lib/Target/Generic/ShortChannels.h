//===- ShortChannels.h - 16 bits for each channel -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_SHORTCHANNELS_H
#define LIB_TARGET_GENERIC_SHORTCHANNELS_H

#include "Emitters.h"
#include "PartedOrder.h"

namespace mlir::oqat {

/// A number of 16 bits for each channel, in the order of `parted`.
class ShortChannels {
public:
  ShortChannels() = default;
  /// Vectors of at most `vectorBytes` are loaded.
  ShortChannels(KernelFrame &frame, ArrayRef<int16_t> values,
                const PartedOrder &parted, int64_t vectorBytes);

  /// Those of channels `channel` + order[i].
  Value load(KernelBuilder &builder, Value channel,
             ArrayRef<int32_t> order) const;

private:
  Value base;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_SHORTCHANNELS_H
