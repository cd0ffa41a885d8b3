//===- ModuleBeside.h - The integer-level module of an artifact -*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_PIPELINES_RUNNER_MODULEBESIDE_H
#define OQAT_LIB_PIPELINES_RUNNER_MODULEBESIDE_H

#include "mlir/IR/BuiltinOps.h"
#include "oqat/Pipelines/Artifact.h"
#include "oqat/Support/FirstError.h"

namespace mlir::oqat {

/// Owns the context in which the module lives and keeps what it complains of.
class ModuleBeside {
public:
  static llvm::Expected<std::unique_ptr<ModuleBeside>> load(StringRef path);

  Operation *getNetwork() const { return network; }

  /// The manifest and the module must speak of pictures of one size.
  llvm::Error checkPictures(const ::oqat::formats::Manifest &manifest);

  /// The first diagnostic since the last call, or `otherwise`.
  llvm::Error takeError(const Twine &otherwise);

private:
  explicit ModuleBeside(StringRef path);

  std::string path;
  MLIRContext context;
  FirstError error;
  OwningOpRef<ModuleOp> module;
  Operation *network = nullptr;
};

} // namespace mlir::oqat

#endif // OQAT_LIB_PIPELINES_RUNNER_MODULEBESIDE_H
