//===- PhaseSpace.cpp - What the subnets of a phase are drawn from --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/PhaseSpace.h"
#include "oqat/Formats/Json.h"
#include "train/Model/Support.h"

#include <algorithm>

namespace oqat::train {

using formats::PlanChoice;

static bool has(const std::vector<double> &values, double value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

static std::string spelled(double value) {
  return formats::Json(value == static_cast<double>(static_cast<int64_t>(value))
                           ? formats::Json(static_cast<int64_t>(value))
                           : formats::Json(value))
      .dump();
}

static std::string spelled(const std::vector<double> &values) {
  std::string list;
  for (double value : values)
    list += (list.empty() ? "" : ", ") + spelled(value);
  return list;
}

/// The slots of a key may offer different values; each value asked for must be
/// one of some slot.
static void checkKey(const formats::Plan &plan, const std::string &place,
                     const std::string &key,
                     const std::vector<double> &wanted) {
  std::vector<double> offered;
  bool isKnown = false;
  for (const PlanChoice &choice : plan.choices) {
    if (choice.key != key)
      continue;
    if (choice.perLayer)
      throw Error(place + ": '" + key +
                  "' is chosen per layer: 'bits' and 'mixedBits' set it");
    isKnown = true;
    for (double value : choice.values)
      if (!has(offered, value))
        offered.push_back(value);
  }
  if (!isKnown)
    throw Error(place + ": the space has no choice '" + key + "'");
  for (double value : wanted)
    if (!has(offered, value))
      throw Error(place + ": expected values of '" + key + "' among " +
                  spelled(offered) + ", but got " + spelled(value));
}

formats::Plan phaseSpace(const formats::Plan &plan, const Phase &phase) {
  std::string place = "recipe: phase '" + phase.name + "': choices";
  for (const auto &[key, wanted] : phase.choices)
    checkKey(plan, place, key, wanted);
  formats::Plan space;
  space.choices = plan.choices;
  for (PlanChoice &choice : space.choices) {
    auto it = phase.choices.find(choice.key);
    if (it == phase.choices.end())
      continue;
    std::vector<double> left;
    for (double value : choice.values)
      if (has(it->second, value))
        left.push_back(value);
    if (left.empty())
      throw Error(place + ": expected a value for " + choice.key + "[" +
                  std::to_string(choice.index.value_or(0)) + "] among " +
                  spelled(choice.values) + ", but got " + spelled(it->second));
    choice.values = std::move(left);
  }
  return space;
}

} // namespace oqat::train
