//===- Json.cpp - Guarded JSON parsing ------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Json.h"
#include "JsonCursor.h"
#include "oqat/Formats/File.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

using namespace oqat::formats;

namespace {
/// place:line:column of a byte.
std::string locate(std::string_view text, const std::string &place,
                   size_t byte) {
  byte = std::min(byte, text.size());
  std::string_view before = text.substr(0, byte);
  size_t line = 1 + std::count(before.begin(), before.end(), '\n');
  size_t start = before.rfind('\n');
  size_t column = start == std::string_view::npos ? byte + 1 : byte - start;
  return place + ":" + std::to_string(line) + ":" + std::to_string(column);
}

/// The byte where nesting first goes beyond `limit`; npos if nowhere.
size_t findDeepNesting(std::string_view text, int limit) {
  int depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        inString = false;
    } else if (c == '"') {
      inString = true;
    } else if (c == '[' || c == '{') {
      if (++depth > limit)
        return i;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return std::string_view::npos;
}

/// Drops "[json.exception…] parse error at line 1, column 2: " before the text.
std::string whatWithoutPrefix(const nlohmann::json::exception &e) {
  std::string what = e.what();
  size_t at = what.find(": ");
  return at == std::string::npos ? what : what.substr(at + 2);
}

/// Makes the values, and watches the keys of every open object. Without a
/// callback the library builds them in half the time.
class CheckingParser : public nlohmann::detail::json_sax_dom_parser<Json> {
  using Base = nlohmann::detail::json_sax_dom_parser<Json>;

public:
  explicit CheckingParser(Json &result) : Base(result) {}

  bool start_object(size_t count) {
    open.push_back(keys.size());
    return Base::start_object(count);
  }
  bool key(std::string &name) {
    keys.push_back(name);
    return Base::key(name);
  }
  bool end_object() {
    auto first = keys.begin() + static_cast<std::ptrdiff_t>(open.back());
    std::sort(first, keys.end());
    auto twice = std::adjacent_find(first, keys.end());
    if (twice != keys.end())
      throw FormatError{"key '" + *twice + "' occurs twice in one object"};
    keys.erase(first, keys.end());
    open.pop_back();
    return Base::end_object();
  }

private:
  /// Of all open objects, and where those of each start.
  std::vector<std::string> keys;
  std::vector<size_t> open;
};
} // namespace

std::optional<Json> oqat::formats::parseJson(std::string_view text,
                                             const std::string &place,
                                             std::string &error) {
  if (text.size() > kMaxJsonBytes) {
    error = place + ": larger than the limit of " +
            std::to_string(kMaxJsonBytes) + " bytes";
    return std::nullopt;
  }
  size_t deep = findDeepNesting(text, kMaxJsonDepth);
  if (deep != std::string_view::npos) {
    error = locate(text, place, deep) + ": nested more than " +
            std::to_string(kMaxJsonDepth) + " deep";
    return std::nullopt;
  }
  try {
    Json json;
    CheckingParser parser(json);
    Json::sax_parse(text.begin(), text.end(), &parser);
    return json;
  } catch (const Json::parse_error &e) {
    size_t byte = e.byte > 0 ? e.byte - 1 : 0;
    error = locate(text, place, byte) + ": " + whatWithoutPrefix(e);
  } catch (const Json::exception &e) {
    error = place + ": " + whatWithoutPrefix(e);
  } catch (const FormatError &e) {
    error = place + ": " + e.message;
  }
  return std::nullopt;
}

std::optional<Json> oqat::formats::readJsonFile(const std::string &path,
                                                std::string &error) {
  std::optional<std::string> text = readFile(path, kMaxJsonBytes, error);
  return text ? parseJson(*text, path, error) : std::nullopt;
}

JsonCursor JsonCursor::operator[](const std::string &key) const {
  if (!json->is_object())
    fail("expected an object, but got " + std::string(json->type_name()));
  auto it = json->find(key);
  if (it == json->end())
    fail("key '" + key + "' is missing");
  return {*it, path.empty() ? key : path + "." + key};
}

bool JsonCursor::has(const std::string &key) const {
  if (!json->is_object())
    fail("expected an object, but got " + std::string(json->type_name()));
  auto it = json->find(key);
  return it != json->end() && !it->is_null();
}

std::vector<JsonCursor> JsonCursor::elements() const {
  if (!json->is_array())
    fail("expected a list, but got " + std::string(json->type_name()));
  std::vector<JsonCursor> result;
  for (const Json &element : *json)
    result.emplace_back(element,
                        path + "[" + std::to_string(result.size()) + "]");
  return result;
}

std::string JsonCursor::string() const {
  if (!json->is_string())
    fail("expected a string, but got " + std::string(json->type_name()));
  return json->get<std::string>();
}

std::string JsonCursor::stringOr(const std::string &key) const {
  return has(key) ? (*this)[key].string() : std::string();
}

bool JsonCursor::boolean() const {
  if (!json->is_boolean())
    fail("expected true or false, but got " + std::string(json->type_name()));
  return json->get<bool>();
}

double JsonCursor::number() const {
  if (!json->is_number())
    fail("expected a number, but got " + std::string(json->type_name()));
  return json->get<double>();
}

int64_t JsonCursor::integer(int64_t lo, int64_t hi) const {
  double value = number();
  // 2^53: beyond it a double can't tell integers apart.
  if (std::floor(value) != value || std::fabs(value) > 0x1p53)
    fail("expected an integer");
  auto result = static_cast<int64_t>(value);
  if (result < lo || result > hi)
    fail("expected an integer from " + std::to_string(lo) + " to " +
         std::to_string(hi) + ", but got " + std::to_string(result));
  return result;
}

std::vector<double> JsonCursor::numbers() const {
  std::vector<double> result;
  for (const JsonCursor &element : elements())
    result.push_back(element.number());
  return result;
}

std::vector<int64_t> JsonCursor::shape() const {
  constexpr int64_t limit = int64_t(1) << 40;
  std::vector<int64_t> result;
  int64_t product = 1;
  for (const JsonCursor &element : elements()) {
    int64_t size = element.integer(0, limit);
    if (size != 0 && product > limit / size)
      fail("more than " + std::to_string(limit) + " elements");
    product *= size;
    result.push_back(size);
  }
  return result;
}

void JsonCursor::expectFormat(const std::string &format,
                              int64_t version) const {
  std::string found = (*this)["format"].string();
  if (found != format)
    fail("expected format '" + format + "', but got '" + found + "'");
  int64_t number = (*this)["formatVersion"].integer(0, INT32_MAX);
  if (number != version)
    fail("expected formatVersion " + std::to_string(version) + ", but got " +
         std::to_string(number));
}
