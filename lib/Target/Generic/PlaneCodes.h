//===- PlaneCodes.h - Codes of pixels of a channel to planes --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_PLANECODES_H
#define LIB_TARGET_GENERIC_PLANECODES_H

#include "Emitters.h"

namespace mlir::oqat {

/// Of vectors of 64 bytes, codes of at most 2 bits, each four in the low byte
/// of a word.
Value packPlaneCodes(KernelBuilder &builder, const VectorTarget &target,
                     Value codes);

/// Stores codes of adjacent pixels of a channel, in the order of PlaneLayout,
/// and zeros in place of those that only fill up rows and the last vector.
class PlaneCodes {
public:
  /// Call it where the kernel starts.
  PlaneCodes(KernelBuilder &builder, const EmitContext &context,
             const PlaneLayout &layout);

  /// What `count` vectors from `vector` on take.
  SmallVector<Value> loadMasks(Value vector, int64_t count);
  /// Vectors of codes one after the other.
  void store(ArrayRef<Value> codes, ArrayRef<Value> masks, Value goal);

private:
  void storeJoined(ArrayRef<Value> words, Value goal);

  const VectorTarget &target;
  KernelBuilder &builder;
  VectorType type;
  /// Of each pixel a bit; null where all are in the picture.
  Value pixels;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_PLANECODES_H
