//===- PartedOrder.cpp - Channels in the order of interleaved bytes -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PartedOrder.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;

int64_t PartedOrder::channelAt(int64_t place, int64_t bits) const {
  // As bytes a part has that many channels.
  constexpr int64_t kPart = 16;
  int64_t block = 4 * lanes, elements = lanes * 32 / bits, run = 128 / bits;
  int64_t inBlock = place % block;
  int64_t vector = inBlock / elements, part = inBlock % elements / run;
  return place - inBlock + part * kPart + vector * run + place % run;
}

SmallVector<Value> mlir::oqat::transposeParts(KernelBuilder &builder,
                                              ArrayRef<Value> vectors) {
  // Of two vectors, two parts of each.
  auto pick = [&](Value lhs, Value rhs, int64_t first, int64_t second) {
    constexpr int32_t kWords = 4, kVector = 16;
    SmallVector<int32_t> order;
    for (int64_t vector : {0, 1})
      for (int64_t part : {first, second})
        for (int32_t i = 0; i < kWords; ++i)
          order.push_back(static_cast<int32_t>(vector) * kVector +
                          static_cast<int32_t>(part) * kWords + i);
    return builder.create<LLVM::ShuffleVectorOp>(lhs, rhs, order).getResult();
  };
  SmallVector<Value> result;
  for (int64_t half : {0, 2}) {
    Value upper = pick(vectors[0], vectors[1], half, half + 1);
    Value lower = pick(vectors[2], vectors[3], half, half + 1);
    result.push_back(pick(upper, lower, 0, 2));
    result.push_back(pick(upper, lower, 1, 3));
  }
  return result;
}
