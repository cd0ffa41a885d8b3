//===- SearchSpace.cpp - A plan's choices as genes ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Search/SearchSpace.h"
#include "train/Model/Support.h"

#include <algorithm>

namespace oqat::train {

using formats::PlanNode;

namespace {
constexpr const char *kImageSize = "image_size";
constexpr double kMutation = 0.1, kImageSizeMutation = 0.5;

/// The choices that a node names itself, less those inside its blocks.
std::vector<std::string> choicesOf(const PlanNode &node) {
  std::vector<std::string> names;
  if (node.kind == PlanNode::Kind::Stage)
    names.push_back(node.choice);
  if (node.kind != PlanNode::Kind::Conv2d)
    return names;
  if (node.weight.out)
    names.push_back(node.weight.out->choice);
  if (node.weight.in)
    names.push_back(node.weight.in->choice);
  if (!node.weight.kernelChoice.empty())
    names.push_back(node.weight.kernelChoice);
  return names;
}
} // namespace

SearchSpace::SearchSpace(const formats::Plan &plan, std::vector<int> wanted)
    : plan(plan), bits(std::move(wanted)) {
  std::sort(bits.begin(), bits.end());
  bits.erase(std::unique(bits.begin(), bits.end()), bits.end());
  std::vector<size_t> all;
  listLayers(plan.body, nullptr, /*isActive=*/true, layerCount, all);
  size_t perLayer = 0;
  for (const formats::PlanChoice &choice : plan.choices) {
    std::vector<double> sorted = choice.values;
    std::sort(sorted.begin(), sorted.end());
    if (choice.perLayer) {
      ++perLayer;
      for (int one : bits)
        if (!std::binary_search(sorted.begin(), sorted.end(), one))
          throw Error("the space offers no " + std::to_string(one) +
                      " bits for '" + choice.key + "'");
      continue;
    }
    bool isSize = choice.key == kImageSize;
    geneOf[choice.name] = geneList.size();
    geneList.push_back({static_cast<int>(sorted.size()), -1,
                        isSize ? kImageSizeMutation : kMutation});
    choices.push_back(&choice);
    values.push_back(std::move(sorted));
  }
  if (bits.size() > 1)
    geneList.resize(geneList.size() + perLayer * layerCount,
                    {static_cast<int>(bits.size()), -1, kMutation});
  int next = 0;
  group(plan.body, /*group=*/-1, next);
  for (solver::Gene &gene : geneList)
    if (gene.group < 0)
      gene.group = next++;
}

/// Gives every choice of a block the block's group; `group` is -1 outside.
void SearchSpace::group(const std::vector<PlanNode> &body, int group,
                        int &next) {
  for (const PlanNode &node : body) {
    bool isStage = node.kind == PlanNode::Kind::Stage;
    for (const std::string &name : choicesOf(node)) {
      auto it = geneOf.find(name);
      if (it != geneOf.end() && geneList[it->second].group < 0)
        geneList[it->second].group = isStage ? next++ : group;
    }
    for (const formats::PlanBlock &block : node.blocks) {
      int inner = next++;
      this->group(block.body, inner, next);
    }
  }
}

void SearchSpace::mark(const std::string &choice,
                       std::vector<bool> &used) const {
  auto it = geneOf.find(choice);
  if (it != geneOf.end())
    used[it->second] = true;
}

void SearchSpace::markUsed(const std::vector<PlanNode> &body,
                           const solver::Candidate &candidate,
                           std::vector<bool> &used) const {
  for (const PlanNode &node : body) {
    for (const std::string &name : choicesOf(node))
      mark(name, used);
    if (node.kind != PlanNode::Kind::Stage)
      continue;
    size_t depth = depthOf(node, candidate);
    for (size_t i = 0; i < depth; ++i)
      markUsed(node.blocks[i].body, candidate, used);
  }
}

size_t SearchSpace::depthOf(const PlanNode &stage,
                            const solver::Candidate &candidate) const {
  size_t blocks = stage.blocks.size();
  auto it = geneOf.find(stage.choice);
  if (it == geneOf.end())
    return blocks;
  size_t gene = it->second;
  double value = values[gene][static_cast<size_t>(candidate[gene])];
  return std::min(blocks, static_cast<size_t>(value));
}

void SearchSpace::listLayers(const std::vector<PlanNode> &body,
                             const solver::Candidate *candidate, bool isActive,
                             size_t &next, std::vector<size_t> &active) const {
  for (const PlanNode &node : body) {
    if (node.weightQuantizer) {
      if (isActive)
        active.push_back(next);
      ++next;
    }
    if (node.blocks.empty())
      continue;
    size_t depth = candidate ? depthOf(node, *candidate) : node.blocks.size();
    for (size_t i = 0; i < node.blocks.size(); ++i)
      listLayers(node.blocks[i].body, candidate, isActive && i < depth, next,
                 active);
  }
}

std::vector<size_t>
SearchSpace::activeLayers(const solver::Candidate &candidate) const {
  std::vector<size_t> active;
  size_t next = 0;
  listLayers(plan.body, &candidate, /*isActive=*/true, next, active);
  return active;
}

void SearchSpace::canonicalize(solver::Candidate &candidate) const {
  std::vector<bool> used(geneList.size(), false);
  for (size_t i = 0; i < choices.size(); ++i)
    used[i] = choices[i]->key == kImageSize;
  markUsed(plan.body, candidate, used);
  for (size_t first = choices.size(); first < used.size(); first += layerCount)
    for (size_t layer : activeLayers(candidate))
      used[first + layer] = true;
  for (size_t i = 0; i < candidate.size(); ++i)
    if (!used[i])
      candidate[i] = 0;
}

formats::SubnetConfig
SearchSpace::subnet(const solver::Candidate &candidate) const {
  formats::SubnetConfig config;
  std::map<std::string, std::vector<double>> lists;
  for (size_t i = 0; i < choices.size(); ++i) {
    double value = values[i][static_cast<size_t>(candidate[i])];
    if (!choices[i]->index) {
      config.set(choices[i]->key, value);
      continue;
    }
    auto slot = static_cast<size_t>(*choices[i]->index);
    std::vector<double> &list = lists[choices[i]->key];
    if (list.size() <= slot)
      list.resize(slot + 1, value);
    list[slot] = value;
  }
  for (auto &[key, list] : lists)
    config.set(key, std::move(list));
  size_t first = choices.size();
  for (const formats::PlanChoice &choice : plan.choices) {
    if (!choice.perLayer)
      continue;
    if (bits.size() == 1) {
      config.set(choice.key, bits.front());
      continue;
    }
    std::vector<double> list;
    for (size_t layer : activeLayers(candidate))
      list.push_back(bits[static_cast<size_t>(candidate[first + layer])]);
    config.set(choice.key, std::move(list));
    first += layerCount;
  }
  return config;
}

} // namespace oqat::train
