//===- ScanIR.h - A look at IR text before the parser -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_SUPPORT_SCANIR_H
#define OQAT_SUPPORT_SCANIR_H

#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>

namespace mlir::oqat {

/// What is wrong with a piece of IR text, and where (both from 1).
struct ScanError {
  unsigned line;
  unsigned column;
  std::string message;
};

inline constexpr size_t kMaxIRBytes = size_t(2) << 30;
/// LLVM 19's parser recurses once or more per level and does not check.
inline constexpr unsigned kMaxIRNesting = 256;
/// Elements that one shaped type may have.
inline constexpr double kMaxIRElements = 1 << 30;
/// Operators in one affine expression list; their parser recurses as well.
inline constexpr unsigned kMaxAffineOperators = 1024;

/// Scans textual IR for brackets nested too deep, affine expressions too long
/// and shapes too large. Bytecode is not text and passes.
std::optional<ScanError> scanIR(llvm::StringRef text);

} // namespace mlir::oqat

#endif // OQAT_SUPPORT_SCANIR_H
