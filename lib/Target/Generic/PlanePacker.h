//===- PlanePacker.h - Pixels of many channels to planes of one -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_PLANEPACKER_H
#define LIB_TARGET_GENERIC_PLANEPACKER_H

#include "PlaneShape.h"

namespace mlir::oqat {

/// Packs four codes of two bits, adjacent pixels of a channel, to a byte, and
/// transposes 16 such bytes of a tile of channels at once. What lies outside
/// the picture is 0. A picture that is in planes is taken as it is.
class PlanePacker {
public:
  /// Call it where the kernel starts.
  PlanePacker(KernelBuilder &builder, KernelFrame &frame,
              const PlaneShape &shape,
              const std::optional<PlaneLayout> &planes);

  /// Makes the records of a tile of channels, for `count` output rows from `y`
  /// on; those that loadRecord() loads until it is called again.
  void pack(const PlaneColumns &columns, Value y, Value count,
            const ChannelTile &tile);

  /// Record `index` of a phase, of channel `element` of a vector, 16 bytes.
  Value loadRecord(const PlaneColumns &columns, int64_t phase, Value index,
                   Value vector, Value element) const;

private:
  /// Bytes of a record of all channels of a tile.
  static constexpr int64_t kRecordBytes =
      PlaneShape::kChannels * PlaneShape::kPart;

  int64_t firstRecord(const PlaneColumns &columns, int64_t phase) const;
  Value recordAt(Value vector, Value index) const;
  void packRecord(const PlaneColumns &columns, Value first, Value channel,
                  int64_t count, Value goal);
  void packRow(const PlaneColumns &columns, Value row, Value channel,
               VectorType type, SmallVector<Value> &bytes);

  KernelBuilder &builder;
  KernelFrame &frame;
  const PlaneShape &shape;
  std::optional<PlaneLayout> planes;
  /// [vector][record][channel of a part][part].
  Value place;
  int64_t records = 0;
  /// Of planes, the first input row and the first channel.
  Value topRow, firstChannel;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_PLANEPACKER_H
