//===- Requantization.h - Evaluating requantization forms -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_BITPACK_REQUANTIZATION_H
#define DIALECTS_BITPACK_REQUANTIZATION_H

#include "dialects/bitpack/Bitpack.h"

namespace mlir::bitpack {

/// N2.
float applyActivation(ActivationKind kind, float z);

/// What `requantize` says, ready to be asked.
class CodeLookup {
public:
  explicit CodeLookup(Attribute form);

  /// The code of an accumulator; nothing if the table hasn't one.
  std::optional<int32_t> operator()(int64_t channel, int64_t accumulator) const;

private:
  /// Rows of `count` thresholds, and which channels fall.
  std::vector<int32_t> thresholds;
  int64_t count = 0;
  std::vector<bool> falling;
  /// Or the place of accumulator 0 in the table.
  std::vector<int32_t> offsets;
  std::vector<uint8_t> table;
};

} // namespace mlir::bitpack

#endif // DIALECTS_BITPACK_REQUANTIZATION_H
