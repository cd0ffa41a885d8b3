//===- File.h - Whole files in and out ------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nothing here or in the other public headers of Formats throws: a function
// that fails returns false or an empty value and says why in `error`, which
// starts with the file's name.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_FORMATS_FILE_H
#define OQAT_FORMATS_FILE_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace oqat::formats {

/// The bytes of `path` ("-" is standard input), at most `maxBytes` of them.
std::optional<std::string> readFile(const std::string &path, size_t maxBytes,
                                    std::string &error);

/// The bytes of a file while it is open, which are not copied where the system
/// can map them.
class FileBytes {
public:
  FileBytes() = default;
  FileBytes(FileBytes &&other) noexcept { swap(other); }
  FileBytes &operator=(FileBytes &&other) noexcept {
    swap(other);
    return *this;
  }
  ~FileBytes();

  /// As readFile().
  static std::optional<FileBytes> open(const std::string &path, size_t maxBytes,
                                       std::string &error);
  std::string_view get() const {
    return mapped ? std::string_view(mapped, size) : copy;
  }

private:
  void swap(FileBytes &other) {
    std::swap(mapped, other.mapped);
    std::swap(size, other.size);
    std::swap(copy, other.copy);
  }
  const char *mapped = nullptr;
  size_t size = 0;
  std::string copy;
};

/// Writes `pieces` one after the other to a temporary file beside `path`,
/// syncs it and renames it, so that `path` is always either the old file or
/// the whole new one. A device or a pipe is written as it is.
bool writeFileAtomically(const std::string &path,
                         const std::vector<std::string_view> &pieces,
                         std::string &error);

} // namespace oqat::formats

#endif // OQAT_FORMATS_FILE_H
