//===- TileEpilogue.h - From a tile's accumulators to the result ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_TILEEPILOGUE_H
#define LIB_TARGET_GENERIC_TILEEPILOGUE_H

#include "ByteEpilogue.h"
#include "CurveEpilogue.h"
#include "Epilogue.h"
#include "LineEpilogue.h"
#include "PackedEpilogue.h"

namespace mlir::oqat {

/// The epilogue of a layer's tile, in the cheapest way that is exact.
class TileEpilogue {
public:
  /// Sums are floats or of 32 bits, or of 16 where all accumulators fit them.
  /// With `channels` other than the result's last extent, the result is seen as
  /// rows of so many channels (Epilogue). `areAligned`: vectors of sums start
  /// at channels that are multiples of their length. Sums that are parted are
  /// those of the channels that `parted` has.
  TileEpilogue(KernelBuilder &builder, const EmitContext &context,
               bitpack::LayerOpInterface layer, int64_t sumBits = 32,
               int64_t channels = 0, bool areAligned = false,
               const PartedOrder &parted = {});

  void emit(TileSums sums);

private:
  void splitToWords(TileSums &sums);
  void joinParts(TileSums &sums);

  KernelBuilder &builder;
  int64_t lanes;
  bool areAligned, takesParted;
  /// One of them.
  std::optional<LineEpilogue> lines;
  std::optional<CurveEpilogue> curves;
  std::optional<ByteEpilogue> inBytes;
  std::optional<PackedEpilogue> packed;
  std::optional<Epilogue> single;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_TILEEPILOGUE_H
