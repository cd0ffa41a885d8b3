//===- ShortChannels.cpp - 16 bits for each channel -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShortChannels.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;

ShortChannels::ShortChannels(KernelFrame &frame, ArrayRef<int16_t> values,
                             const PartedOrder &parted, int64_t vectorBytes) {
  SmallVector<int16_t> padded = parted.order(values, /*bits=*/16);
  padded.resize(roundUp(padded.size(), vectorBytes), 0);
  base =
      frame.addBytes(ArrayRef(reinterpret_cast<const uint8_t *>(padded.data()),
                              padded.size() * sizeof(int16_t)));
}

Value ShortChannels::load(KernelBuilder &builder, Value channel,
                          ArrayRef<int32_t> order) const {
  int64_t channels = *llvm::max_element(order) + 1;
  Value values = builder.load(builder.vectorOf(builder.getI16Type(), channels),
                              builder.at(base, builder.mul(channel, 2)));
  if (llvm::equal(order, llvm::seq<int32_t>(0, order.size())))
    return values;
  return builder.create<LLVM::ShuffleVectorOp>(values, values, order);
}
