//===- ValueBounds.h - What values can become -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bounds of an integer network, from its actual weights: every accumulator
// (N13) and, behind it, the largest magnitude of a float (N4).
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_ANALYSIS_VALUEBOUNDS_H
#define OQAT_ANALYSIS_VALUEBOUNDS_H

#include "oqat/Numerics/Bounds.h"

#include "mlir/IR/Operation.h"

#include <optional>

namespace mlir::oqat {

class Conv2DOp;
class LinearOp;

/// Per output channel, every accumulator of a layer on codes whose weights are
/// constant; nothing for any other layer.
std::optional<SmallVector<::oqat::numerics::Interval>>
accumulatorIntervals(Conv2DOp op);
std::optional<SmallVector<::oqat::numerics::Interval>>
accumulatorIntervals(LinearOp op);

class ValueBounds {
public:
  /// Bounds of all values in `network`.
  explicit ValueBounds(Operation *network);

  /// The largest magnitude that the float `value` can have, if it has one.
  std::optional<float> get(Value value) const {
    auto it = bounds.find(value);
    return it == bounds.end() ? std::nullopt : std::optional(it->second);
  }

private:
  std::optional<float> compute(Operation *op) const;

  DenseMap<Value, float> bounds;
};

} // namespace mlir::oqat

#endif // OQAT_ANALYSIS_VALUEBOUNDS_H
