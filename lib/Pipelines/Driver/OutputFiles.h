//===- OutputFiles.h - Files that appear together ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_PIPELINES_DRIVER_OUTPUTFILES_H
#define OQAT_LIB_PIPELINES_DRIVER_OUTPUTFILES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include <vector>

namespace mlir::oqat {

/// Collects whole files under temporary names beside their final ones; keep()
/// renames them all. Without it, or when the process dies, none is left.
class OutputFiles {
public:
  OutputFiles() = default;
  OutputFiles(const OutputFiles &) = delete;
  ~OutputFiles();

  llvm::Error add(llvm::StringRef path, llvm::StringRef bytes,
                  bool executable = false);
  llvm::Error keep();

private:
  struct File {
    std::string path;
    llvm::sys::fs::TempFile temporary;
  };
  std::vector<File> files;
};

/// Fails where `path` can't become a file because its folder isn't there.
llvm::Error checkOutputFolder(llvm::StringRef path);

} // namespace mlir::oqat

#endif // OQAT_LIB_PIPELINES_DRIVER_OUTPUTFILES_H
