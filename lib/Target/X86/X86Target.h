//===- X86Target.h - The x86-64 family ------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_X86_X86TARGET_H
#define LIB_TARGET_X86_X86TARGET_H

#include "oqat/Target/VectorTarget.h"

namespace mlir::oqat {

/// Pairs of codes and 16-bit weights by vpmaddwd: exact for every bit-width.
class MaddWordsDot : public DotProduct {
public:
  using DotProduct::DotProduct;
  StringRef getName() const override { return "pmaddwd"; }
  int64_t getGroup() const override { return 2; }
  int64_t getCodeBytes() const override { return 2; }
  Value loadCodes(KernelBuilder &builder, Value pointer) const override;
  Value loadWeights(KernelBuilder &builder, Value pointer) const override;
  Value add(KernelBuilder &builder, Value sum, Value codes,
            Value weights) const override;
};

/// Four codes and signed bytes per output by vpmaddubsw, summed in 16 bits, two
/// sums an output: twice the products of vpmaddwd. Exact where the weights
/// prove that no pair saturates and that both sums of every output fit, in the
/// end or after every few groups.
class MaddBytesDot : public DotProduct {
public:
  using DotProduct::DotProduct;
  StringRef getName() const override { return "pmaddubsw"; }
  int64_t getGroup() const override { return 4; }
  int64_t getElementBytes() const override { return 1; }
  int64_t getSegment(bitpack::Conv2DOp op, bool gathers) const override;
  int64_t getSegment(ArrayRef<int16_t> weights, int64_t inputs,
                     int64_t highest) const override;
  Value loadCodes(KernelBuilder &builder, Value pointer) const override;
  Value loadWeights(KernelBuilder &builder, Value pointer) const override;
  VectorType getSumType(KernelBuilder &builder) const override;
  Value add(KernelBuilder &builder, Value sum, Value codes,
            Value weights) const override;
  Value widen(KernelBuilder &builder, Value sum) const override;
};

/// Four unsigned codes times four signed bytes per lane by vpdpbusd.
class VnniDot : public DotProduct {
public:
  using DotProduct::DotProduct;
  StringRef getName() const override { return "vpdpbusd"; }
  bool sumsInPlace() const override { return true; }
  int64_t getGroup() const override { return 4; }
  int64_t getElementBytes() const override { return 1; }
  Value loadCodes(KernelBuilder &builder, Value pointer) const override;
  Value loadWeights(KernelBuilder &builder, Value pointer) const override;
  Value add(KernelBuilder &builder, Value sum, Value codes,
            Value weights) const override;
};

/// Pairs of products by vpmaddubsw and high halves by vpmulhrsw, vpmulhw and
/// vpmulhuw, which AVX2 and AVX-512 have.
class X86PairsTarget : public VectorTarget {
public:
  bool hasFma() const override { return true; }
  bool hasPairs() const override { return true; }
  Value multiplyPairs(KernelBuilder &builder, Value codes,
                      Value weights) const override;
  Value multiplyHigh(KernelBuilder &builder, Value lhs,
                     Value rhs) const override;
  Value takeHigh(KernelBuilder &builder, Value lhs, Value rhs,
                 bool isSigned) const override;
  Value pack(KernelBuilder &builder, Value low, Value high,
             bool isSigned) const override;
};

/// Lookups in tables of 16 bytes by vpshufb.
class X86Avx2Target : public X86PairsTarget {
public:
  int64_t lookupBytes() const override { return 32; }
  int64_t lookupGroup() const override { return 2; }
  Value lookUp(KernelBuilder &builder, Value entries,
               Value indices) const override;
};

/// Lookups in tables of 64 bytes by vpermb, bits by vpmultishiftqb.
class X86VbmiTarget : public X86PairsTarget {
public:
  int64_t lookupBytes() const override { return 64; }
  int64_t lookupGroup() const override { return 3; }
  Value lookUp(KernelBuilder &builder, Value entries,
               Value indices) const override;
  bool selectsBits() const override { return true; }
  Value selectBits(KernelBuilder &builder, Value bits,
                   Value shifts) const override;
};

/// AVX-512 VBMI on CPUs that start two products and one lookup a cycle, so that
/// other kernels are best.
class IntelVbmiTarget : public X86VbmiTarget {
public:
  /// `vectors` is AVX-512 VBMI by itself.
  explicit IntelVbmiTarget(const KernelTarget *vectors) : vectors(vectors) {
    productsPerCycle = 2;
  }
  /// Lookups are added in another way (VectorTarget::addLookup).
  const KernelTarget &getOwner(const LayerPlan &plan) const override {
    return plan.usesTable ? *this : *vectors;
  }

protected:
  const KernelTarget *vectors;
};

void registerX86Targets();

} // namespace mlir::oqat

#endif // LIB_TARGET_X86_X86TARGET_H
