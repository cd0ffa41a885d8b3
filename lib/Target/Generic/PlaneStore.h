//===- PlaneStore.h - Planes of one channel to pixels of many -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_PLANESTORE_H
#define LIB_TARGET_GENERIC_PLANESTORE_H

#include "ChannelRequantizer.h"
#include "LookupPlan.h"
#include "PlaneShape.h"
#include "TileEpilogue.h"

namespace mlir::oqat {

/// Stores the results of a vector of pixels of up to kChannels channels. A few
/// thresholds are counted on the planes' unsigned bytes, which are accumulators
/// + biases[channel], and four codes of two bits go through the transposition
/// in one byte; for any other epilogue it is the sums that are transposed.
class PlaneStore {
public:
  /// Call it where the kernel starts.
  PlaneStore(KernelBuilder &builder, const EmitContext &context,
             bitpack::LayerOpInterface layer, const PlaneShape &shape,
             const LookupPlan &lookups);

  /// What a channel takes, made once.
  ChannelRequantizer::Channel start(Value channel);
  /// What emit() takes of a vector of sums of that channel.
  Value prepare(const ChannelRequantizer::Channel &channel, Value sums);
  /// Vectors of `count` channels from `channel` on, each `planeBytes` after the
  /// one before, of the pixels from `pixel` on.
  void emit(Value planes, int64_t planeBytes, Value pixel, Value channel,
            int64_t count);

private:
  SmallVector<Value> joinPacked(ArrayRef<Value> planes);
  SmallVector<Value> unpack(Value bytes);
  SmallVector<Value> toRows(ArrayRef<Value> planes);
  void emitCodes(Value planes, int64_t planeBytes, Value pixel, Value channel,
                 int64_t count);
  void emitSums(Value planes, int64_t planeBytes, Value pixel, Value channel,
                int64_t count);

  const VectorTarget &target;
  KernelBuilder &builder;
  KernelFrame &frame;
  const PlaneShape &shape;
  VectorType type;
  /// Either of them.
  std::optional<ChannelRequantizer> narrow;
  std::optional<TileEpilogue> epilogue;
  bool isPacked;
  /// As words, and place for sixteen vectors.
  Value biases, pixels;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_PLANESTORE_H
