//===- BiasedEpilogue.h - From a narrow accumulator to what is stored -----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_BIASEDEPILOGUE_H
#define LIB_TARGET_GENERIC_BIASEDEPILOGUE_H

#include "NarrowRequantizer.h"
#include "TileEpilogue.h"

namespace mlir::oqat {

/// LayerOpInterface's epilogue on unsigned accumulators of 8 or 16 bits, each
/// larger by its channel's bias (NarrowRequantizer). A few thresholds are
/// counted as they are; anything else becomes 32 bits first.
class BiasedEpilogue {
public:
  /// Vectors are of `vectorChannels` adjacent channels. With `isSplit`, two
  /// vectors of 16 bits hold the even and the odd ones of them.
  BiasedEpilogue(KernelBuilder &builder, const EmitContext &context,
                 bitpack::LayerOpInterface layer, ArrayRef<int64_t> biases,
                 int64_t bits, int64_t vectorChannels, bool isSplit);

  /// What sums start from for emit(), beside their biases.
  int64_t getStart() const;

  /// Stores the first `count` channels from `channel` on of pixel `pixel`.
  /// `odd` is null unless the sums are split.
  void emit(Value sums, Value odd, Value pixel, Value channel, int64_t count);

private:
  SmallVector<int64_t> elementOrder(int64_t channels) const;
  Value join(Value even, Value odd);
  Value interleave(Value even, Value odd);

  KernelBuilder &builder;
  KernelFrame &frame;
  int64_t lanes, channels, bits, vectorChannels;
  bool isSplit;
  /// Either of them.
  std::optional<NarrowRequantizer> narrow;
  std::optional<TileEpilogue> epilogue;
  Value words;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_BIASEDEPILOGUE_H
