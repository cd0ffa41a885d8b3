//===- Steps.h - Counting the steps below a value -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_STEPS_H
#define LIB_TARGET_GENERIC_STEPS_H

#include "oqat/Conversion/KernelBuilder.h"

namespace mlir::oqat {

/// Of integers that take rising steps one after the other, `count` where the
/// last one of so many steps is below too, and otherwise `code`, which counts
/// those before. Compares make masks of vectors of 512 bits, by which a
/// constant is moved; of shorter ones they make -1, which is subtracted.
Value countStep(KernelBuilder &builder, Value code, Value isAbove,
                int64_t count);

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_STEPS_H
