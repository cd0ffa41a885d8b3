//===- PackedEpilogue.h - Codes rounded in whole vectors ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_PACKEDEPILOGUE_H
#define LIB_TARGET_GENERIC_PACKEDEPILOGUE_H

#include "FloatLines.h"
#include "PackedStore.h"
#include "PartedOrder.h"

namespace mlir::oqat {

/// LayerOpInterface's epilogue to codes by rounding (N2, N3), or onto an
/// integer stream (N7), several vectors at a time: clamping to bytes is left to
/// saturation.
class PackedEpilogue {
public:
  /// Whether the layer rounds, or gets the same codes faster so than by the
  /// thresholds that it has.
  static bool isFor(const VectorTarget &target,
                    bitpack::LayerOpInterface layer);

  /// With `channels` other than the result's last extent, the result is seen as
  /// rows of so many channels (Epilogue).
  PackedEpilogue(KernelBuilder &builder, const EmitContext &context,
                 bitpack::LayerOpInterface layer, int64_t channels = 0,
                 PartedOrder parted = {});

  /// `sums` are floats or i32 accumulators.
  void emit(const TileSums &sums);
  /// Whether emitShorts() is there.
  bool takesShorts() const;
  /// `sums` are full vectors of accumulators of 16 bits, of channels from a
  /// multiple of their length on.
  void emitShorts(const TileSums &sums);
  /// Of a vector of `sums` of the channels from `channel` on, what is rounded,
  /// without the zero point. Not with a residual.
  Value toRounded(Value sum, Value channel);
  /// The codes, as words, of a vector of `sums` of the channels from `channel`
  /// on. Not with a residual.
  Value toCodes(Value sum, Value channel);

private:
  Value addPerChannel(ArrayRef<float> values);
  Value addPerChannel(DenseElementsAttr values);
  void addShortLines();
  Value perChannel(Value base, Value channel);
  Value toFloats(Value sum, Value pixel, Value channel);
  Value onLine(Value sum, Value factor, Value offset);
  Value toShorts(Value sums, Value channel);
  void clampBytes(Packs &packs);
  Value round(Value z, double low, double high);
  Value toWords(Value sum, Value pixel, Value channel);

  const VectorTarget &target;
  KernelBuilder &builder;
  KernelFrame &frame;
  bitpack::LayerOpInterface layer;
  PackedStore store;
  int64_t channels;
  PartedOrder parted;
  /// Whether nothing that is rounded leaves 2^30, by the proven accumulators.
  bool isBounded;
  /// In place of the epilogue's floats, where there are such.
  std::optional<FloatLines> lines;
  VectorType floats, words;
  /// With lines, their factors and offsets.
  Value scale, bias, reciprocals;
  /// The same for emitShorts().
  Value shortFactors, shortOffsets;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_PACKEDEPILOGUE_H
