//===- Json.h - Guarded JSON parsing --------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For code with exceptions enabled only: code without them uses the readers of
// whole formats beside this header.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_FORMATS_JSON_H
#define OQAT_FORMATS_JSON_H

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace oqat::formats {

/// Keys keep the order in which they were written.
using Json = nlohmann::ordered_json;

inline constexpr size_t kMaxJsonBytes = size_t(64) << 20;
inline constexpr int kMaxJsonDepth = 64;

/// Parses `text`. Nesting is measured before the parser runs; a key that
/// occurs twice in one object is an error. Errors read
/// `place:line:column: what`.
std::optional<Json> parseJson(std::string_view text, const std::string &place,
                              std::string &error);

/// parseJson of a file of at most kMaxJsonBytes.
std::optional<Json> readJsonFile(const std::string &path, std::string &error);

} // namespace oqat::formats

#endif // OQAT_FORMATS_JSON_H
