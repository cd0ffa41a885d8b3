//===- ReadAhead.cpp - Prefetching panels ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReadAhead.h"

using namespace mlir;
using namespace mlir::oqat;

void mlir::oqat::planReadAhead(LayerPlan &plan, int64_t runs, int64_t steps) {
  constexpr int64_t kFewBytes = 16 * 1024;
  if (plan.panel->getBytes() >= kFewBytes)
    plan.prefetches = runs * steps;
}

void ReadAhead::start(llvm::function_ref<Value()> run) {
  if (steps == 0)
    return;
  Value distance =
      builder.create<arith::MulIOp>(builder.mul(run(), steps), frame.aheadStep);
  base = builder.at(frame.ahead, distance);
}

void ReadAhead::emit(Value step) {
  if (steps == 0)
    return;
  Value distance = builder.create<arith::MulIOp>(step, frame.aheadStep);
  builder.prefetch(builder.at(base, distance));
}
