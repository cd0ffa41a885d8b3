//===- LoopEmitter.h - Loops over arrays, element by element ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_AUTODIFF_LOOPEMITTER_H
#define OQAT_LIB_AUTODIFF_LOOPEMITTER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::oqat {

/// Writes loops and what is in them where `builder` stands.
class LoopEmitter {
public:
  LoopEmitter(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

protected:
  Value index(int64_t value) {
    return builder.create<arith::ConstantIndexOp>(loc, value);
  }
  Value size(Value array, int64_t dim) {
    return builder.create<memref::DimOp>(loc, array, index(dim));
  }
  SmallVector<Value> sizes(Value array);

  Value load(Value array, ValueRange indices) {
    return builder.create<memref::LoadOp>(loc, array, indices);
  }
  void store(Value value, Value array, ValueRange indices) {
    builder.create<memref::StoreOp>(loc, value, array, indices);
  }
  void add(Value value, Value array, ValueRange indices) {
    Value old = load(array, indices);
    store(builder.create<arith::AddFOp>(loc, old, value), array, indices);
  }
  Value mul(Value a, Value b) {
    return builder.create<arith::MulFOp>(loc, a, b);
  }

  using Body = function_ref<void(ValueRange indices)>;
  using SumBody = function_ref<Value(ValueRange indices, Value sum)>;
  void loops(ArrayRef<Value> bounds, Body body);
  /// Carries a sum along.
  Value sumOver(ArrayRef<Value> bounds, Value start, SumBody body);

  OpBuilder &builder;
  Location loc;
};

} // namespace mlir::oqat

#endif // OQAT_LIB_AUTODIFF_LOOPEMITTER_H
