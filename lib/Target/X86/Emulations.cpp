//===- Emulations.cpp - What intrinsics of x86 compute --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One emitter per instruction, for every vector length, and the table of
// intrinsics. Integers wrap around, as they do in the CPU. Operations are made
// one statement at a time, so that the IR doesn't depend on the host compiler.
//
//===----------------------------------------------------------------------===//

#include "Emulations.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {

/// Shorthand for vectors of integers.
class Writer {
public:
  explicit Writer(ImplicitLocOpBuilder &builder) : b(builder) {}

  static int64_t lanes(Value vector) {
    return cast<VectorType>(vector.getType()).getNumElements();
  }
  VectorType type(int64_t lanes, unsigned bits) {
    return VectorType::get(lanes, b.getIntegerType(bits));
  }

  /// A vector like `model` of f(0), f(1), ...
  template <typename Fn>
  Value lanesOf(Value model, Fn f) {
    auto type = cast<VectorType>(model.getType());
    SmallVector<Attribute> values;
    for (int64_t i = 0; i < type.getNumElements(); ++i)
      values.push_back(b.getIntegerAttr(type.getElementType(), f(i)));
    return b.create<LLVM::ConstantOp>(type,
                                      DenseElementsAttr::get(type, values));
  }
  Value splat(Value model, int64_t value) {
    return lanesOf(model, [=](int64_t) { return value; });
  }

  Value bytes(Value vector) {
    auto type = cast<VectorType>(vector.getType());
    return b.create<LLVM::BitcastOp>(
        this->type(type.getNumElements() * type.getElementTypeBitWidth() / 8,
                   8),
        vector);
  }
  Value sext(Value vector, unsigned bits) {
    return b.create<LLVM::SExtOp>(type(lanes(vector), bits), vector);
  }
  Value zext(Value vector, unsigned bits) {
    return b.create<LLVM::ZExtOp>(type(lanes(vector), bits), vector);
  }
  Value trunc(Value vector, unsigned bits) {
    return b.create<LLVM::TruncOp>(type(lanes(vector), bits), vector);
  }
  template <typename Op>
  Value binary(Value lhs, Value rhs) {
    return b.create<Op>(lhs.getType(), lhs, rhs);
  }
  Value add(Value lhs, Value rhs) { return binary<LLVM::AddOp>(lhs, rhs); }
  Value mul(Value lhs, Value rhs) { return binary<LLVM::MulOp>(lhs, rhs); }
  Value bitAnd(Value lhs, Value rhs) { return binary<LLVM::AndOp>(lhs, rhs); }
  Value bitAnd(Value lhs, int64_t rhs) { return bitAnd(lhs, splat(lhs, rhs)); }

  /// Elements f(0), ..., f(count - 1) of `low` with `high` behind it.
  template <typename Fn>
  Value permute(Value low, Value high, int64_t count, Fn f) {
    SmallVector<int32_t> mask;
    for (int64_t i = 0; i < count; ++i)
      mask.push_back(static_cast<int32_t>(f(i)));
    return b.create<LLVM::ShuffleVectorOp>(low, high, mask);
  }
  /// Every `step`-th element from `first` on.
  Value every(Value vector, int64_t step, int64_t first) {
    return permute(vector, vector, lanes(vector) / step,
                   [=](int64_t i) { return first + i * step; });
  }
  /// Sums of `step` neighbours.
  Value sums(Value vector, int64_t step) {
    Value sum = every(vector, step, 0);
    for (int64_t i = 1; i < step; ++i)
      sum = add(sum, every(vector, step, i));
    return sum;
  }

  /// table[index[i]] for every i; no index may lie outside the table.
  Value pick(Value table, Value index) {
    Value result = splat(index, 0), wide = zext(index, 32);
    for (int64_t i = 0; i < lanes(index); ++i) {
      Value place = b.create<LLVM::ConstantOp>(b.getI32Type(), i);
      Value at = b.create<LLVM::ExtractElementOp>(wide, place);
      Value element = b.create<LLVM::ExtractElementOp>(table, at);
      result = b.create<LLVM::InsertElementOp>(result, element, place);
    }
    return result;
  }

  ImplicitLocOpBuilder &b;
};

} // namespace

//===----------------------------------------------------------------------===//
// Sums of products
//===----------------------------------------------------------------------===//

/// pmaddwd: pairs of 16-bit products.
static Value maddWords(ImplicitLocOpBuilder &builder, ValueRange args) {
  Writer w(builder);
  Value a = w.sext(args[0], 32), b = w.sext(args[1], 32);
  return w.sums(w.mul(a, b), 2);
}

