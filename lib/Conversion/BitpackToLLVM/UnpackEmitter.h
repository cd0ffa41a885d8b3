//===- UnpackEmitter.h - Packed codes as elements of vectors --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONVERSION_BITPACKTOLLVM_UNPACKEMITTER_H
#define LIB_CONVERSION_BITPACKTOLLVM_UNPACKEMITTER_H

#include "FunctionBuilder.h"

namespace mlir::oqat {

/// What the functions that unpack have in common: their arguments
/// (emitUnpackBody), and how they read the codes of one row.
class UnpackEmitter {
public:
  UnpackEmitter(KernelBuilder &builder, const WeightPanel &kind,
                ValueRange arguments);

protected:
  /// How many are unpacked at a time.
  static constexpr int64_t kCodes = 4, kManyCodes = 16;

  Value times(Value lhs, Value rhs) {
    return builder.create<arith::MulIOp>(lhs, rhs);
  }
  Value shiftRight(Value value, int64_t bits) {
    return builder.create<arith::ShRUIOp>(value, builder.index(bits));
  }
  /// The tile of output `n`, and its column there.
  Value tileOf(Value n) { return builder.create<arith::DivUIOp>(n, width); }
  Value columnOf(Value n) { return builder.create<arith::RemUIOp>(n, width); }

  VectorType words() { return builder.vectorOf(builder.getI32Type(), kCodes); }
  VectorType bytes(int64_t count) {
    return builder.vectorOf(builder.getI8Type(), count);
  }
  bool dividesByte() const;

  Value loadCode(Value bit);
  Value loadCodes(Value bit);
  Value loadBytes(Value bit);
  Value loadManyCodes(Value bit);

  KernelBuilder &builder;
  const WeightPanel &kind;
  Value packed, panel, outputs, taps, inputs, width, rows, zero;
};

/// `count` elements of each of two vectors from `first` on, in turns.
Value interleave(KernelBuilder &builder, Value lhs, Value rhs, int64_t first,
                 int64_t count);

/// The columns of as many vectors as each has elements, a power of two.
SmallVector<Value> transposeSquare(KernelBuilder &builder,
                                   SmallVector<Value> rows);

/// The body of emitUnpackBody() for a panel with fields.
void emitUnpackFields(KernelBuilder &builder, const WeightPanel &kind,
                      ValueRange arguments);

} // namespace mlir::oqat

#endif // LIB_CONVERSION_BITPACKTOLLVM_UNPACKEMITTER_H
