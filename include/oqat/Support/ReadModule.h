//===- ReadModule.h - Reading IR that may be hostile ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_SUPPORT_READMODULE_H
#define OQAT_SUPPORT_READMODULE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBuffer.h"

namespace mlir::oqat {

/// Opens an IR file, or standard input for "-", and scans it before any parser
/// sees it: nesting, size, element counts. Emits one error and returns null
/// where it cannot be read or is not acceptable.
std::unique_ptr<llvm::MemoryBuffer> openModuleFile(StringRef path,
                                                   MLIRContext *context);

/// Reads a module, text or bytecode, and verifies it. Emits errors with their
/// place in the file and returns null where there is one.
OwningOpRef<ModuleOp> readModule(StringRef path, MLIRContext *context);

} // namespace mlir::oqat

#endif // OQAT_SUPPORT_READMODULE_H
