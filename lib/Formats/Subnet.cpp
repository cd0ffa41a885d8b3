//===- Subnet.cpp - The choices of one subnet -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Subnet.h"
#include "JsonCursor.h"
#include "oqat/Formats/File.h"

#include <algorithm>
#include <cmath>

using namespace oqat::formats;

namespace {
constexpr const char *kPublishedKeys[] = {
    "image_size", "ks", "e", "d", "bits_w", "bits_a", "bits_ends", "residual"};
/// The one key that is spelled in words, and the bits that they mean.
constexpr const char *kResidual = "residual";
constexpr std::pair<const char *, double> kResidualBits[] = {{"f32", 32},
                                                             {"i8", 8}};

bool isPublished(const std::string &key) {
  return std::find(std::begin(kPublishedKeys), std::end(kPublishedKeys), key) !=
         std::end(kPublishedKeys);
}

bool isNumberList(const Json &json) {
  return json.is_array() &&
         std::all_of(json.begin(), json.end(),
                     [](const Json &entry) { return entry.is_number(); });
}

double residualBits(const JsonCursor &cursor) {
  for (auto [word, bits] : kResidualBits)
    if (cursor.value() == word)
      return bits;
  cursor.fail("expected \"f32\" or \"i8\"");
}

/// The first ids of a file of several subnets.
std::string listIds(const JsonCursor &file) {
  constexpr size_t kMost = 8;
  std::vector<std::string> ids;
  for (const JsonCursor &subnet : file["subnets"].elements())
    if (subnet.isObject() && subnet.value().contains("id") &&
        subnet.value()["id"].is_string())
      ids.push_back(subnet["id"].string());
  if (ids.empty())
    return "none has an id";
  std::string list = "there are";
  for (size_t i = 0; i < std::min(ids.size(), kMost); ++i)
    list += (i ? ", '" : " '") + ids[i] + "'";
  return list + (ids.size() > kMost ? ", …" : "");
}

SubnetConfig parseConfig(const JsonCursor &cursor) {
  if (!cursor.isObject())
    cursor.fail("expected an object");
  if (cursor.has("subnets"))
    cursor["subnets"].fail("say which one by its id, as FILE#ID: " +
                           listIds(cursor));
  SubnetConfig config;
  for (const auto &item : cursor.value().items()) {
    JsonCursor value = cursor[item.key()];
    if (item.key() == kResidual)
      config.set(item.key(), residualBits(value));
    else if (value.isNumber())
      config.set(item.key(), value.number());
    else if (isNumberList(item.value()))
      config.set(item.key(), value.numbers());
    else if (item.key() == "id" && item.value().is_string())
      config.id = value.string();
    else if (isPublished(item.key()))
      value.fail("expected a number or a list of numbers");
  }
  return config;
}

SubnetConfig findConfig(const JsonCursor &file, const std::string &id) {
  for (const JsonCursor &subnet : file["subnets"].elements())
    if (subnet.isObject() && subnet.value().value("id", Json()) == id)
      return parseConfig(subnet);
  file.fail("no subnet has the id '" + id + "': " + listIds(file));
}

Json numberToJson(double value) {
  if (std::floor(value) == value && std::fabs(value) < 0x1p53)
    return static_cast<int64_t>(value);
  return value;
}

void appendValue(Json &json, const std::string &key, const SubnetValue &value) {
  if (key == kResidual)
    for (auto [word, bits] : kResidualBits)
      if (value.at(0) == bits) {
        json[key] = word;
        return;
      }
  if (!value.isList) {
    json[key] = numberToJson(value.entries.empty() ? 0 : value.entries[0]);
    return;
  }
  json[key] = Json::array();
  for (double entry : value.entries)
    json[key].push_back(numberToJson(entry));
}
} // namespace

std::optional<int64_t> SubnetConfig::imageSize() const {
  const SubnetValue *value = find("image_size");
  if (!value || value->isList || value->entries.size() != 1)
    return std::nullopt;
  double size = value->entries[0];
  if (!(size >= 1 && size <= 1 << 20) || std::floor(size) != size)
    return std::nullopt;
  return static_cast<int64_t>(size);
}

std::optional<SubnetConfig> oqat::formats::parseSubnet(std::string_view text,
                                                       const std::string &place,
                                                       const std::string &id,
                                                       std::string &error) {
  return readDocument(text, place, error, [&](const JsonCursor &root) {
    return id.empty() ? parseConfig(root) : findConfig(root, id);
  });
}

std::optional<SubnetConfig>
oqat::formats::readSubnet(const std::string &fileOrText, std::string &error) {
  size_t start = fileOrText.find_first_not_of(" \t\r\n");
  if (start != std::string::npos && fileOrText[start] == '{')
    return parseSubnet(fileOrText, "subnet", "", error);
  size_t hash = fileOrText.rfind('#');
  std::string path = fileOrText.substr(0, hash), id;
  if (hash != std::string::npos)
    id = fileOrText.substr(hash + 1);
  std::optional<std::string> text = readFile(path, kMaxJsonBytes, error);
  return text ? parseSubnet(*text, path, id, error) : std::nullopt;
}

std::string oqat::formats::writeSubnet(const SubnetConfig &config) {
  Json json = Json::object();
  if (!config.id.empty())
    json["id"] = config.id;
  for (const char *key : kPublishedKeys)
    if (const SubnetValue *value = config.find(key))
      appendValue(json, key, *value);
  for (const auto &[key, value] : config.values)
    if (!isPublished(key))
      appendValue(json, key, value);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}
