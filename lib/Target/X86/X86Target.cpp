//===- X86Target.cpp - The x86-64 family ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "X86Target.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "oqat/Target/Weights.h"

#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace mlir::oqat;

static Value callIntrinsic(KernelBuilder &builder, StringRef intrinsic,
                           Type type, ValueRange operands) {
  return builder
      .create<LLVM::CallIntrinsicOp>(type, builder.getStringAttr(intrinsic),
                                     operands)
      .getResults();
}

//===----------------------------------------------------------------------===//
// vpmaddwd
//===----------------------------------------------------------------------===//

Value MaddWordsDot::loadCodes(KernelBuilder &builder, Value pointer) const {
  Value pair =
      builder.splat(builder.load(builder.getI32Type(), pointer), lanes);
  return builder.create<LLVM::BitcastOp>(
      builder.vectorOf(builder.getI16Type(), 2 * lanes), pair);
}

Value MaddWordsDot::loadWeights(KernelBuilder &builder, Value pointer) const {
  return builder.load(builder.vectorOf(builder.getI16Type(), 2 * lanes),
                      pointer);
}

static Value maddWords(KernelBuilder &builder, Value lhs, Value rhs) {
  int64_t lanes = cast<VectorType>(lhs.getType()).getNumElements() / 2;
  return callIntrinsic(
      builder, lanes == 8 ? "llvm.x86.avx2.pmadd.wd" : "llvm.x86.sse2.pmadd.wd",
      builder.vectorOf(builder.getI32Type(), lanes), {lhs, rhs});
}

Value MaddWordsDot::add(KernelBuilder &builder, Value sum, Value codes,
                        Value weights) const {
  return builder.create<arith::AddIOp>(sum, maddWords(builder, codes, weights));
}

//===----------------------------------------------------------------------===//
// vpmaddubsw
//===----------------------------------------------------------------------===//

bool MaddBytesDot::isExact(bitpack::Conv2DOp op) const {
  auto codes =
      cast<bitpack::CodesType>(op.getInput().getType().getElementType());
  int64_t inputs = op.getInput().getType().getDimSize(3);
  int64_t taps = op.getKernel()[0] * op.getKernel()[1];
  // Taps outside the picture would need their corrections in 16 bits.
  if ((op.getInputZeroPoint() != 0 && (taps != 1 || op.getStride() != 1)) ||
      (op.getOdd() && op.getWeightBits() == 8))
    return false;
  const int64_t highest = (int64_t(1) << codes.getBits()) - 1;
  constexpr int64_t kMax = std::numeric_limits<int16_t>::max();
  std::vector<int16_t> weights = unpackWeights(op, op.getOdd());
  for (size_t row = 0; row < weights.size(); row += taps * inputs) {
    // Of either half of a group: the sums of its positive and of its negative
    // weights, between which lies what any taps of them can add up to.
    int64_t ups[2] = {0, 0}, downs[2] = {0, 0};
    for (int64_t tap = 0; tap < taps; ++tap)
      for (int64_t c = 0; c < inputs; c += 2) {
        int64_t up = 0, down = 0;
        for (int64_t i = c; i < std::min(c + 2, inputs); ++i) {
          int16_t weight = weights[row + tap * inputs + i];
          (weight > 0 ? up : down) += std::abs(weight);
        }
        if (highest * std::max(up, down) > kMax)
          return false;
        ups[c / 2 % 2] += highest * up;
        downs[c / 2 % 2] += highest * down;
      }
    if (std::max({ups[0], ups[1], downs[0], downs[1]}) > kMax)
      return false;
  }
  return true;
}

Value MaddBytesDot::loadCodes(KernelBuilder &builder, Value pointer) const {
  Value four =
      builder.splat(builder.load(builder.getI32Type(), pointer), lanes);
  return builder.create<LLVM::BitcastOp>(
      builder.vectorOf(builder.getI8Type(), 4 * lanes), four);
}

Value MaddBytesDot::loadWeights(KernelBuilder &builder, Value pointer) const {
  return builder.load(builder.vectorOf(builder.getI8Type(), 4 * lanes),
                      pointer);
}

