//===- JsonCursor.h - Checked walks over JSON -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A value and the way to it. A value that isn't what was asked for throws a
// FormatError that names the way; the public readers catch it.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_FORMATS_JSONCURSOR_H
#define OQAT_LIB_FORMATS_JSONCURSOR_H

#include "oqat/Formats/Json.h"

#include <cstdint>
#include <string>
#include <vector>

namespace oqat::formats {

struct FormatError {
  std::string message;
};

class JsonCursor {
public:
  JsonCursor(const Json &json, std::string path)
      : json(&json), path(std::move(path)) {}

  [[noreturn]] void fail(const std::string &what) const {
    throw FormatError{path.empty() ? what : path + ": " + what};
  }

  bool isNull() const { return json->is_null(); }
  bool isObject() const { return json->is_object(); }
  bool isNumber() const { return json->is_number(); }

  /// A key that must be there.
  JsonCursor operator[](const std::string &key) const;
  /// Whether the key is there and not null.
  bool has(const std::string &key) const;
  std::vector<JsonCursor> elements() const;

  std::string string() const;
  /// "" when the key is absent or null.
  std::string stringOr(const std::string &key) const;
  bool boolean() const;
  double number() const;
  int64_t integer(int64_t lo, int64_t hi) const;
  std::vector<double> numbers() const;
  /// A list of non-negative integers whose product is at most 2^40.
  std::vector<int64_t> shape() const;
  /// Checks `format` and `formatVersion`.
  void expectFormat(const std::string &format, int64_t version) const;

  const Json &value() const { return *json; }

private:
  const Json *json;
  std::string path;
};

/// What `read` makes of a parsed value; an error begins with `place`.
template <typename Read>
auto readValue(const Json &json, const std::string &place, std::string &error,
               Read read) -> std::optional<decltype(read(json))> {
  try {
    return read(json);
  } catch (const FormatError &e) {
    error = place + ": " + e.message;
  } catch (const Json::exception &e) {
    error = place + ": " + e.what();
  }
  return std::nullopt;
}

/// What `read` makes of a text, at whose root it begins.
template <typename Read>
auto readDocument(std::string_view text, const std::string &place,
                  std::string &error, Read read)
    -> std::optional<decltype(read(JsonCursor(Json(), "")))> {
  std::optional<Json> json = parseJson(text, place, error);
  if (!json)
    return std::nullopt;
  return readValue(*json, place, error, [&](const Json &root) {
    return read(JsonCursor(root, ""));
  });
}

} // namespace oqat::formats

#endif // OQAT_LIB_FORMATS_JSONCURSOR_H
