//===- AccumulatorBounds.h - What accumulators can become -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The proof behind every integer kernel (N13): from the actual weight codes and
// the range of the input's codes, every value that an accumulator can take, at
// the integer and at the packed level alike.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_ANALYSIS_ACCUMULATORBOUNDS_H
#define OQAT_ANALYSIS_ACCUMULATORBOUNDS_H

#include "oqat/Numerics/Bounds.h"

#include "mlir/IR/Operation.h"

#include <optional>

namespace mlir::oqat {

struct AccumulatorBounds {
  using Interval = ::oqat::numerics::Interval;

  /// Per output channel, the sum of (q - zero point) * w over any part of the
  /// taps. Both ends are reached where all taps lie inside the picture.
  std::vector<Interval> channels;
  /// All channels together.
  Interval layer;
  /// How wide a kernel's sums must be: 16, 32, or 64, which no kernel has.
  /// Sums that wrap on the way, as those of stored codes before a zero point is
  /// taken off, are exact again in the end.
  int64_t bits = 16;
  /// Products that may be added in 16 bits before they are widened, whatever
  /// the weights of these bits are.
  int64_t flush = 0;
};

/// The bounds of a convolution on codes with constant weights; nothing for any
/// other operation.
std::optional<AccumulatorBounds> computeAccumulatorBounds(Operation *op);

/// An error that names the layer and the channel unless 32 bits suffice.
LogicalResult verifyAccumulators(Operation *op,
                                 const AccumulatorBounds &bounds);

} // namespace mlir::oqat

#endif // OQAT_ANALYSIS_ACCUMULATORBOUNDS_H
