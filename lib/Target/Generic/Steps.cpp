//===- Steps.cpp - Counting the steps below a value -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Steps.h"

using namespace mlir;
using namespace mlir::oqat;

static constexpr unsigned kMaskedBits = 512;

Value mlir::oqat::countStep(KernelBuilder &builder, Value code, Value isAbove,
                            int64_t count) {
  auto type = cast<VectorType>(code.getType());
  if (type.getNumElements() * type.getElementTypeBitWidth() >= kMaskedBits)
    return builder.create<arith::SelectOp>(
        isAbove, builder.constant(type, static_cast<double>(count)), code);
  return builder.create<arith::SubIOp>(
      code, builder.create<arith::ExtSIOp>(type, isAbove));
}
