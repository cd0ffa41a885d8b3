//===- UnpackEmitter.cpp - Packed codes as elements of vectors ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Of bits that divide a byte, sixteen codes at a time become a vector of
// elements: bytes are halved until each has one code. Of others, and of short
// rows, four become one of words; what is left of a row is unpacked code by
// code.
//
//===----------------------------------------------------------------------===//

#include "UnpackEmitter.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::oqat;

UnpackEmitter::UnpackEmitter(KernelBuilder &builder, const WeightPanel &kind,
                             ValueRange arguments)
    : builder(builder), kind(kind), packed(arguments[0]), panel(arguments[1]),
      outputs(arguments[2]), taps(arguments[3]), inputs(arguments[4]),
      width(arguments[5]), rows(arguments[6]), zero(builder.index(0)) {}

bool UnpackEmitter::dividesByte() const {
  return llvm::isPowerOf2_64(kind.bits);
}

/// The signed code whose lowest bit is bit `bit` of the stream, as i16; 2q + 1
/// for a code q of odd weights.
Value UnpackEmitter::loadCode(Value bit) {
  Type half = builder.getI16Type(), size = builder.getI64Type();
  Value byte = shiftRight(bit, 3);
  Value raw = builder.create<arith::ExtUIOp>(
      size, builder.load(half, builder.at(packed, byte)));
  Value shifted = builder.create<arith::ShRUIOp>(
      raw, builder.create<arith::AndIOp>(bit, builder.index(7)));
  Value unused = builder.index(64 - kind.bits);
  Value code = builder.create<arith::ShRSIOp>(
      builder.create<arith::ShLIOp>(shifted, unused), unused);
  Value odd = builder.index(kind.odd);
  code = builder.create<arith::OrIOp>(builder.create<arith::ShLIOp>(code, odd),
                                      odd);
  return builder.create<arith::TruncIOp>(half, code);
}

/// The codes of four inputs whose first one's lowest bit is `bit`, as words.
Value UnpackEmitter::loadCodes(Value bit) {
  Value raw = builder.load(builder.getI64Type(),
                           builder.at(packed, shiftRight(bit, 3)));
  raw = builder.create<arith::ShRUIOp>(
      raw, builder.create<arith::AndIOp>(bit, builder.index(7)));
  Value four = builder.splat(
      builder.create<arith::TruncIOp>(builder.getI32Type(), raw), kCodes);
  SmallVector<int32_t> above;
  for (int64_t i = 1; i <= kCodes; ++i)
    above.push_back(static_cast<int32_t>(32 - i * kind.bits));
  Value left = builder.create<arith::ConstantOp>(
      DenseElementsAttr::get(words(), ArrayRef<int32_t>(above)));
  Value right = builder.constant(words(), static_cast<double>(32 - kind.bits));
  Value codes = builder.create<arith::ShRSIOp>(
      builder.create<arith::ShLIOp>(four, left), right);
  if (!kind.odd)
    return codes;
  return builder.add(builder.add(codes, codes), builder.constant(words(), 1));
}

Value mlir::oqat::interleave(KernelBuilder &builder, Value lhs, Value rhs,
                             int64_t first, int64_t count) {
  int64_t all = cast<VectorType>(lhs.getType()).getNumElements();
  SmallVector<int32_t> lanes;
  for (int64_t i = first; i < first + count; ++i)
    for (int64_t lane : {i, all + i})
      lanes.push_back(static_cast<int32_t>(lane));
  return builder.create<LLVM::ShuffleVectorOp>(lhs, rhs, lanes);
}

/// Every vector is interleaved with the one half of them behind it, as often as
/// they can be halved.
SmallVector<Value> mlir::oqat::transposeSquare(KernelBuilder &builder,
                                               SmallVector<Value> rows) {
  auto count = static_cast<int64_t>(rows.size());
  for (int64_t step = 1; step < count; step *= 2) {
    SmallVector<Value> next;
    for (int64_t i = 0; i < count / 2; ++i)
      for (int64_t half : {0, 1})
        next.push_back(interleave(builder, rows[i], rows[i + count / 2],
                                  half * count / 2, count / 2));
    rows = std::move(next);
  }
  return rows;
}

/// Sixteen codes of bits that divide a byte, each in the low bits of a byte.
Value UnpackEmitter::loadBytes(Value bit) {
  Value place = builder.at(packed, shiftRight(bit, 3));
  int64_t count = kManyCodes * kind.bits / 8;
  Value codes;
  if (kind.bits < 4) {
    Value raw = builder.create<arith::ShRUIOp>(
        builder.load(builder.getI64Type(), place),
        builder.create<arith::AndIOp>(bit, builder.index(7)));
    Type type = builder.getIntegerType(static_cast<unsigned>(8 * count));
    codes = builder.create<LLVM::BitcastOp>(
        bytes(count), builder.create<arith::TruncIOp>(type, raw));
  } else {
    codes = builder.load(bytes(count), place);
  }
  // Bytes of several codes become two of half as many.
  for (int64_t half = 4; half >= kind.bits; half /= 2, count *= 2) {
    auto constant = [&](int64_t value) {
      return builder.constant(bytes(count), static_cast<double>(value));
    };
    Value low = builder.create<arith::AndIOp>(
        codes, constant((int64_t(1) << half) - 1));
    Value high = builder.create<arith::ShRUIOp>(codes, constant(half));
    codes = interleave(builder, low, high, 0, count);
  }
  return codes;
}

/// Sixteen codes as signed elements.
Value UnpackEmitter::loadManyCodes(Value bit) {
  Value codes = loadBytes(bit);
  if (kind.bits < 8) {
    Value sign = builder.constant(codes.getType(),
                                  static_cast<double>(1 << (kind.bits - 1)));
    codes = builder.sub(builder.create<arith::XOrIOp>(codes, sign), sign);
  }
  if (kind.elementBytes != 1)
    codes = builder.create<arith::ExtSIOp>(
        builder.vectorOf(builder.getI16Type(), kManyCodes), codes);
  if (!kind.odd)
    return codes;
  return builder.add(builder.add(codes, codes),
                     builder.constant(codes.getType(), 1));
}
