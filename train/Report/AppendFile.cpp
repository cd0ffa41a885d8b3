//===- AppendFile.cpp - A file that grows by whole records
//------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Report/AppendFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace oqat::train {

/// All of `bytes`, or nothing.
static bool appendWhole(int fd, std::string_view bytes) {
  struct stat before;
  if (::fstat(fd, &before) != 0)
    return false;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    ssize_t count = ::write(fd, rest.data(), rest.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0) {
      int reason = errno;
      // Where this fails too, readers skip the part.
      (void)!::ftruncate(fd, before.st_size);
      errno = reason;
      return false;
    }
    rest.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

bool AppendFile::append(std::string_view record, std::string &error) {
  waiting += record;
  int fd =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  bool isWritten = fd >= 0 && appendWhole(fd, waiting);
  if (isWritten)
    waiting.clear();
  else
    error = path + ": cannot write: " + std::strerror(errno);
  if (fd >= 0)
    ::close(fd);
  return isWritten;
}

} // namespace oqat::train
