//===- X86Target.cpp - The x86-64 family ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "X86Target.h"

#include "AmxTarget.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "oqat/Runtime/Cpu.h"
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

static Value maddBytes(KernelBuilder &builder, Value codes, Value weights) {
  int64_t count = cast<VectorType>(codes.getType()).getNumElements();
  return callIntrinsic(builder,
                       count == 64 ? "llvm.x86.avx512.pmaddubs.w.512"
                                   : "llvm.x86.avx2.pmadd.ub.sw",
                       builder.vectorOf(builder.getI16Type(), count / 2),
                       {codes, weights});
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

namespace {
/// What the weights of each sign add up to, in the first and in the second half
/// of every group of four. What any of them can add up to lies between both.
struct HalfSums {
  int64_t ups[2] = {}, downs[2] = {};

  void add(ArrayRef<int16_t> weights);
  /// Whether the products with codes up to `highest` stay in 16 bits.
  bool fit(int64_t highest) const {
    int64_t largest = std::max({ups[0], ups[1], downs[0], downs[1]});
    return largest * highest <= std::numeric_limits<int16_t>::max();
  }
};
} // namespace

void HalfSums::add(ArrayRef<int16_t> weights) {
  // Compilers make vectors of sums of 32 bits, exact for so many weights.
  constexpr size_t kGroup = 4, kBlock = size_t(1) << 14;
  while (!weights.empty()) {
    ArrayRef<int16_t> block = weights.take_front(kBlock);
    weights = weights.drop_front(block.size());
    int32_t up[kGroup] = {}, down[kGroup] = {};
    auto addGroup = [&](const int16_t *group, size_t count) {
      for (size_t i = 0; i < count; ++i) {
        up[i] += std::max<int32_t>(group[i], 0);
        down[i] += std::max<int32_t>(-group[i], 0);
      }
    };
    size_t i = 0;
    for (; i + kGroup <= block.size(); i += kGroup)
      addGroup(block.data() + i, kGroup);
    addGroup(block.data() + i, block.size() - i);
    for (size_t half : {0, 1}) {
      ups[half] += up[2 * half] + up[2 * half + 1];
      downs[half] += down[2 * half] + down[2 * half + 1];
    }
  }
}

/// Whether both sums of an output, each over one half of every group, stay in
/// 16 bits where they start again every `span` inputs of a tap of `inputs`;
/// kAllGroups: never.
static bool rowFits(ArrayRef<int16_t> weights, int64_t inputs, int64_t span,
                    int64_t highest) {
  HalfSums sums;
  while (!weights.empty()) {
    ArrayRef<int16_t> tap = weights.take_front(inputs);
    weights = weights.drop_front(inputs);
    while (!tap.empty()) {
      size_t count = span == DotProduct::kAllGroups
                         ? tap.size()
                         : std::min<size_t>(span, tap.size());
      sums.add(tap.take_front(count));
      if (!sums.fit(highest))
        return false;
      if (span != DotProduct::kAllGroups)
        sums = HalfSums();
      tap = tap.drop_front(count);
    }
  }
  return true;
}

/// The same of all outputs, whose weights are rows of `count`.
static bool fitsShort(ArrayRef<int16_t> weights, int64_t count, int64_t inputs,
                      int64_t span, int64_t highest) {
  for (size_t row = 0; row < weights.size(); row += count)
    if (!rowFits(weights.slice(row, count), inputs, span, highest))
      return false;
  return true;
}

int64_t MaddBytesDot::getSegment(bitpack::Conv2DOp op, bool gathers) const {
  auto codes =
      cast<bitpack::CodesType>(op.getInput().getType().getElementType());
  int64_t taps = op.getKernel()[0] * op.getKernel()[1];
  int64_t channels = op.getInput().getType().getDimSize(3);
  int64_t inputs = gathers ? taps * channels : channels;
  bool isFlat = gathers || (taps == 1 && op.getStride() == 1);
  bool sumsCodes = op.getOdd() && op.getWeightBits() == 8;
  std::vector<int16_t> weights = unpackWeights(op, op.getOdd() && !sumsCodes);
  auto fits = [&](int64_t span) {
    return fitsShort(weights, taps * channels, inputs, span,
                     (int64_t(1) << codes.getBits()) - 1);
  };
  // Taps outside the picture would need their corrections in 16 bits, and so
  // would the sums of codes.
  if ((op.getInputZeroPoint() == 0 || isFlat) && !sumsCodes && fits(kAllGroups))
    return kAllGroups;
  // More groups than registers for their weights gain nothing.
  int64_t segment = 4;
  while (segment != 0 && !fits(segment * getGroup()))
    --segment;
  return segment;
}

int64_t MaddBytesDot::getSegment(ArrayRef<int16_t> weights, int64_t inputs,
                                 int64_t highest) const {
  int64_t groups = (inputs + 3) / 4;
  // As few segments as possible, about equally long.
  for (int64_t segments = 1; segments <= groups; ++segments) {
    int64_t segment = (groups + segments - 1) / segments;
    if (fitsShort(weights, inputs, inputs, segment * getGroup(), highest))
      return segment;
  }
  return 0;
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
  return builder.create<arith::AddIOp>(sum, maddBytes(builder, codes, weights));
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

Value X86PairsTarget::multiplyPairs(KernelBuilder &builder, Value codes,
                                    Value weights) const {
  return maddBytes(builder, codes, weights);
}

Value X86PairsTarget::multiplyHigh(KernelBuilder &builder, Value lhs,
                                   Value rhs) const {
  int64_t count = cast<VectorType>(lhs.getType()).getNumElements();
  return callIntrinsic(builder,
                       count == 32 ? "llvm.x86.avx512.pmul.hr.sw.512"
                                   : "llvm.x86.avx2.pmul.hr.sw",
                       lhs.getType(), {lhs, rhs});
}

Value X86PairsTarget::takeHigh(KernelBuilder &builder, Value lhs, Value rhs,
                               bool isSigned) const {
  bool isWide = cast<VectorType>(lhs.getType()).getNumElements() == 32;
  std::string name = isWide ? "llvm.x86.avx512.pmulh" : "llvm.x86.avx2.pmulh";
  name += isSigned ? ".w" : "u.w";
  if (isWide)
    name += ".512";
  return callIntrinsic(builder, name, lhs.getType(), {lhs, rhs});
}

Value X86PairsTarget::pack(KernelBuilder &builder, Value low, Value high,
                           bool isSigned) const {
  auto type = cast<VectorType>(low.getType());
  unsigned bits = type.getElementTypeBitWidth() / 2;
  int64_t count = 2 * type.getNumElements();
  std::string name =
      count * bits == 512 ? "llvm.x86.avx512." : "llvm.x86.avx2.";
  name += isSigned ? "packss" : "packus";
  name += bits == 16 ? "dw" : "wb";
  if (count * bits == 512)
    name += ".512";
  return callIntrinsic(builder, name,
                       builder.vectorOf(builder.getIntegerType(bits), count),
                       {low, high});
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

Value X86VbmiTarget::selectBits(KernelBuilder &builder, Value bits,
                                Value shifts) const {
  return callIntrinsic(builder, "llvm.x86.avx512.pmultishift.qb.512",
                       bits.getType(), {shifts, bits});
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

/// Whether the operating system lets this process use the features, as it must
/// let what objects run in.
static bool systemPermits(StringRef features) {
  bool hasTiles = features.contains("+amx-tile");
  return !hasTiles ||
         oqat_cpu_permit(uint64_t(1) << OQAT_CPU_FEATURE_AMXTILE) != 0;
}

static bool hostIsIntel() {
  using namespace llvm::sys::detail::x86;
  return getVendorSignature() == VendorSignatures::GENUINE_INTEL;
}

static void add(std::unique_ptr<VectorTarget> target, StringRef name,
                StringRef description, StringRef features, int64_t lanes,
                int64_t registers) {
  target->name = name;
  target->description = description;
  target->triple = "x86_64-unknown-linux-gnu";
  target->cpu = "x86-64";
  target->features = features;
  target->runsHere = hostHas(features) && systemPermits(features);
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
      "+avx2,+bmi2,+fma", 8, 16);
  std::string vnni =
      "+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni,+bmi2,+fma";
  add(std::make_unique<X86PairsTarget>(), "avx512vnni",
      "x86-64 with AVX-512 and VNNI", vnni, 16, 32);
  auto vbmi = std::make_unique<X86VbmiTarget>();
  auto intel = std::make_unique<IntelVbmiTarget>(vbmi.get());
  auto amx = std::make_unique<AmxTarget>(vbmi.get());
  add(std::move(vbmi), "avx512vbmi", "x86-64 with AVX-512, VNNI and VBMI",
      vnni + ",+avx512vbmi", 16, 32);
  intel->suitsHere = hostIsIntel();
  add(std::move(intel), "icelake",
      "as avx512vbmi, with the kernels that are best on Intel's CPUs",
      vnni + ",+avx512vbmi", 16, 32);
  add(std::move(amx), "amx", "x86-64 with AVX-512, VNNI, VBMI and AMX",
      vnni + ",+avx512vbmi,+amx-tile,+amx-int8", 16, 32);
}
