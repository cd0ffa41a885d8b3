//===- PlaneIndices.h - Codes of adjacent taps as indices -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_PLANEINDICES_H
#define LIB_TARGET_GENERIC_PLANEINDICES_H

#include "PlanePacker.h"

namespace mlir::oqat {

/// Of each lane of each input row of a channel, the codes of kTaps adjacent
/// taps from its first one on, from the one kTaps further on, ...: bytes
/// [group][row][lane] on the stack, of as many channels as are best made at a
/// time. Rows of each phase lie side by side, `laneColumns` lanes each, so that
/// a vector may start at any of them.
class PlaneIndices {
public:
  /// Call it where the kernel starts.
  PlaneIndices(KernelBuilder &builder, const EmitContext &context,
               const PlaneShape &shape, const PlanePacker &packer);

  /// So many channels at a time. The CPU loads no vector before all that it
  /// overlaps is stored, so small planes had better not wait for it one by one.
  int64_t getBatch() const { return batch; }
  int64_t getGroups() const { return groups; }
  /// Where those of the `place`-th channel of a batch are.
  Value at(Value place);
  /// Makes them there of the records of a tile of columns (PlaneShape), for so
  /// many output rows.
  void make(int64_t tile, Value count, Value vector, Value element, Value goal);
  /// From there, the distance of the indices of a tap row and a group of its
  /// taps, for an output row `y` of the band.
  Value rowBytes(Value y);
  int64_t tapBytes(int64_t ky, int64_t group) const;

private:
  /// What makes indices of a record: where bytes come from, which of them there
  /// are, and of each group of taps the first bits.
  struct Arrangement {
    Value bytes, present;
    SmallVector<Value> shifts;
  };

  int64_t phaseStart(int64_t phase) const;
  int64_t groupBytes() const;
  int64_t inputColumn(const PlaneColumns &columns, int64_t lane) const;
  int64_t byteOf(const PlaneColumns &columns, int64_t lane) const;
  Arrangement arrange(const PlaneColumns &columns);
  Value addBytes(llvm::function_ref<int64_t(int64_t lane)> value);
  Value presentBytes(const PlaneColumns &columns);
  Value repeat(Value record);

  const VectorTarget &target;
  KernelBuilder &builder;
  KernelFrame &frame;
  const PlaneShape &shape;
  const Geometry &geometry;
  const PlanePacker &packer;
  int64_t groups, batch;
  VectorType type;
  SmallVector<Arrangement> arrangements;
  Value place;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_PLANEINDICES_H
