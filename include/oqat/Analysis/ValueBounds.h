//===- ValueBounds.h - What values can become -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The largest magnitude of every float of an integer network (N4), from the
// bounds of the accumulators before it.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_ANALYSIS_VALUEBOUNDS_H
#define OQAT_ANALYSIS_VALUEBOUNDS_H

#include "mlir/IR/Operation.h"

#include <optional>

namespace mlir::oqat {

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
  std::optional<float> getRescaled(Value input, ArrayRef<float> scale,
                                   ArrayRef<float> bias) const;

  DenseMap<Value, float> bounds;
};

} // namespace mlir::oqat

#endif // OQAT_ANALYSIS_VALUEBOUNDS_H
