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

/// The same by packing two vectors at a time, which leaves of every 16 bytes
/// those of the first vector, then those of the second one: then each vector's
/// parts come together, unless they were parted so.
Value PackedStore::pack(ArrayRef<Value> vectors, unsigned bits, bool isSigned,
                        bool areParted) {
  SmallVector<Value> parts(vectors);
  while (parts.size() > 1) {
    bool isLast = parts.size() == 2;
    for (size_t i = 0; i < parts.size() / 2; ++i)
      parts[i] = target.pack(builder, parts[2 * i], parts[2 * i + 1],
                             isSigned || !isLast);
    parts.resize(parts.size() / 2);
  }
  if (areParted)
    return parts.front();
  auto type = cast<VectorType>(parts.front().getType());
  int64_t elements = type.getNumElements(), count = vectors.size();
  int64_t perPart = 128 / bits / count, perVector = elements / count;
  SmallVector<int32_t> order;
  for (int64_t i = 0; i < elements; ++i) {
    int64_t vector = i / perVector, part = i % perVector / perPart;
    order.push_back(
        static_cast<int32_t>((part * count + vector) * perPart + i % perPart));
  }
  return builder.create<LLVM::ShuffleVectorOp>(parts.front(), parts.front(),
                                               order);
}

/// One vector of them all in `bits`. LLVM knows clamping and truncation as the
/// saturating instructions of a CPU.
Value PackedStore::saturate(ArrayRef<Value> vectors, unsigned bits,
                            bool isSigned, bool areParted) {
  auto part = cast<VectorType>(vectors.front().getType());
  bool isFull =
      part.getNumElements() * int64_t{part.getElementTypeBitWidth()} ==
      8 * vectorBytes;
  if (target.hasPairs() && isFull && vectors.size() > 1)
    return pack(vectors, bits, isSigned, areParted);
  SmallVector<Value> parts(vectors);
  for (size_t step = 1; step < vectors.size(); step *= 2)
    for (size_t i = 0; i < parts.size(); i += 2 * step)
      parts[i] = concatenate(builder, parts[i], parts[i + step]);
  Value all = parts.front();
  auto type = cast<VectorType>(all.getType());
  auto clamp = [&](int64_t low, int64_t high) {
    all = builder.create<arith::MaxSIOp>(
        all, builder.constant(type, static_cast<double>(low)));
    all = builder.create<arith::MinSIOp>(
        all, builder.constant(type, static_cast<double>(high)));
  };
  int64_t range = int64_t(1) << bits;
  isSigned ? clamp(-range / 2, range / 2 - 1) : clamp(0, range - 1);
  return builder.create<arith::TruncIOp>(
      builder.vectorOf(builder.getIntegerType(bits), type.getNumElements()),
      all);
}

/// Vectors of 16 bits of those of sums, `perPixel` of which lie side by side.
SmallVector<Value> PackedStore::toShorts(ArrayRef<Value> vectors, Value channel,
                                         int64_t perPixel, bool areParted,
                                         ShortsFn onShorts) {
  auto type = cast<VectorType>(vectors.front().getType());
  int64_t each = type.getElementTypeBitWidth() / 16;
  SmallVector<Value> shorts;
  for (int64_t i = 0, n = vectors.size(); i < n; i += each) {
    Value narrow = each == 1 ? vectors[i]
                             : saturate(vectors.slice(i, each), 16,
                                        /*isSigned=*/true, areParted);
    shorts.push_back(onShorts(
        narrow, builder.add(channel, i % perPixel * type.getNumElements()),
        std::min(each, perPixel) * type.getNumElements()));
  }
  return shorts;
}

void PackedStore::emit(const TileSums &sums, bool isSigned,
                       llvm::function_ref<Value(Value, Value, Value)> prepare,
                       llvm::function_ref<void(Packs &)> finish,
                       ShortsFn onShorts) {
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
      if (onShorts)
        prepared = toShorts(prepared, packs.channel, vectors, sums.areParted,
                            onShorts);
      packs.bytes.push_back(saturate(prepared, 8, isSigned, sums.areParted));
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
