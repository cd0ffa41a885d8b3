//===- Values.h - What the threads of a block hold --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TEST_GPU_VALUES_H
#define OQAT_TEST_GPU_VALUES_H

#include "mlir/IR/Operation.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <vector>

namespace oqat::test {

/// One value in all threads: `width` elements of each, thread by thread. An
/// element is kept as its bits, integers extended by zeros.
struct ThreadValues {
  size_t width = 1;
  std::vector<uint64_t> bits;

  ThreadValues() = default;
  ThreadValues(size_t threads, mlir::Type type);
  uint64_t &at(size_t thread, size_t element = 0) {
    return bits[thread * width + element];
  }
  uint64_t at(size_t thread, size_t element = 0) const {
    return bits[thread * width + element];
  }
};

/// Bits of an element in memory; an i1 has a byte.
unsigned getElementBits(mlir::Type type);

/// Whether the operation is arithmetic on elements, or a constant.
bool isArithmetic(mlir::Operation *op);

/// Computes it for all threads, those that are not there included.
llvm::Expected<ThreadValues>
computeArithmetic(mlir::Operation *op, size_t threads,
                  llvm::ArrayRef<const ThreadValues *> operands);

/// An error about an operation, with its text.
llvm::Error operationError(mlir::Operation *op, const llvm::Twine &what);

} // namespace oqat::test

#endif // OQAT_TEST_GPU_VALUES_H
