//===- OutputFiles.cpp - Files that appear together -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OutputFiles.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::oqat;
namespace fs = llvm::sys::fs;

static llvm::Error makeError(const llvm::Twine &path,
                             const llvm::Twine &cause) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 "can't write '" + path + "': " + cause);
}

OutputFiles::~OutputFiles() {
  for (File &file : files)
    llvm::consumeError(file.temporary.discard());
}

llvm::Error OutputFiles::add(llvm::StringRef path, llvm::StringRef bytes,
                             bool executable) {
  // A device or a pipe is written as it is: there is nothing to rename over it.
  bool isStream = false;
  if (!fs::is_other(path, isStream) && isStream) {
    std::error_code error;
    llvm::raw_fd_ostream stream(path, error, fs::CD_OpenExisting);
    if (error)
      return makeError(path, error.message());
    stream << bytes;
    stream.flush();
    error = stream.error();
    stream.clear_error();
    return error ? makeError(path, error.message()) : llvm::Error::success();
  }
  unsigned mode = fs::all_read | fs::owner_write;
  if (executable)
    mode |= fs::all_exe;
  auto temporary = fs::TempFile::create(path + ".%%%%%%.tmp", mode);
  if (!temporary)
    return makeError(path, llvm::toString(temporary.takeError()));
  files.push_back({path.str(), std::move(*temporary)});
  llvm::raw_fd_ostream stream(files.back().temporary.FD,
                              /*shouldClose=*/false);
  stream << bytes;
  stream.flush();
  if (std::error_code error = stream.error()) {
    stream.clear_error();
    return makeError(path, error.message());
  }
  return llvm::Error::success();
}

llvm::Error OutputFiles::keep() {
  for (File &file : files)
    if (fs::is_directory(file.path))
      return makeError(file.path, "it is a folder");
  for (File &file : files)
    if (llvm::Error error = file.temporary.keep(file.path))
      return makeError(file.path, llvm::toString(std::move(error)));
  files.clear();
  return llvm::Error::success();
}

llvm::Error mlir::oqat::checkOutputFolder(llvm::StringRef path) {
  llvm::StringRef folder = llvm::sys::path::parent_path(path);
  if (folder.empty() || fs::is_directory(folder))
    return llvm::Error::success();
  return makeError(path, "there is no folder '" + folder + "'");
}
