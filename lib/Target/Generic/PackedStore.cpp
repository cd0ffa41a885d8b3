//===- PackedStore.cpp - Sums of 32 or 16 bits to bytes -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedStore.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include <numeric>

using namespace mlir;
using namespace mlir::oqat;

static Value concatenate(KernelBuilder &builder, Value low, Value high) {
  int64_t elements = cast<VectorType>(low.getType()).getNumElements();
  return builder.create<LLVM::ShuffleVectorOp>(
      low, high,
      llvm::to_vector(
          llvm::seq<int32_t>(0, static_cast<int32_t>(2 * elements))));
}

/// LLVM knows clamping and truncation as the saturating instructions of a CPU.
Value PackedStore::saturate(ArrayRef<Value> vectors, bool isSigned) {
  SmallVector<Value> parts(vectors);
  for (size_t step = 1; step < vectors.size(); step *= 2)
    for (size_t i = 0; i < parts.size(); i += 2 * step)
      parts[i] = concatenate(builder, parts[i], parts[i + step]);
  Value all = parts.front();
  Type type = all.getType();
  all = builder.create<arith::MaxSIOp>(
      all, builder.constant(type, isSigned ? -128 : 0));
  all = builder.create<arith::MinSIOp>(
      all, builder.constant(type, isSigned ? 127 : 255));
  return builder.create<arith::TruncIOp>(
      builder.vectorOf(builder.getI8Type(), vectorBytes), all);
}

void PackedStore::emit(const TileSums &sums, bool isSigned,
                       llvm::function_ref<Value(Value, Value, Value)> prepare,
                       llvm::function_ref<void(Packs &)> finish) {
  int64_t lanes = sums.lanes(), perPack = vectorBytes / lanes;
  // What is missing of a pack repeats the last vector or the last pixel.
  int64_t vectors =
      sums.pixels() == 1 ? perPack : std::gcd(sums.vectors, perPack);
  Packs packs;
  packs.channels = vectors * lanes;
  packs.pixels = perPack / vectors;
  for (int64_t v = 0; v < sums.vectors; v += vectors) {
    packs.channel = builder.add(sums.channel, v * lanes);
    packs.bytes.clear();
    for (int64_t p = 0; p < sums.pixels(); p += packs.pixels) {
      SmallVector<Value> prepared;
      for (int64_t i = 0; i < perPack; ++i) {
        int64_t pixel = std::min(p + i / vectors, sums.pixels() - 1);
        int64_t vector = std::min(v + i % vectors, sums.vectors - 1);
        prepared.push_back(prepare(sums.values[pixel * sums.vectors + vector],
                                   builder.add(sums.pixel, pixel),
                                   builder.add(sums.channel, vector * lanes)));
      }
      packs.bytes.push_back(saturate(prepared, isSigned));
    }
    finish(packs);
    int64_t count = std::min((sums.vectors - 1 - v) * lanes + sums.lastCount,
                             packs.channels);
    for (int64_t p = 0; p < sums.pixels(); ++p) {
      Value place = builder.add(
          builder.mul(builder.add(sums.pixel, p), channels), packs.channel);
      builder.storeFirst(builder.slice(packs.bytes[p / packs.pixels],
                                       p % packs.pixels * packs.channels,
                                       packs.channels),
                         count, builder.at(frame.result, place));
    }
  }
}
