//===- GateSteps.h - Where gated codes take steps -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_GATESTEPS_H
#define LIB_TARGET_GENERIC_GATESTEPS_H

#include "PackedEpilogue.h"

namespace mlir::oqat {

/// How many steps the codes of a layer take.
int64_t countGateSteps(bitpack::ElementwiseOp op);

/// Whether all gates of a layer of codes are in [0, 1] and its scales are
/// positive: then the code of an input, as its distance d from the zero point,
/// is that of d times a factor per channel, but for rounding.
bool hasUnitGates(bitpack::ElementwiseOp op);

/// The factor of each channel where its gate is 1.
SmallVector<float> getGateFactors(bitpack::ElementwiseOp op);

/// Searches inputs of a gated layer, whose codes are of 8 bits, for those where
/// its codes change, of a vector of channels at a time.
class GateSteps {
public:
  static constexpr int64_t kInputs = 256;

  /// With `areUnit`, hasUnitGates() is true of the layer in its network.
  GateSteps(KernelBuilder &builder, const EmitContext &context,
            bitpack::ElementwiseOp op, bool areUnit);

  /// The layer's codes of input codes, of the channels from one on, as words.
  Value codeOf(Value input, Value channel);

  /// For each of some codes the last input with a lower one, which is above
  /// every input before; inputs are flipped bit by bit, by what makes codes
  /// rise with them. All are looked for side by side, because a try has to wait
  /// for the one before it.
  SmallVector<Value> bisect(Value channel, Value flip, ArrayRef<Value> wanted);

  /// The same of all codes from 1 on, with unit gates, by a try of the input
  /// nearest to where each step should be. What an input stands for is rounded
  /// by less than 2^-20 of it, and there are 256, so that no other is in doubt.
  SmallVector<Value> guess(Value channel);

  /// With unit gates, the factors of channels.
  Value getFactors(Value channel);

private:
  Value word(int64_t value) {
    return builder.constant(words, static_cast<double>(value));
  }

  KernelBuilder &builder;
  KernelFrame &frame;
  int64_t zeroPoint, resultPoint, highest;
  VectorType words, floats;
  PackedEpilogue epilogue;
  Value factors;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_GATESTEPS_H
