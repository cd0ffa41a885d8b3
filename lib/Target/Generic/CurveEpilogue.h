//===- CurveEpilogue.h - Codes by h_swish in 16 bits ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_CURVEEPILOGUE_H
#define LIB_TARGET_GENERIC_CURVEEPILOGUE_H

#include "PackedStore.h"
#include "ShortChannels.h"
#include "ShortCurves.h"

namespace mlir::oqat {

/// h_swish and rounding (N1-N3) where each channel has a curve (ShortCurves):
/// nine instructions on 16 bits in place of seven on words of floats.
class CurveEpilogue {
public:
  /// The curves of a layer; nothing where there are none, or where they are
  /// slower.
  static std::optional<ShortCurves> plan(const EmitContext &context,
                                         bitpack::LayerOpInterface layer);

  CurveEpilogue(KernelBuilder &builder, const EmitContext &context,
                const ShortCurves &curves, const PartedOrder &parted = {});

  /// Of sums of 16 or 32 bits.
  void emit(const TileSums &sums);

private:
  Value toCodes(Value sums, Value channel, ArrayRef<int32_t> order);

  const VectorTarget &target;
  KernelBuilder &builder;
  PackedStore store;
  int16_t bend, unit;
  int32_t point, last;
  ShortChannels lowest, highest, multipliers, factors, offsets;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_CURVEEPILOGUE_H
