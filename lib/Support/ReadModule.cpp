//===- ReadModule.cpp - Reading IR that may be hostile --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Support/ReadModule.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "oqat/Support/ScanIR.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

std::unique_ptr<llvm::MemoryBuffer> oqat::openModuleFile(StringRef path,
                                                         MLIRContext *context) {
  std::string reason;
  std::unique_ptr<llvm::MemoryBuffer> buffer = openInputFile(path, &reason);
  auto place = [&](unsigned line, unsigned column) {
    return FileLineColLoc::get(context, path, line, column);
  };
  if (!buffer) {
    emitError(place(1, 1)) << reason;
    return nullptr;
  }
  if (std::optional<ScanError> error = scanIR(buffer->getBuffer())) {
    emitError(place(error->line, error->column)) << error->message;
    return nullptr;
  }
  return buffer;
}

OwningOpRef<ModuleOp> oqat::readModule(StringRef path, MLIRContext *context) {
  std::unique_ptr<llvm::MemoryBuffer> buffer = openModuleFile(path, context);
  if (!buffer)
    return nullptr;
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(buffer), SMLoc());
  return parseSourceFile<ModuleOp>(sources, context);
}
