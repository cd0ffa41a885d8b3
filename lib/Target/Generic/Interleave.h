//===- Interleave.h - Rows of bytes, one channel after the other ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_INTERLEAVE_H
#define LIB_TARGET_GENERIC_INTERLEAVE_H

#include "oqat/Conversion/KernelBuilder.h"

namespace mlir::oqat {

/// Two vectors of bytes channel by channel, in two vectors.
SmallVector<Value> interleaveTwo(KernelBuilder &builder, Value top,
                                 Value bottom);

/// Four vectors of bytes, each a quarter as long as a vector of the CPU,
/// channel by channel in one.
Value interleaveFour(KernelBuilder &builder, ArrayRef<Value> rows);

/// Four vectors of bytes in four vectors of words, a word having the bytes of a
/// channel, in PartedOrder.
SmallVector<Value> interleaveParted(KernelBuilder &builder,
                                    ArrayRef<Value> rows);

/// The bytes of one half of every 16-byte part of two vectors as the low and
/// high bytes of words; packing both halves leaves the bytes in their order.
Value unpackHalf(KernelBuilder &builder, Value low, Value high, int64_t half);

/// Sixteen vectors of bytes, whose 16-byte parts at each place are the rows of
/// a matrix, with its columns in their place.
SmallVector<Value> transposeBytes(KernelBuilder &builder,
                                  ArrayRef<Value> vectors);

/// The same of four vectors of words, in each part a matrix of 4 x 4 words; the
/// result is vectors of bytes.
SmallVector<Value> transposeWords(KernelBuilder &builder,
                                  ArrayRef<Value> vectors);

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_INTERLEAVE_H