/// pmaddubsw: pairs of products, unsigned by signed; a product fits 16 bits,
/// the sum saturates.
static Value maddBytes(ImplicitLocOpBuilder &builder, ValueRange args) {
  Writer w(builder);
  Value a = w.zext(args[0], 16), b = w.sext(args[1], 16);
  Value products = w.mul(a, b);
  Value even = w.every(products, 2, 0), odd = w.every(products, 2, 1);
  return w.binary<LLVM::SAddSat>(even, odd);
}

/// pmulhrsw: rounded products of fractions of 15 bits.
static Value multiplyHigh(ImplicitLocOpBuilder &builder, ValueRange args) {
  Writer w(builder);
  Value products = w.mul(w.sext(args[0], 32), w.sext(args[1], 32));
  Value rounded = w.add(products, w.splat(products, 1 << 14));
  return w.trunc(w.binary<LLVM::AShrOp>(rounded, w.splat(rounded, 15)), 16);
}

/// pmulhw and pmulhuw: the high halves of products.
template <bool isSigned>
static Value takeHigh(ImplicitLocOpBuilder &builder, ValueRange args) {
  Writer w(builder);
  auto widen = [&](Value value) {
    return isSigned ? w.sext(value, 32) : w.zext(value, 32);
  };
  Value products = w.mul(widen(args[0]), widen(args[1]));
  return w.trunc(w.binary<LLVM::LShrOp>(products, w.splat(products, 16)), 16);
}

/// vpdpbusd: accumulator and four products, unsigned by signed.
static Value dotBytes(ImplicitLocOpBuilder &builder, ValueRange args) {
  Writer w(builder);
  Value a = w.zext(w.bytes(args[1]), 32), b = w.sext(w.bytes(args[2]), 32);
  return w.add(args[0], w.sums(w.mul(a, b), 4));
}

/// psadbw: sums of eight absolute differences.
static Value sumDifferences(ImplicitLocOpBuilder &builder, ValueRange args) {
  Writer w(builder);
  Value high = w.binary<LLVM::UMaxOp>(args[0], args[1]);
  Value low = w.binary<LLVM::UMinOp>(args[0], args[1]);
  Value difference = w.binary<LLVM::SubOp>(high, low);
  return w.sums(w.zext(difference, 64), 8);
}

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

/// pack: of every 16 bytes the elements of both arguments, clamped and halved.
static Value pack(ImplicitLocOpBuilder &builder, ValueRange args,
                  bool isSigned) {
  Writer w(builder);
  int64_t bits = cast<VectorType>(args[0].getType()).getElementTypeBitWidth();
  int64_t count = w.lanes(args[0]), perPart = 128 / bits;
  Value both = w.permute(args[0], args[1], 2 * count, [=](int64_t i) {
    int64_t part = i / (2 * perPart), place = i % (2 * perPart);
    return place / perPart * count + part * perPart + place % perPart;
  });
  int64_t range = int64_t(1) << bits / 2;
  Value lowest = w.splat(both, isSigned ? -range / 2 : 0);
  Value highest = w.splat(both, isSigned ? range / 2 - 1 : range - 1);
  Value clamped =
      w.binary<LLVM::SMinOp>(w.binary<LLVM::SMaxOp>(both, lowest), highest);
  return w.trunc(clamped, bits / 2);
}

static Value packSigned(ImplicitLocOpBuilder &builder, ValueRange args) {
  return pack(builder, args, /*isSigned=*/true);
}

static Value packUnsigned(ImplicitLocOpBuilder &builder, ValueRange args) {
  return pack(builder, args, /*isSigned=*/false);
}

//===----------------------------------------------------------------------===//
// Permutations of bytes
//===----------------------------------------------------------------------===//

/// pshufb: within 16 bytes; an index with its highest bit set gives 0.
static Value shuffleBytes(ImplicitLocOpBuilder &builder, ValueRange args) {
  Writer w(builder);
  Value index = args[1], zero = w.splat(index, 0);
  Value first = w.lanesOf(index, [](int64_t i) { return i / 16 * 16; });
  Value picked = w.pick(args[0], w.add(w.bitAnd(index, 15), first));
  Value cleared =
      builder.create<LLVM::ICmpOp>(LLVM::ICmpPredicate::slt, index, zero);
  return builder.create<LLVM::SelectOp>(cleared, zero, picked);
}

/// vpermb: across the whole vector, by the low bits of the index.
static Value permuteBytes(ImplicitLocOpBuilder &builder, ValueRange args) {
  Writer w(builder);
  return w.pick(args[0], w.bitAnd(args[1], w.lanes(args[0]) - 1));
}

