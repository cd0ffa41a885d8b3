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
#include <vector>

namespace oqat::formats {

/// The bytes of `path` ("-" is standard input), at most `maxBytes` of them.
std::optional<std::string> readFile(const std::string &path, size_t maxBytes,
                                    std::string &error);

/// Writes `pieces` one after the other to a temporary file beside `path`,
/// syncs it and renames it, so that `path` is always either the old file or
/// the whole new one.
bool writeFileAtomically(const std::string &path,
                         const std::vector<std::string_view> &pieces,
                         std::string &error);

} // namespace oqat::formats

#endif // OQAT_FORMATS_FILE_H
