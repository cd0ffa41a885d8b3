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

SearchSpace::SearchSpace(const formats::Plan &plan, int bits)
    : plan(plan), bits(bits) {
  for (const formats::PlanChoice &choice : plan.choices) {
    std::vector<double> sorted = choice.values;
    std::sort(sorted.begin(), sorted.end());
    if (choice.perLayer) {
      if (!std::binary_search(sorted.begin(), sorted.end(), bits))
        throw Error("the space offers no " + std::to_string(bits) +
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
    size_t depth = node.blocks.size();
    auto it = geneOf.find(node.choice);
    if (it != geneOf.end()) {
      size_t gene = it->second;
      double value = values[gene][static_cast<size_t>(candidate[gene])];
      depth = std::min(depth, static_cast<size_t>(value));
    }
    for (size_t i = 0; i < depth; ++i)
      markUsed(node.blocks[i].body, candidate, used);
  }
}

void SearchSpace::canonicalize(solver::Candidate &candidate) const {
  std::vector<bool> used(geneList.size(), false);
  for (size_t i = 0; i < choices.size(); ++i)
    used[i] = choices[i]->key == kImageSize;
  markUsed(plan.body, candidate, used);
  for (size_t i = 0; i < candidate.size(); ++i)
    if (!used[i])
      candidate[i] = 0;
}

formats::SubnetConfig
SearchSpace::subnet(const solver::Candidate &candidate) const {
  formats::SubnetConfig config;
  std::map<std::string, std::vector<double>> lists;
  for (size_t i = 0; i < candidate.size(); ++i) {
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
  for (const formats::PlanChoice &choice : plan.choices)
    if (choice.perLayer)
      config.set(choice.key, bits);
  return config;
}

} // namespace oqat::train
