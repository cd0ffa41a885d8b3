//===- PackedLayers.h - A fixed network as level 4 runs it ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Level 4 runs a network layer by layer: a convolution takes the pointwise
// operations behind it along, and only what comes out of the last of them is
// stored. This says the same of a network of level 2 or 3, without lowering it
// (docs/Cost.md).
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_ANALYSIS_PACKEDLAYERS_H
#define OQAT_ANALYSIS_PACKEDLAYERS_H

#include "dialects/oqat/Oqat.h"

namespace mlir::oqat {

struct PackedLayer {
  /// In program order; the last one's result is what is stored.
  SmallVector<Operation *> operations;
  /// Bytes of activations in the arena while this layer runs: what it reads
  /// and writes, and what later layers still need.
  int64_t liveBytes = 0;

  Operation *first() const { return operations.front(); }
  Value result() const { return operations.back()->getResult(0); }
};

/// The layers of a fixed network; an error on the first value whose shape is
/// open or whose bytes leave 64 bits.
FailureOr<SmallVector<PackedLayer>> findPackedLayers(SupernetOp network);

} // namespace mlir::oqat

#endif // OQAT_ANALYSIS_PACKEDLAYERS_H