VectorType MaddBytesDot::getSumType(KernelBuilder &builder) const {
  return builder.vectorOf(builder.getI16Type(), 2 * lanes);
}

Value MaddBytesDot::add(KernelBuilder &builder, Value sum, Value codes,
                        Value weights) const {
  return builder.create<arith::AddIOp>(
      sum, callIntrinsic(builder, "llvm.x86.avx2.pmadd.ub.sw", sum.getType(),
                         {codes, weights}));
}

Value MaddBytesDot::widen(KernelBuilder &builder, Value sum) const {
  return maddWords(builder, sum, builder.constant(sum.getType(), 1));
}

//===----------------------------------------------------------------------===//
// vpdpbusd
//===----------------------------------------------------------------------===//

Value VnniDot::loadCodes(KernelBuilder &builder, Value pointer) const {
  return builder.splat(builder.load(builder.getI32Type(), pointer), lanes);
}

Value VnniDot::loadWeights(KernelBuilder &builder, Value pointer) const {
  return builder.load(builder.vectorOf(builder.getI32Type(), lanes), pointer);
}

Value VnniDot::add(KernelBuilder &builder, Value sum, Value codes,
                   Value weights) const {
  return callIntrinsic(builder, "llvm.x86.avx512.vpdpbusd.512", sum.getType(),
                       {sum, codes, weights});
}

//===----------------------------------------------------------------------===//
// vpshufb and vpermb
//===----------------------------------------------------------------------===//

Value X86Avx2Target::lookUp(KernelBuilder &builder, Value entries,
                            Value indices) const {
  return callIntrinsic(builder, "llvm.x86.avx2.pshuf.b", entries.getType(),
                       {entries, indices});
}

Value X86VbmiTarget::lookUp(KernelBuilder &builder, Value entries,
                            Value indices) const {
  return callIntrinsic(builder, "llvm.x86.avx512.permvar.qi.512",
                       entries.getType(), {entries, indices});
}

//===----------------------------------------------------------------------===//
// Registry
//===----------------------------------------------------------------------===//

static bool hostHas(StringRef features) {
  llvm::Triple host(llvm::sys::getProcessTriple());
  if (host.getArch() != llvm::Triple::x86_64)
    return false;
  llvm::StringMap<bool> present = llvm::sys::getHostCPUFeatures();
  SmallVector<StringRef> wanted;
  features.split(wanted, ',', -1, /*KeepEmpty=*/false);
  return llvm::all_of(wanted, [&](StringRef feature) {
    return present.lookup(feature.drop_front());
  });
}

static void add(std::unique_ptr<VectorTarget> target, StringRef name,
                StringRef description, StringRef features, int64_t lanes,
                int64_t registers) {
  target->name = name;
  target->description = description;
  target->triple = "x86_64-unknown-linux-gnu";
  target->cpu = "x86-64";
  target->features = features;
  target->runsHere = hostHas(features);
  target->lanes = lanes;
  target->registers = registers;
  if (lanes == 16) {
    target->dots.push_back(std::make_unique<VnniDot>(lanes));
  } else {
    if (lanes == 8)
      target->dots.push_back(std::make_unique<MaddBytesDot>(lanes));
    target->dots.push_back(std::make_unique<MaddWordsDot>(lanes));
  }
  registerKernelTarget(std::move(target));
}

void mlir::oqat::registerX86Targets() {
  add(std::make_unique<VectorTarget>(), "x86-64", "any x86-64 CPU (SSE2)", "",
      4, 16);
  add(std::make_unique<X86Avx2Target>(), "avx2", "x86-64 with AVX2",
      "+avx2,+bmi2", 8, 16);
  std::string vnni = "+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni,+bmi2";
  add(std::make_unique<VectorTarget>(), "avx512vnni",
      "x86-64 with AVX-512 and VNNI", vnni, 16, 32);
  add(std::make_unique<X86VbmiTarget>(), "avx512vbmi",
      "x86-64 with AVX-512, VNNI and VBMI", vnni + ",+avx512vbmi", 16, 32);
}
