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

/// Whether the target packs such vectors.
bool PackedStore::packs(ArrayRef<Value> vectors) const {
  auto type = cast<VectorType>(vectors.front().getType());
  return target.hasPairs() && vectors.size() > 1 &&
         type.getNumElements() * int64_t{type.getElementTypeBitWidth()} ==
             8 * vectorBytes;
}

/// One vector by packing two at a time, which leaves of every 16 bytes those of
/// the first vector, then those of the second one ...
Value PackedStore::pack(ArrayRef<Value> vectors, bool isSigned) {
  SmallVector<Value> parts(vectors);
  while (parts.size() > 1) {
    bool isLast = parts.size() == 2;
    for (size_t i = 0; i < parts.size() / 2; ++i)
      parts[i] = target.pack(builder, parts[2 * i], parts[2 * i + 1],
                             isSigned || !isLast);
    parts.resize(parts.size() / 2);
  }
  return parts.front();
}

/// Brings the parts of each of `count` vectors that were packed together.
Value PackedStore::joinParts(Value packed, int64_t count) {
  auto type = cast<VectorType>(packed.getType());
  int64_t elements = type.getNumElements();
  int64_t perPart = 128 / type.getElementTypeBitWidth() / count,
          perVector = elements / count;
  SmallVector<int32_t> order;
  for (int64_t i = 0; i < elements; ++i) {
    int64_t vector = i / perVector, part = i % perVector / perPart;
    order.push_back(
        static_cast<int32_t>((part * count + vector) * perPart + i % perPart));
  }
  return builder.create<LLVM::ShuffleVectorOp>(packed, packed, order);
}

/// One vector of them all in `bits`. LLVM knows clamping and truncation as the
/// saturating instructions of a CPU.
Value PackedStore::saturate(ArrayRef<Value> vectors, unsigned bits,
                            bool isSigned, bool areParted) {
  if (packs(vectors)) {
    Value packed = pack(vectors, isSigned);
    return areParted ? packed : joinParts(packed, vectors.size());
  }
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

/// Bytes of what `onShorts` makes of 16 bits of the sums, `perPixel` vectors of
/// which lie side by side. Packed parts come together in the end only.
Value PackedStore::saturateShorts(ArrayRef<Value> vectors, Value channel,
                                  int64_t perPixel, bool isSigned,
                                  bool areParted, ShortsFn onShorts) {
  auto type = cast<VectorType>(vectors.front().getType());
  int64_t lanes = type.getNumElements(),
          each = type.getElementTypeBitWidth() / 16;
  bool isRaw = each != 1 && packs(vectors);
  SmallVector<Value> shorts;
  for (int64_t i = 0, n = vectors.size(); i < n; i += each) {
    ArrayRef<Value> own = vectors.slice(i, each);
    Value narrow = each == 1 ? own.front()
                   : isRaw   ? pack(own, /*isSigned=*/true)
                             : saturate(own, 16, /*isSigned=*/true, areParted);
    SmallVector<int32_t> order;
    for (int64_t element = 0; element < each * lanes; ++element) {
      int64_t place = element;
      if (isRaw && !areParted) {
        // Of a part, half is of either vector.
        constexpr int64_t kPart = 8, kHalf = 4;
        place = element % kPart / kHalf * lanes + element / kPart * kHalf +
                element % kHalf;
      }
      order.push_back(
          static_cast<int32_t>(place % (std::min(each, perPixel) * lanes)));
    }
    shorts.push_back(
        onShorts(narrow, builder.add(channel, i % perPixel * lanes), order));
  }
  if (!isRaw)
    return saturate(shorts, 8, isSigned, areParted);
  Value packed = pack(shorts, isSigned);
  return areParted ? packed : joinParts(packed, vectors.size());
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
      packs.bytes.push_back(
          onShorts ? saturateShorts(prepared, packs.channel, vectors, isSigned,
                                    sums.areParted, onShorts)
                   : saturate(prepared, 8, isSigned, sums.areParted));
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
