//===- File.cpp - Whole files in and out ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/File.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace oqat::formats;

namespace {
/// Closes what it holds.
class Descriptor {
public:
  explicit Descriptor(int fd) : fd(fd) {}
  ~Descriptor() {
    if (fd > STDERR_FILENO)
      ::close(fd);
  }
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;

  int get() const { return fd; }
  bool valid() const { return fd >= 0; }
  bool close() {
    int old = fd;
    fd = -1;
    return ::close(old) == 0;
  }

private:
  int fd;
};

std::string systemError(const std::string &path, const char *what) {
  return path + ": " + what + ": " + std::strerror(errno);
}

std::string tooLarge(const std::string &path, size_t maxBytes) {
  return path + ": larger than the limit of " + std::to_string(maxBytes) +
         " bytes";
}

bool writeAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

/// Makes a rename in the folder of `path` survive a power cut. File systems
/// that can't sync a folder are left alone.
void syncFolderOf(const std::string &path) {
  size_t slash = path.rfind('/');
  std::string folder = slash == std::string::npos ? "."
                       : slash == 0               ? "/"
                                                  : path.substr(0, slash);
  Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.valid())
    ::fsync(fd.get());
}
} // namespace

std::optional<std::string> oqat::formats::readFile(const std::string &path,
                                                   size_t maxBytes,
                                                   std::string &error) {
  Descriptor fd(path == "-" ? STDIN_FILENO
                            : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info;
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0) {
    error = systemError(path, "cannot open");
    return std::nullopt;
  }
  std::string bytes;
  if (S_ISREG(info.st_mode)) {
    if (static_cast<uint64_t>(info.st_size) > maxBytes) {
      error = tooLarge(path, maxBytes);
      return std::nullopt;
    }
    bytes.reserve(static_cast<size_t>(info.st_size));
  }
  char buffer[1 << 16];
  while (true) {
    ssize_t count = ::read(fd.get(), buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0) {
      error = systemError(path, "cannot read");
      return std::nullopt;
    }
    if (count == 0)
      return bytes;
    if (bytes.size() + static_cast<size_t>(count) > maxBytes) {
      error = tooLarge(path, maxBytes);
      return std::nullopt;
    }
    bytes.append(buffer, static_cast<size_t>(count));
  }
}

FileBytes::~FileBytes() {
  if (mapped)
    ::munmap(const_cast<char *>(mapped), size);
}

std::optional<FileBytes> FileBytes::open(const std::string &path,
                                         size_t maxBytes, std::string &error) {
  FileBytes file;
  Descriptor fd(path == "-" ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info;
  if (fd.valid() && ::fstat(fd.get(), &info) == 0 && S_ISREG(info.st_mode) &&
      info.st_size > 0 && static_cast<uint64_t>(info.st_size) <= maxBytes) {
    file.size = static_cast<size_t>(info.st_size);
    void *place =
        ::mmap(nullptr, file.size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (place != MAP_FAILED) {
      file.mapped = static_cast<const char *>(place);
      return file;
    }
  }
  std::optional<std::string> bytes = readFile(path, maxBytes, error);
  if (!bytes)
    return std::nullopt;
  file.copy = std::move(*bytes);
  return file;
}

/// A device or a pipe: there is nothing to rename over it.
static bool isStream(const std::string &path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) &&
         !S_ISDIR(info.st_mode);
}

static bool writeStream(const std::string &path,
                        const std::vector<std::string_view> &pieces,
                        std::string &error) {
  Descriptor fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  bool written = fd.valid();
  for (std::string_view piece : pieces)
    written = written && writeAll(fd.get(), piece);
  if (!written)
    error = systemError(path, "cannot write");
  return written;
}

bool oqat::formats::writeFileAtomically(
    const std::string &path, const std::vector<std::string_view> &pieces,
    std::string &error) {
  if (isStream(path))
    return writeStream(path, pieces, error);
  static std::atomic<unsigned> serial{0};
  std::string temporary = path + ".tmp." + std::to_string(::getpid()) + "." +
                          std::to_string(serial++);
  Descriptor fd(::open(temporary.c_str(),
                       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd.valid()) {
    error = systemError(path, "cannot write");
    return false;
  }
  bool written = true;
  for (std::string_view piece : pieces)
    written = written && writeAll(fd.get(), piece);
  written = written && ::fsync(fd.get()) == 0;
  written = written && fd.close();
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    error = systemError(path, "cannot write");
    ::unlink(temporary.c_str());
    return false;
  }
  syncFolderOf(path);
  return true;
}
