//===- Selection.cpp - One subnet of a plan -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/Selection.h"
#include "oqat/Numerics/Shape.h"
#include "train/Model/Support.h"

#include <algorithm>
#include <sstream>

namespace oqat::train {

using formats::PlanChoice;
using formats::PlanNode;

static std::string spelled(double value) {
  std::ostringstream os;
  os << value;
  return os.str();
}

static void checkInside(const PlanChoice &choice, const std::string &what,
                        double value) {
  const auto &values = choice.values;
  if (std::find(values.begin(), values.end(), value) != values.end())
    return;
  std::string list;
  for (double v : values)
    list += (list.empty() ? "" : ", ") + spelled(v);
  throw Error("subnet: " + what + " = " + spelled(value) + " is not one of " +
              list);
}

/// What a plan has no choice for is trained in full precision.
static void checkDefaults(const formats::Plan &plan,
                          const formats::SubnetConfig &subnet) {
  for (const char *key : {"bits_ends", "residual"}) {
    const formats::SubnetValue *given = subnet.find(key);
    bool isChoice = std::any_of(
        plan.choices.begin(), plan.choices.end(),
        [&](const PlanChoice &choice) { return choice.key == key; });
    if (given && !isChoice && given->at(0) != kFloatBits)
      throw Error(std::string("subnet: '") + key +
                  "' = 8 cannot be trained or evaluated: the plan has "
                  "full-precision ends and a float residual stream only");
  }
}

Selection::Selection(const formats::Plan &plan,
                     const formats::SubnetConfig &subnet, int bits)
    : plan(plan), floatMode(bits == kFloatBits) {
  checkDefaults(plan, subnet);
  for (const PlanChoice &choice : plan.choices)
    resolve(choice, subnet, bits);
  countLayers(plan.body);
}

void Selection::resolve(const PlanChoice &choice,
                        const formats::SubnetConfig &subnet, int bits) {
  const formats::SubnetValue *given = subnet.find(choice.key);
  if (choice.perLayer) {
    std::vector<double> entries{static_cast<double>(bits)};
    if (floatMode) {
      perLayer[choice.name] = entries;
      return;
    }
    if (given)
      entries = given->entries;
    for (double v : entries)
      checkInside(choice, choice.key, v);
    // A list of one entry for a network of one layer reads the same.
    perLayer[choice.name] = entries;
    return;
  }
  std::string what = choice.key;
  if (choice.index)
    what += "[" + std::to_string(*choice.index) + "]";
  if (!given)
    throw Error("subnet: has no '" + choice.key + "'");
  std::optional<double> value =
      given->at(static_cast<size_t>(choice.index.value_or(0)));
  if (!value)
    throw Error("subnet: has no " + what);
  checkInside(choice, what, *value);
  values[choice.name] = *value;
}

void Selection::countLayers(const std::vector<PlanNode> &body) {
  for (const PlanNode &node : body) {
    if (node.kind == PlanNode::Kind::Conv2d && node.weightQuantizer) {
      size_t next = layerIndex.size();
      layerIndex[node.name] = next;
    }
    if (node.kind == PlanNode::Kind::Stage)
      for (int64_t i = 0; i < depth(node); ++i)
        countLayers(node.blocks[static_cast<size_t>(i)].body);
  }
}

double Selection::value(const std::string &choice) const {
  auto it = values.find(choice);
  if (it == values.end())
    throw Error("the plan uses choice '" + choice + "' as a number");
  return it->second;
}

int64_t Selection::extent(const std::optional<formats::PlanExtent> &extent,
                          int64_t full) const {
  if (!extent)
    return full;
  int64_t width = numerics::scaledWidth(extent->base, value(extent->choice));
  if (width > full)
    throw Error("choice '" + extent->choice + "' asks for " +
                std::to_string(width) + " channels of " + std::to_string(full));
  return width;
}

int Selection::bitsOf(const formats::PlanQuantizer &quantizer,
                      const std::string &layer) const {
  if (floatMode)
    return kFloatBits;
  if (quantizer.bitsChoice.empty())
    return static_cast<int>(quantizer.bits);
  auto it = perLayer.find(quantizer.bitsChoice);
  if (it == perLayer.end())
    return static_cast<int>(value(quantizer.bitsChoice));
  const std::vector<double> &entries = it->second;
  if (entries.size() == 1)
    return static_cast<int>(entries[0]);
  auto at = layerIndex.find(layer);
  if (at == layerIndex.end())
    throw Error("quantizer '" + quantizer.step + "' belongs to no layer");
  if (entries.size() != layerIndex.size())
    throw Error("subnet: has bits for " + std::to_string(entries.size()) +
                " layers, the network has " +
                std::to_string(layerIndex.size()));
  return static_cast<int>(entries[at->second]);
}

int64_t Selection::imageSize() const {
  for (const PlanChoice &choice : plan.choices)
    if (choice.key == "image_size")
      return static_cast<int64_t>(value(choice.name));
  throw Error("the space has no image_size");
}

int64_t Selection::depth(const PlanNode &stage) const {
  int64_t blocks = static_cast<int64_t>(stage.blocks.size());
  if (stage.choice.empty())
    return blocks;
  int64_t active = static_cast<int64_t>(value(stage.choice));
  if (active < 0 || active > blocks)
    throw Error("choice '" + stage.choice + "' asks for " +
                std::to_string(active) + " blocks of " +
                std::to_string(blocks));
  return active;
}

/// A subnet of pick(values) for every choice of a number per slot.
template <typename Pick>
static formats::SubnetConfig pickSubnet(const formats::Plan &plan,
                                        Pick &&pick) {
  formats::SubnetConfig subnet;
  std::map<std::string, std::vector<double>> lists;
  for (const PlanChoice &choice : plan.choices) {
    if (choice.perLayer)
      continue;
    double value = pick(choice.values);
    if (!choice.index) {
      subnet.set(choice.key, value);
      continue;
    }
    std::vector<double> &list = lists[choice.key];
    size_t slot = static_cast<size_t>(*choice.index);
    if (list.size() <= slot)
      list.resize(slot + 1, value);
    list[slot] = value;
  }
  for (auto &[key, list] : lists)
    subnet.set(key, list);
  return subnet;
}

formats::SubnetConfig maximalSubnet(const formats::Plan &plan) {
  return pickSubnet(plan, [](const std::vector<double> &values) {
    return *std::max_element(values.begin(), values.end());
  });
}

formats::SubnetConfig minimalSubnet(const formats::Plan &plan) {
  return pickSubnet(plan, [](const std::vector<double> &values) {
    return *std::min_element(values.begin(), values.end());
  });
}

formats::SubnetConfig randomSubnet(const formats::Plan &plan,
                                   numerics::Random &random) {
  return pickSubnet(plan, [&](const std::vector<double> &values) {
    return values[random.below(values.size())];
  });
}

std::vector<int64_t> imageSizes(const formats::Plan &plan) {
  std::vector<int64_t> sizes;
  for (const PlanChoice &choice : plan.choices)
    if (choice.key == "image_size")
      sizes.assign(choice.values.begin(), choice.values.end());
  return sizes;
}

} // namespace oqat::train
