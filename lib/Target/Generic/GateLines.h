//===- GateLines.h - Gated codes on lines of 16 bits ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_GATELINES_H
#define LIB_TARGET_GENERIC_GATELINES_H

#include "GateSteps.h"

namespace mlir::oqat {

/// Codes as ((d * m >> 8) + 2^(fraction - 1)) >> fraction in 16 bits, where a
/// kernel looks for the multiplier m of each channel while it runs: it has to
/// have every threshold between the same two inputs.
class GateLines {
public:
  /// Nothing where few codes are counted as fast, factors are too large for
  /// words of 16 bits, or the target has no such words.
  static std::optional<GateLines> plan(const VectorTarget &target,
                                       bitpack::ElementwiseOp op);

  /// Multipliers of a vector of channels, as words, and which of them are
  /// wrong.
  struct Found {
    Value multipliers, areWrong;
  };
  /// By the factors of channels, and for each code from 1 on the distance of
  /// the first input that has it; those of `end` have none.
  Found find(KernelBuilder &builder, Value factors, ArrayRef<Value> firsts,
             Value end) const;

  /// Multipliers are kept in two rows, of the first and of the second 8 of
  /// every 16 channels: interleaving bytes with zeros in parts of 16 bytes
  /// gives these. Stores those of a vector of channels.
  void store(KernelBuilder &builder, Value multipliers, Value channel,
             ArrayRef<Value> rows) const;
  std::array<Value, 2> load(KernelBuilder &builder, int64_t bytes,
                            Value channel, ArrayRef<Value> rows) const;

  /// The codes of a vector of inputs.
  Value toCodes(KernelBuilder &builder, const VectorTarget &target,
                Value inputs, const std::array<Value, 2> &multipliers) const;

private:
  int64_t steps, fraction;
  bool isSigned;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_GATELINES_H
