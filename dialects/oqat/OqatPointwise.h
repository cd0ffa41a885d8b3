//===- OqatPointwise.h - Stages of fused pointwise kernels ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What an operation says about itself when it joins a chain of pointwise
// operations that becomes one kernel.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_DIALECTS_OQAT_POINTWISE_H
#define OQAT_DIALECTS_OQAT_POINTWISE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::oqat {

/// An operand of a stage beside the value that flows through the chain.
enum class StageOperand {
  Scale,      ///< a of N1, per channel
  Bias,       ///< b of N1, per channel
  Gate,       ///< per image and channel
  Residual,   ///< per element
  Reciprocal, ///< r of N3
  Lower,      ///< Qn
  Upper       ///< Qp
};

/// One stage of a chain. A chain holds every kind of operand at most once.
struct PointwiseStage {
  /// Part of the kernel's name; empty: not a stage.
  llvm::StringRef name;
  llvm::SmallVector<StageOperand, 3> operands;
  /// Can only start a chain.
  bool first = false;
  /// Ends its chain: the result is a code.
  bool last = false;

  explicit operator bool() const { return !name.empty(); }
};

} // namespace mlir::oqat

#endif // OQAT_DIALECTS_OQAT_POINTWISE_H
