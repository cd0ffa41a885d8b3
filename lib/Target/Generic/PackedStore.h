//===- PackedStore.h - Sums of 32 or 16 bits to bytes ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_PACKEDSTORE_H
#define LIB_TARGET_GENERIC_PACKEDSTORE_H

#include "Emitters.h"

namespace mlir::oqat {

/// The sums of a tile of adjacent pixels and channels: `values` are
/// [pixel][vector], from pixel `pixel` and channel `channel` on. Of each
/// pixel's last vector only `lastCount` elements are channels. Those that
/// `areParted` are four vectors of words a pixel in PartedOrder, whose last
/// parts may not be channels: `lastCount` is what is left for a fourth vector,
/// which may be less than nothing.
struct TileSums {
  SmallVector<Value> values;
  int64_t vectors;
  Value pixel, channel;
  int64_t lastCount;
  bool areParted = false;

  int64_t pixels() const { return values.size() / vectors; }
  int64_t lanes() const {
    return cast<VectorType>(values.front().getType()).getNumElements();
  }
};

/// Vectors of bytes that hold the same channels of some pixels each.
struct Packs {
  SmallVector<Value> bytes;
  /// Where they start, how many each pixel has, and how many pixels.
  Value channel;
  int64_t channels, pixels;
};

/// Turns the vectors of a tile into full vectors of saturated bytes and stores
/// them: those of adjacent vectors of channels first, then of adjacent pixels.
class PackedStore {
public:
  PackedStore(KernelBuilder &builder, const EmitContext &context,
              int64_t channels)
      : target(context.target), builder(builder), frame(context.frame),
        vectorBytes(4 * target.lanes), channels(channels) {}

  /// What becomes of a vector of 16 bits, whose elements are of channels
  /// `channel` + order[i].
  using ShortsFn = llvm::function_ref<Value(Value shorts, Value channel,
                                            ArrayRef<int32_t> order)>;

  /// `prepare` makes of a vector of sums, which belongs to a pixel and to
  /// channels from one on, what saturates; `finish` makes codes of the bytes.
  /// With `onShorts` sums saturate to 16 bits first, and what it makes of these
  /// to bytes. Sums that are parted are so for both, and bytes never.
  void
  emit(const TileSums &sums, bool isSigned,
       llvm::function_ref<Value(Value sum, Value pixel, Value channel)> prepare,
       llvm::function_ref<void(Packs &)> finish, ShortsFn onShorts = {});

  int64_t getVectorBytes() const { return vectorBytes; }

private:
  bool packs(ArrayRef<Value> vectors) const;
  Value pack(ArrayRef<Value> vectors, bool isSigned);
  Value joinParts(Value packed, int64_t count);
  Value saturate(ArrayRef<Value> vectors, unsigned bits, bool isSigned,
                 bool areParted);
  Value saturateShorts(ArrayRef<Value> vectors, Value channel, int64_t perPixel,
                       bool isSigned, bool areParted, ShortsFn onShorts);

  const VectorTarget &target;
  KernelBuilder &builder;
  KernelFrame &frame;
  int64_t vectorBytes, channels;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_PACKEDSTORE_H
