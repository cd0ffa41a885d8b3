//===- ByteEpilogue.h - Thresholds counted in bytes -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_BYTEEPILOGUE_H
#define LIB_TARGET_GENERIC_BYTEEPILOGUE_H

#include "PackedStore.h"
#include "PartedOrder.h"

namespace mlir::oqat {

/// Counts the thresholds of `requantize` (N14) on whole vectors of signed
/// bytes, to which sums saturate.
class ByteEpilogue {
public:
  /// Whether a layer's thresholds are few and close enough, on sums of 16 or 32
  /// bits.
  static bool isFor(bitpack::LayerOpInterface layer,
                    const AccumulatorBounds &bounds, int64_t sumBits);

  ByteEpilogue(KernelBuilder &builder, const EmitContext &context,
               bitpack::LayerOpInterface layer, int64_t sumBits,
               const PartedOrder &parted = {});

  void emit(const TileSums &sums);

private:
  Value perChannel(Value base, Value channel, VectorType type);
  Value toWindow(Value sum, Value channel);
  void countThresholds(Packs &packs);

  KernelBuilder &builder;
  PackedStore store;
  int64_t sumBits, padded, count;
  Value offsets, thresholds, flips;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_BYTEEPILOGUE_H
