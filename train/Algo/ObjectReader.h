//===- ObjectReader.h - The settings in a JSON object ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_ALGO_OBJECTREADER_H
#define OQAT_TRAIN_ALGO_OBJECTREADER_H

#include "oqat/Formats/Json.h"
#include "train/Model/Support.h"

#include <cmath>
#include <set>
#include <string>

namespace oqat::train {

/// Reads the members of one object and knows which keys it has seen.
class ObjectReader {
public:
  ObjectReader(const formats::Json &object, std::string place)
      : object(object), place(std::move(place)) {
    if (!object.is_object())
      throw Error(this->place + ": must be an object");
  }

  void number(const char *key, double &to, double least, double most) {
    const formats::Json *value = find(key);
    if (!value)
      return;
    if (!value->is_number())
      fail(key, "must be a number");
    double number = value->get<double>();
    if (!(number >= least && number <= most))
      fail(key, "must be from " + formats::Json(least).dump() + " to " +
                    formats::Json(most).dump());
    to = number;
  }
  template <typename Int>
  void integer(const char *key, Int &to, int64_t least, int64_t most) {
    double number = static_cast<double>(to);
    this->number(key, number, static_cast<double>(least),
                 static_cast<double>(most));
    if (number != std::floor(number))
      fail(key, "must be an integer");
    to = static_cast<Int>(number);
  }
  void flag(const char *key, bool &to) {
    const formats::Json *value = find(key);
    if (!value)
      return;
    if (!value->is_boolean())
      fail(key, "must be true or false");
    to = value->get<bool>();
  }
  void text(const char *key, std::string &to) {
    const formats::Json *value = find(key);
    if (!value)
      return;
    if (!value->is_string())
      fail(key, "must be a string");
    to = value->get<std::string>();
  }
  const formats::Json *find(const char *key) {
    seen.insert(key);
    auto it = object.find(key);
    return it == object.end() ? nullptr : &*it;
  }
  /// A key nobody asked for is a spelling mistake.
  void finish() const {
    for (const auto &[key, value] : object.items())
      if (!seen.count(key))
        throw Error(place + ": has no setting '" + key + "'");
  }
  [[noreturn]] void fail(const std::string &key,
                         const std::string &what) const {
    throw Error(place + ": '" + key + "' " + what);
  }

private:
  const formats::Json &object;
  std::string place;
  std::set<std::string> seen;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_ALGO_OBJECTREADER_H
