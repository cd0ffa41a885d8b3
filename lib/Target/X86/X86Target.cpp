//===- X86Target.cpp - The x86-64 family ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "X86Target.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace mlir::oqat;

//===----------------------------------------------------------------------===//
// vpmaddwd
//===----------------------------------------------------------------------===//

Value X86MaddTarget::loadCodes(KernelBuilder &builder, Value pointer) const {
  Type word = builder.getI32Type();
  Value pair = builder.create<arith::ExtUIOp>(
      word, builder.load(builder.getI16Type(), pointer));
  Value low = builder.create<arith::AndIOp>(pair, builder.constant(word, 0xff));
  Value high = builder.create<arith::ShLIOp>(
      builder.create<arith::AndIOp>(pair, builder.constant(word, 0xff00)),
      builder.constant(word, 8));
  Value both = builder.create<arith::OrIOp>(low, high);
  return builder.create<LLVM::BitcastOp>(
      builder.vectorOf(builder.getI16Type(), 2 * lanes),
      builder.splat(both, lanes));
}

Value X86MaddTarget::loadWeights(KernelBuilder &builder, Value pointer) const {
  return builder.load(builder.vectorOf(builder.getI16Type(), 2 * lanes),
                      pointer);
}

Value X86MaddTarget::dot(KernelBuilder &builder, Value accumulator, Value codes,
                         Value weights) const {
  StringRef intrinsic =
      lanes == 8 ? "llvm.x86.avx2.pmadd.wd" : "llvm.x86.sse2.pmadd.wd";
  auto call = builder.create<LLVM::CallIntrinsicOp>(
      accumulator.getType(), builder.getStringAttr(intrinsic),
      ValueRange{codes, weights});
  return builder.create<arith::AddIOp>(accumulator, call.getResults());
}

//===----------------------------------------------------------------------===//
// vpdpbusd
//===----------------------------------------------------------------------===//

Value X86VnniTarget::loadCodes(KernelBuilder &builder, Value pointer) const {
  return builder.splat(builder.load(builder.getI32Type(), pointer), lanes);
}

Value X86VnniTarget::loadWeights(KernelBuilder &builder, Value pointer) const {
  return builder.load(builder.vectorOf(builder.getI32Type(), lanes), pointer);
}

Value X86VnniTarget::dot(KernelBuilder &builder, Value accumulator, Value codes,
                         Value weights) const {
  auto call = builder.create<LLVM::CallIntrinsicOp>(
      accumulator.getType(),
      builder.getStringAttr("llvm.x86.avx512.vpdpbusd.512"),
      ValueRange{accumulator, codes, weights});
  return call.getResults();
}

//===----------------------------------------------------------------------===//
// vpshufb and vpermb
//===----------------------------------------------------------------------===//

static Value callShuffle(KernelBuilder &builder, StringRef intrinsic,
                         Value entries, Value indices) {
  auto call = builder.create<LLVM::CallIntrinsicOp>(
      entries.getType(), builder.getStringAttr(intrinsic),
      ValueRange{entries, indices});
  return call.getResults();
}

Value X86Avx2Target::lookUp(KernelBuilder &builder, Value entries,
                            Value indices) const {
  return callShuffle(builder, "llvm.x86.avx2.pshuf.b", entries, indices);
}

Value X86VbmiTarget::lookUp(KernelBuilder &builder, Value entries,
                            Value indices) const {
  return callShuffle(builder, "llvm.x86.avx512.permvar.qi.512", entries,
                     indices);
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
  registerKernelTarget(std::move(target));
}

void mlir::oqat::registerX86Targets() {
  add(std::make_unique<X86MaddTarget>(), "x86-64", "any x86-64 CPU (SSE2)", "",
      4, 16);
  add(std::make_unique<X86Avx2Target>(), "avx2", "x86-64 with AVX2",
      "+avx2,+bmi2", 8, 16);
  add(std::make_unique<X86VnniTarget>(), "avx512vnni",
      "x86-64 with AVX-512 and VNNI",
      "+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni,+bmi2", 16, 32);
  add(std::make_unique<X86VbmiTarget>(), "avx512vbmi",
      "x86-64 with AVX-512, VNNI and VBMI",
      "+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni,+avx512vbmi,+bmi2",
      16, 32);
}
