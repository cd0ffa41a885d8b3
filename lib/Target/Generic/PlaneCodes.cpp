//===- PlaneCodes.cpp - Codes of pixels of a channel to planes ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlaneCodes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;

static constexpr int64_t kVector = 64, kWords = kVector / 4;
/// Vectors of words that are stored as one.
static constexpr size_t kJoined = 4;

/// The dot product with 1, 4, 16 and 64 is four codes side by side.
Value mlir::oqat::packPlaneCodes(KernelBuilder &builder,
                                 const VectorTarget &target, Value codes) {
  constexpr double kFields = 0x40100401;
  VectorType words = builder.vectorOf(builder.getI32Type(), kWords);
  return target.dots.front()->add(builder, builder.constant(words, 0),
                                  builder.create<LLVM::BitcastOp>(words, codes),
                                  builder.constant(words, kFields));
}

PlaneCodes::PlaneCodes(KernelBuilder &builder, const EmitContext &context,
                       const PlaneLayout &layout)
    : target(context.target), builder(builder),
      type(builder.vectorOf(builder.getI8Type(), kVector)) {
  int64_t rowPixels = layout.rowBytes() * PlaneLayout::kCodes;
  int64_t all = roundUp(layout.height * rowPixels, kVector);
  if (all == layout.height * layout.width)
    return;
  SmallVector<uint8_t> bits(all / 8, 0);
  for (int64_t i = 0; i < layout.height * rowPixels; ++i)
    if (i % rowPixels < layout.width)
      bits[i / 8] |= 1 << i % 8;
  pixels = context.frame.addBytes(bits);
}

SmallVector<Value> PlaneCodes::loadMasks(Value vector, int64_t count) {
  SmallVector<Value> masks;
  if (!pixels)
    return masks;
  Value first = builder.at(pixels, builder.mul(vector, kVector / 8));
  for (int64_t v = 0; v < count; ++v)
    masks.push_back(builder.create<LLVM::BitcastOp>(
        builder.vectorOf(builder.getI1Type(), kVector),
        builder.load(builder.getI64Type(),
                     builder.at(first, v * kVector / 8))));
  return masks;
}

void PlaneCodes::store(ArrayRef<Value> codes, ArrayRef<Value> masks,
                       Value goal) {
  SmallVector<Value> words;
  for (auto [v, code] : llvm::enumerate(codes)) {
    Value own = code;
    if (pixels)
      own = builder.create<arith::SelectOp>(masks[v], own,
                                            builder.constant(type, 0));
    words.push_back(packPlaneCodes(builder, target, own));
  }
  for (size_t first = 0; first < words.size(); first += kJoined)
    storeJoined(
        ArrayRef(words).slice(first, std::min(kJoined, words.size() - first)),
        builder.at(goal, static_cast<int64_t>(first) * kWords));
}

/// Up to four vectors of words as one of bytes.
void PlaneCodes::storeJoined(ArrayRef<Value> words, Value goal) {
  auto at = [&](size_t i) { return words[std::min(i, words.size() - 1)]; };
  // Packing leaves, in every 16-byte part, four bytes of each vector.
  Value low = target.pack(builder, at(0), at(1), /*isSigned=*/false);
  Value high = target.pack(builder, at(2), at(3), /*isSigned=*/false);
  Value four = target.pack(builder, low, high, /*isSigned=*/false);
  SmallVector<int32_t> order;
  for (int32_t word = 0; word < kWords; ++word)
    order.push_back(word % 4 * 4 + word / 4);
  four = builder.create<LLVM::BitcastOp>(
      builder.vectorOf(builder.getI32Type(), kWords), four);
  builder.storeFirst(builder.create<LLVM::ShuffleVectorOp>(four, four, order),
                     static_cast<int64_t>(words.size()) * 4, goal);
}
