//===- KernelBuilder.h - Writing kernels ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Shorthand for what kernels are made of: counted loops, byte offsets, loads,
// stores and 1-D vectors. Counters and offsets are i64.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_CONVERSION_KERNELBUILDER_H
#define OQAT_CONVERSION_KERNELBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::oqat {

class KernelBuilder : public ImplicitLocOpBuilder {
public:
  explicit KernelBuilder(const ImplicitLocOpBuilder &builder)
      : ImplicitLocOpBuilder(builder) {}

  // Counters.
  Value index(int64_t value);
  Value add(Value lhs, Value rhs);
  Value add(Value lhs, int64_t rhs);
  Value sub(Value lhs, Value rhs);
  Value mul(Value lhs, int64_t rhs);
  Value min(Value lhs, Value rhs);
  Value max(Value lhs, Value rhs);
  /// Whether 0 <= value < bound.
  Value isBelow(Value value, int64_t bound);

  // Memory; `bytes` counts from `pointer`. Nothing is assumed to be aligned.
  Value at(Value pointer, Value bytes);
  Value at(Value pointer, int64_t bytes);
  Value load(Type type, Value pointer);
  void store(Value value, Value pointer);
  /// Asks for a line of the second-level cache, wherever the pointer points.
  void prefetch(Value pointer);
  /// So many bytes of the stack, 64-byte aligned; 64 more may be touched.
  Value allocate(int64_t bytes);
  /// Stores the first `count` elements of a vector, and no byte more.
  void storeFirst(Value vector, int64_t count, Value pointer);

  // Vectors.
  VectorType vectorOf(Type element, int64_t lanes);
  Value splat(Value scalar, int64_t lanes);
  Value constant(Type type, double value);
  /// Elements [first, first + count).
  Value slice(Value vector, int64_t first, int64_t count);
  Value select(arith::CmpFPredicate predicate, Value lhs, Value rhs, Value then,
               Value otherwise);
  /// Of floats, the nearest i32, half to even; none may lie outside of i32.
  Value round(Value floats);

  /// for (i = lower; i < upper; i += step) carried = body(i, carried).
  SmallVector<Value>
  loop(Value lower, Value upper, int64_t step, ValueRange carried,
       llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body);
  void loop(Value lower, Value upper, int64_t step,
            llvm::function_ref<void(Value)> body);
  void when(Value condition, llvm::function_ref<void()> body,
            llvm::function_ref<void()> otherwise = {});
};

} // namespace mlir::oqat

#endif // OQAT_CONVERSION_KERNELBUILDER_H
