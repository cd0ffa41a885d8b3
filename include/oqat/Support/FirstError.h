//===- FirstError.h - What a context complained of first --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_SUPPORT_FIRSTERROR_H
#define OQAT_SUPPORT_FIRSTERROR_H

#include "mlir/IR/Diagnostics.h"

namespace mlir::oqat {

/// Keeps the first error of a context, for a tool that ends in one sentence;
/// while it is there, nothing is printed.
class FirstError {
public:
  explicit FirstError(MLIRContext &context)
      : handler(&context, [this](Diagnostic &message) {
          if (text.empty() &&
              message.getSeverity() == DiagnosticSeverity::Error)
            text = message.str();
          return success();
        }) {}

  /// Forgets what there was.
  void clear() { text.clear(); }
  /// The first since the last call, or `otherwise`.
  std::string take(const Twine &otherwise) {
    std::string first = text.empty() ? otherwise.str() : std::move(text);
    text.clear();
    return first;
  }

private:
  std::string text;
  ScopedDiagnosticHandler handler;
};

} // namespace mlir::oqat

#endif // OQAT_SUPPORT_FIRSTERROR_H
