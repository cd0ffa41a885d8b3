//===- Subnet.h - The choices of one subnet -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One JSON object with a number or a list of numbers per key of the space:
// image_size, ks, e, d, bits_w, bits_a, bits_ends or others. Keys with other
// values are ignored, but for "residual": "f32" or "i8", which means 32 or 8.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_FORMATS_SUBNET_H
#define OQAT_FORMATS_SUBNET_H

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oqat::formats {

/// A number for all entries, or one per entry.
struct SubnetValue {
  bool isList = false;
  std::vector<double> entries;

  /// The value of entry `index`; nothing beyond the end of a list.
  std::optional<double> at(size_t index) const {
    if (!isList)
      index = 0;
    return index < entries.size() ? std::optional(entries[index])
                                  : std::nullopt;
  }
};

struct SubnetConfig {
  std::string id;
  std::map<std::string, SubnetValue> values;

  const SubnetValue *find(const std::string &key) const {
    auto it = values.find(key);
    return it == values.end() ? nullptr : &it->second;
  }
  void set(const std::string &key, double value) {
    values[key] = {false, {value}};
  }
  void set(const std::string &key, std::vector<double> entries) {
    values[key] = {true, std::move(entries)};
  }
  /// image_size, or nothing where it is absent, a list or not a positive
  /// integer.
  std::optional<int64_t> imageSize() const;
};

/// Parses one object, or entry `id` of `{"subnets": [{"id": …}, …]}`.
std::optional<SubnetConfig> parseSubnet(std::string_view text,
                                        const std::string &place,
                                        const std::string &id,
                                        std::string &error);

/// Reads `file.json` or `file.json#id`; text that starts with '{' is taken as
/// the object itself.
std::optional<SubnetConfig> readSubnet(const std::string &fileOrText,
                                       std::string &error);

/// One line of JSON: image_size, ks, e, d, bits_w, bits_a, bits_ends, residual,
/// then other keys by name.
std::string writeSubnet(const SubnetConfig &config);

} // namespace oqat::formats

#endif // OQAT_FORMATS_SUBNET_H
