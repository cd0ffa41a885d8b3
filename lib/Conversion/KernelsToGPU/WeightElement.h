//===- WeightElement.h - Arithmetic of the host's kernels -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a kernel of weights for the host (oqat/Autodiff/WeightKernels.h) does
// with one element is written there alone; a thread takes it over.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_CONVERSION_KERNELSTOGPU_WEIGHTELEMENT_H
#define OQAT_LIB_CONVERSION_KERNELSTOGPU_WEIGHTELEMENT_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "oqat/Formats/WeightArguments.h"

namespace mlir::oqat {

namespace weight_argument = ::oqat::formats::weight_argument;

class WeightElement {
public:
  explicit WeightElement(func::FuncOp kernel) : kernel(kernel) {}

  /// What the kernel stores to an argument, or to memory of its own, in one
  /// place; null, with a diagnostic, where that is not so.
  Value storedTo(unsigned argument);
  Value storedToOwnMemory();

  /// What a thread has where the kernel loads from an argument, at an index if
  /// there is but one and it is constant.
  using Load = llvm::function_ref<Value(unsigned argument, int64_t index)>;
  /// `value` of the kernel, computed where `builder` stands; what was computed
  /// for another value is not computed again. Null, with a diagnostic, where it
  /// comes from more than loads and arithmetic.
  Value compute(OpBuilder &builder, Value value, Load load);

private:
  Value findStored(llvm::function_ref<bool(Value)> isTarget, const Twine &to);

  func::FuncOp kernel;
  IRMapping known;
};

} // namespace mlir::oqat

#endif // OQAT_LIB_CONVERSION_KERNELSTOGPU_WEIGHTELEMENT_H
