//===- ReadAhead.h - Prefetching panels -----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Panels come from the third-level cache each time a network runs, where a CPU
// has one that holds them all; layers that use a weight once, of one pixel,
// wait for nothing else. So kernels that are busy multiplying ask for panels
// that come later (KernelFrame::ahead), a line of the cache every few products.
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_READAHEAD_H
#define LIB_TARGET_GENERIC_READAHEAD_H

#include "Emitters.h"

namespace mlir::oqat {

/// Sets how often a kernel prefetches that goes over parts of its panel in
/// `runs` runs of `steps` steps. A layer of few weights doesn't: it is an early
/// one of large pictures, far from those that wait.
void planReadAhead(LayerPlan &plan, int64_t runs, int64_t steps);

/// The prefetches of those runs.
class ReadAhead {
public:
  ReadAhead(const EmitContext &context, KernelBuilder &builder, int64_t runs)
      : builder(builder), frame(context.frame),
        steps(context.plan.prefetches / runs) {}

  /// The following steps are those of run `run`.
  void start(llvm::function_ref<Value()> run);
  void emit(Value step);

private:
  KernelBuilder &builder;
  KernelFrame &frame;
  int64_t steps; // of a run; 0 where there are none
  Value base;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_READAHEAD_H
