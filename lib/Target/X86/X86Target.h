//===- X86Target.h - The x86-64 family ------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_X86_X86TARGET_H
#define LIB_TARGET_X86_X86TARGET_H

#include "oqat/Target/VectorTarget.h"

namespace mlir::oqat {

/// Pairs of codes and 16-bit weights by vpmaddwd: exact for every bit-width,
/// where vpmaddubsw would saturate at 8 bits.
class X86MaddTarget : public VectorTarget {
public:
  StringRef dotName() const override { return "pmaddwd"; }
  int64_t dotGroup() const override { return 2; }
  int64_t dotElementBytes() const override { return 2; }
  Value loadCodes(KernelBuilder &builder, Value pointer) const override;
  Value loadWeights(KernelBuilder &builder, Value pointer) const override;
  Value dot(KernelBuilder &builder, Value accumulator, Value codes,
            Value weights) const override;
};

/// Besides, lookups in tables of 16 bytes by vpshufb.
class X86Avx2Target : public X86MaddTarget {
public:
  int64_t lookupBytes() const override { return 32; }
  int64_t lookupGroup() const override { return 2; }
  Value lookUp(KernelBuilder &builder, Value entries,
               Value indices) const override;
};

/// Four unsigned codes times four signed bytes per lane by vpdpbusd.
class X86VnniTarget : public VectorTarget {
public:
  StringRef dotName() const override { return "vpdpbusd"; }
  int64_t dotGroup() const override { return 4; }
  int64_t dotElementBytes() const override { return 1; }
  Value loadCodes(KernelBuilder &builder, Value pointer) const override;
  Value loadWeights(KernelBuilder &builder, Value pointer) const override;
  Value dot(KernelBuilder &builder, Value accumulator, Value codes,
            Value weights) const override;
};

/// Besides, lookups in tables of 64 bytes by vpermb.
class X86VbmiTarget : public X86VnniTarget {
public:
  int64_t lookupBytes() const override { return 64; }
  int64_t lookupGroup() const override { return 3; }
  Value lookUp(KernelBuilder &builder, Value entries,
               Value indices) const override;
};

void registerX86Targets();

} // namespace mlir::oqat

#endif // LIB_TARGET_X86_X86TARGET_H