/// vpermi2b: vpermb of two tables, one behind the other.
static Value permuteTwo(ImplicitLocOpBuilder &builder, ValueRange args) {
  Writer w(builder);
  int64_t both = 2 * w.lanes(args[0]);
  Value table = w.permute(args[0], args[2], both, [](int64_t i) { return i; });
  return w.pick(table, w.bitAnd(args[1], both - 1));
}

/// vpmultishiftqb: of the 64 bits at a byte's place, eight from the one on that
/// its control names, round and round.
static Value selectBits(ImplicitLocOpBuilder &builder, ValueRange args) {
  Writer w(builder);
  int64_t count = w.lanes(args[0]);
  Value shifts = w.bitAnd(w.zext(args[0], 64), 63);
  Value words = builder.create<LLVM::BitcastOp>(w.type(count / 8, 64), args[1]);
  Value parts = w.permute(words, words, count, [](int64_t i) { return i / 8; });
  Value turned =
      builder.create<LLVM::FshrOp>(parts.getType(), parts, parts, shifts);
  return w.trunc(turned, 8);
}

//===----------------------------------------------------------------------===//
// Matrices of bits
//===----------------------------------------------------------------------===//

/// gf2p8affineqb: bit i of a byte is the parity of the byte and byte 7 - i of
/// its matrix, the 64 bits at its place, inverted where the immediate has bit
/// i.
static Value affineBits(ImplicitLocOpBuilder &builder, ValueRange args) {
  Writer w(builder);
  Value x = args[0], matrix = args[1], result = w.splat(x, 0);
  int64_t count = w.lanes(x);
  for (int64_t bit = 0; bit < 8; ++bit) {
    Value row = w.permute(matrix, matrix, count,
                          [=](int64_t i) { return i / 8 * 8 + 7 - bit; });
    Value ones = builder.create<LLVM::CtPopOp>(x.getType(), w.bitAnd(x, row));
    Value parity = w.bitAnd(ones, 1);
    result = w.binary<LLVM::OrOp>(
        result, w.binary<LLVM::ShlOp>(parity, w.splat(x, bit)));
  }
  Value zero = builder.create<LLVM::ConstantOp>(builder.getI32Type(), 0);
  Value single =
      builder.create<LLVM::InsertElementOp>(w.splat(x, 0), args[2], zero);
  Value inverted = w.permute(single, single, count, [](int64_t) { return 0; });
  return w.binary<LLVM::XOrOp>(result, inverted);
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

Emulation mlir::oqat::lookupEmulation(StringRef intrinsic) {
  if (!intrinsic.consume_front("llvm.x86."))
    return nullptr;
  return llvm::StringSwitch<Emulation>(intrinsic)
      .Cases("sse2.pmadd.wd", "avx2.pmadd.wd", "avx512.pmaddw.d.512", maddWords)
      .Cases("ssse3.pmadd.ub.sw.128", "avx2.pmadd.ub.sw",
             "avx512.pmaddubs.w.512", maddBytes)
      .Cases("avx2.pmul.hr.sw", "avx512.pmul.hr.sw.512", multiplyHigh)
      .Cases("avx2.pmulh.w", "avx512.pmulh.w.512", takeHigh<true>)
      .Cases("avx2.pmulhu.w", "avx512.pmulhu.w.512", takeHigh<false>)
      .Cases("avx512.vpdpbusd.128", "avx512.vpdpbusd.256",
             "avx512.vpdpbusd.512", dotBytes)
      .Cases("sse2.psad.bw", "avx2.psad.bw", "avx512.psad.bw.512",
             sumDifferences)
      .Cases("avx2.packssdw", "avx2.packsswb", "avx512.packssdw.512",
             "avx512.packsswb.512", packSigned)
      .Cases("avx2.packusdw", "avx2.packuswb", "avx512.packusdw.512",
             "avx512.packuswb.512", packUnsigned)
      .Cases("ssse3.pshuf.b.128", "avx2.pshuf.b", "avx512.pshuf.b.512",
             shuffleBytes)
      .Cases("avx512.permvar.qi.128", "avx512.permvar.qi.256",
             "avx512.permvar.qi.512", permuteBytes)
      .Cases("avx512.vpermi2var.qi.128", "avx512.vpermi2var.qi.256",
             "avx512.vpermi2var.qi.512", permuteTwo)
      .Cases("avx512.pmultishift.qb.128", "avx512.pmultishift.qb.256",
             "avx512.pmultishift.qb.512", selectBits)
      .Cases("vgf2p8affineqb.128", "vgf2p8affineqb.256", "vgf2p8affineqb.512",
             affineBits)
      .Default(nullptr);
}
