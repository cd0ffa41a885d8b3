//===- OqatCost.h - What an operation costs ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_DIALECTS_OQAT_OQATCOST_H
#define OQAT_DIALECTS_OQAT_OQATCOST_H

#include <cstdint>

namespace mlir::oqat {

/// The cost of an operation or of a network (OQAT.md section 2).
struct Cost {
  /// Multiply-accumulates of convolutions, squeeze-excite and classifier.
  int64_t macs = 0;
  /// Weights, biases, batch norm gamma and beta; no statistics, no steps.
  int64_t parameters = 0;
  /// macs * weight bits * activation bits, 32 each where not quantized.
  int64_t bops = 0;
  /// Quantized weights at their own width, rounded up to bytes per layer, and
  /// four bytes for every other parameter.
  int64_t weightBytes = 0;

  /// Adds `other`; false where a sum leaves 64 bits.
  bool add(const Cost &other);
};

} // namespace mlir::oqat

#endif // OQAT_DIALECTS_OQAT_OQATCOST_H
