//===- Interleave.cpp - Rows of bytes, one channel after the other --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interleave.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;

static Value shuffle(KernelBuilder &builder, Value lhs, Value rhs,
                     int64_t count,
                     llvm::function_ref<int64_t(int64_t)> indexOf) {
  SmallVector<int32_t> order;
  for (int64_t i = 0; i < count; ++i)
    order.push_back(static_cast<int32_t>(indexOf(i)));
  return builder.create<LLVM::ShuffleVectorOp>(lhs, rhs, order);
}

/// Interleaving works within the 16-byte parts of a vector; of those of its two
/// results, the parts of the lower half come first. Moving whole parts
/// afterwards is cheaper than moving halves of parts before.
SmallVector<Value> mlir::oqat::interleaveTwo(KernelBuilder &builder, Value top,
                                             Value bottom) {
  int64_t bytes = cast<VectorType>(top.getType()).getNumElements();
  SmallVector<Value> parts, rows;
  for (int64_t half : {0, 1})
    parts.push_back(shuffle(builder, top, bottom, bytes, [&](int64_t i) {
      return i / 16 * 16 + 8 * half + i % 16 / 2 + i % 2 * bytes;
    }));
  for (int64_t half : {0, 1})
    rows.push_back(shuffle(builder, parts[0], parts[1], bytes, [&](int64_t i) {
      int64_t part = half * bytes / 16 + i / 16;
      return part / 2 * 16 + part % 2 * bytes + i % 16;
    }));
  return rows;
}

/// LLVM makes 128-bit shuffles of this, and puts their results together.
Value mlir::oqat::interleaveFour(KernelBuilder &builder, ArrayRef<Value> rows) {
  int64_t lanes = cast<VectorType>(rows.front().getType()).getNumElements();
  auto concatenate = [&](Value low, Value high, int64_t count) {
    return shuffle(builder, low, high, count, [](int64_t i) { return i; });
  };
  Value all = concatenate(concatenate(rows[0], rows[1], 2 * lanes),
                          concatenate(rows[2], rows[3], 2 * lanes), 4 * lanes);
  return shuffle(builder, all, all, 4 * lanes,
                 [&](int64_t i) { return i % 4 * lanes + i / 4; });
}

/// Elements of `width` bytes of a half of every 16-byte part, of two vectors in
/// turn.
static Value unpack(KernelBuilder &builder, Value lhs, Value rhs, int64_t width,
                    int64_t half) {
  int64_t bytes = cast<VectorType>(lhs.getType()).getNumElements();
  return shuffle(builder, lhs, rhs, bytes, [&](int64_t i) {
    int64_t element = i % 16 / width;
    return i / 16 * 16 + 8 * half + element / 2 * width + i % width +
           element % 2 * bytes;
  });
}

Value mlir::oqat::unpackHalf(KernelBuilder &builder, Value low, Value high,
                             int64_t half) {
  int64_t bytes = cast<VectorType>(low.getType()).getNumElements();
  return builder.create<LLVM::BitcastOp>(
      builder.vectorOf(builder.getI16Type(), bytes / 2),
      unpack(builder, low, high, /*width=*/1, half));
}

/// Bytes of two rows, then pairs of bytes of both halves, within parts.
SmallVector<Value> mlir::oqat::interleaveParted(KernelBuilder &builder,
                                                ArrayRef<Value> rows) {
  SmallVector<Value> result;
  for (int64_t half : {0, 1}) {
    Value upper = unpack(builder, rows[0], rows[1], 1, half);
    Value lower = unpack(builder, rows[2], rows[3], 1, half);
    for (int64_t quarter : {0, 1})
      result.push_back(unpack(builder, upper, lower, 2, quarter));
  }
  return result;
}

/// Of vectors whose 16-byte parts are the rows of matrices of elements of so
/// many bytes. Vectors whose places differ in one bit are unpacked with each
/// other, each time elements of twice as many bytes.
static SmallVector<Value>
transpose(ArrayRef<Value> vectors, int64_t bytes,
          llvm::function_ref<Value(Value, Value, int64_t, int64_t)> unpack) {
  SmallVector<Value> from(vectors);
  const int64_t count = from.size();
  for (int64_t sets = 1; sets < count; sets *= 2) {
    SmallVector<Value> to(count);
    int64_t perSet = count / sets;
    for (int64_t set = 0; set < sets; ++set)
      for (int64_t i = 0; i < perSet / 2; ++i)
        for (int64_t half : {0, 1})
          to[(2 * set + half) * (perSet / 2) + i] =
              unpack(from[set * perSet + 2 * i], from[set * perSet + 2 * i + 1],
                     sets * bytes, half);
    from = std::move(to);
  }
  return from;
}

SmallVector<Value> mlir::oqat::transposeBytes(KernelBuilder &builder,
                                              ArrayRef<Value> vectors) {
  return transpose(vectors, /*bytes=*/1,
                   [&](Value lhs, Value rhs, int64_t width, int64_t half) {
                     return unpack(builder, lhs, rhs, width, half);
                   });
}

SmallVector<Value> mlir::oqat::transposeWords(KernelBuilder &builder,
                                              ArrayRef<Value> vectors) {
  auto words = cast<VectorType>(vectors.front().getType());
  VectorType bytes =
      builder.vectorOf(builder.getI8Type(), 4 * words.getNumElements());
  SmallVector<Value> rows;
  for (Value vector : vectors)
    rows.push_back(builder.create<LLVM::BitcastOp>(bytes, vector));
  return transpose(rows, /*bytes=*/4,
                   [&](Value lhs, Value rhs, int64_t width, int64_t half) {
                     return unpack(builder, lhs, rhs, width, half);
                   });
}
