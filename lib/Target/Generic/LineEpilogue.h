//===- LineEpilogue.h - Codes by lines of 16 bits -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_LINEEPILOGUE_H
#define LIB_TARGET_GENERIC_LINEEPILOGUE_H

#include "PackedStore.h"
#include "ShortChannels.h"
#include "ShortLines.h"

namespace mlir::oqat {

/// The thresholds of `requantize` (N14) where each channel's are on a line
/// (ShortLines): four instructions on 16 bits in place of two per threshold
/// and byte.
class LineEpilogue {
public:
  /// The lines of a layer's thresholds; nothing where there are none, or where
  /// they are slower.
  static std::optional<ShortLines> plan(const EmitContext &context,
                                        bitpack::LayerOpInterface layer);

  LineEpilogue(KernelBuilder &builder, const EmitContext &context,
               const ShortLines &lines, const PartedOrder &parted = {});

  /// Of sums of 16 or 32 bits.
  void emit(const TileSums &sums);

private:
  Value toCodes(Value shorts, Value channel, ArrayRef<int32_t> order);

  const VectorTarget &target;
  KernelBuilder &builder;
  PackedStore store;
  int32_t fraction, highest;
  ShortChannels multipliers, factors, offsets;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_LINEEPILOGUE_H
