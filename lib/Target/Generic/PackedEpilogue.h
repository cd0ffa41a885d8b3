//===- PackedEpilogue.h - Codes rounded in whole vectors ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_PACKEDEPILOGUE_H
#define LIB_TARGET_GENERIC_PACKEDEPILOGUE_H

#include "PackedStore.h"

namespace mlir::oqat {

/// LayerOpInterface's epilogue in floats (N2, N3), or onto an integer stream
/// (N7), where what is rounded is proven to be small: then clamping is left to
/// the saturation of several vectors to one of bytes.
class PackedEpilogue {
public:
  /// Whether the layer makes codes of its accumulators alone, or of them and a
  /// stream, and none that is rounded leaves 2^22.
  static bool isFor(bitpack::LayerOpInterface layer,
                    const AccumulatorBounds &bounds);

  PackedEpilogue(KernelBuilder &builder, const EmitContext &context,
                 bitpack::LayerOpInterface layer);

  /// `sums` are i32.
  void emit(const TileSums &sums);

private:
  Value perChannel(Value base, Value channel);
  Value toWords(Value sum, Value pixel, Value channel);

  KernelBuilder &builder;
  KernelFrame &frame;
  bitpack::LayerOpInterface layer;
  PackedStore store;
  int64_t channels;
  VectorType floats, words;
  Value scale, bias, reciprocals;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_PACKEDEPILOGUE_H
