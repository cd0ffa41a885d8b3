//===- SortChannels.cpp - Important channels first ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/SortChannels.h"
#include "oqat/Numerics/Shape.h"
#include "train/Model/Support.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace oqat::train {

using formats::PlanNode;
using formats::PlanStage;

namespace {

/// One dimension of a parameter.
struct Axis {
  std::string parameter;
  int64_t dim;
};

/// Everything that is indexed by the middle channels of a block.
struct Middle {
  formats::PlanExtent width;
  std::vector<Axis> axes;
  std::vector<const PlanNode *> gates;
};

class ChannelSorter {
public:
  ChannelSorter(const formats::Plan &plan, Parameters &parameters,
                const std::map<std::string, double> &trained)
      : plan(plan), parameters(parameters), trained(trained) {}

  void run(const std::vector<PlanNode> &body) {
    for (const PlanNode &node : body)
      producers[node.out] = &node;
    for (const PlanNode &node : body) {
      if (node.kind == PlanNode::Kind::Conv2d && node.weight.in)
        sortBlock(node);
      for (const formats::PlanBlock &block : node.blocks)
        run(block.body);
    }
  }

private:
  const formats::Plan &plan;
  Parameters &parameters;
  const std::map<std::string, double> &trained;
  std::map<int64_t, const PlanNode *> producers;

  void sortBlock(const PlanNode &project);
  void sortGate(const PlanNode &gate, int64_t channels);
  void trace(const PlanNode &project, Middle &middle) const;
  void addChain(const PlanNode &chain, Middle &middle) const;
  std::vector<int64_t> order(const Axis &axis, int64_t sorted) const;
  void permute(const Axis &axis, const std::vector<int64_t> &order);
};

} // namespace

static int64_t innerSize(const at::Tensor &tensor, int64_t dim) {
  int64_t inner = 1;
  for (int64_t i = dim + 1; i < tensor.dim(); ++i)
    inner *= tensor.size(i);
  return inner;
}

void ChannelSorter::addChain(const PlanNode &chain, Middle &middle) const {
  for (const PlanStage &stage : chain.stages) {
    if (stage.kind == PlanStage::Kind::Add)
      throw Error("channels cannot be sorted: a sum stands between two "
                  "convolutions of a block");
    if (stage.kind == PlanStage::Kind::Rescale && stage.batchNorm)
      for (const std::string &name :
           {stage.batchNorm->gamma, stage.batchNorm->beta,
            stage.batchNorm->mean, stage.batchNorm->variance})
        middle.axes.push_back({name, 0});
    if (stage.kind != PlanStage::Kind::Scale)
      continue;
    const PlanNode &gate = *producers.at(stage.in);
    middle.axes.push_back({gate.reduce.weight, 3});
    middle.axes.push_back({gate.expand.weight, 0});
    middle.axes.push_back({gate.expand.bias, 0});
    middle.gates.push_back(&gate);
  }
}

/// From the input of the projecting convolution up to the expanding one.
void ChannelSorter::trace(const PlanNode &project, Middle &middle) const {
  for (int64_t value = project.in;;) {
    auto it = producers.find(value);
    bool isChain =
        it != producers.end() && it->second->kind == PlanNode::Kind::Pointwise;
    bool isConv =
        it != producers.end() && it->second->kind == PlanNode::Kind::Conv2d;
    if (!isChain && !isConv)
      throw Error("channels cannot be sorted: expected those of layer '" +
                  project.name + "' to come from a convolution of its block");
    const PlanNode &node = *it->second;
    value = node.in;
    if (isChain) {
      addChain(node, middle);
      continue;
    }
    const auto &out = node.weight.out;
    if (!out || out->base != middle.width.base ||
        out->choice != middle.width.choice)
      throw Error("channels cannot be sorted: layer '" + node.name +
                  "' has another width than layer '" + project.name +
                  "' reads");
    middle.axes.push_back({node.weight.parameter, 0});
    if (!node.depthwise)
      return;
  }
}

/// The index that each place takes its channel from: the first `sorted` ones by
/// descending L1 norm, ties and all others where they are.
std::vector<int64_t> ChannelSorter::order(const Axis &axis,
                                          int64_t sorted) const {
  const Parameter &p = parameters[axis.parameter];
  int64_t extent = p.value.size(axis.dim), inner = innerSize(p.value, axis.dim);
  std::vector<double> norm(static_cast<size_t>(extent), 0.0);
  for (int64_t i = 0; i < p.value.numel(); ++i)
    norm[static_cast<size_t>(i / inner % extent)] +=
        std::fabs(static_cast<double>(p.data()[i]));
  for (double value : norm)
    if (!std::isfinite(value))
      throw Error("channels cannot be sorted: a value of '" + axis.parameter +
                  "' is not finite");
  std::vector<int64_t> order(norm.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.begin() + std::min(sorted, extent),
                   [&](int64_t x, int64_t y) {
                     return norm[static_cast<size_t>(x)] >
                            norm[static_cast<size_t>(y)];
                   });
  return order;
}

void ChannelSorter::permute(const Axis &axis,
                            const std::vector<int64_t> &order) {
  Parameter &p = parameters[axis.parameter];
  int64_t extent = p.value.size(axis.dim), inner = innerSize(p.value, axis.dim);
  at::Tensor from = p.value.clone();
  int64_t outer = p.value.numel() / (extent * inner);
  for (int64_t row = 0; row < outer; ++row)
    for (size_t place = 0; place < order.size(); ++place)
      std::memcpy(
          p.data() + (row * extent + static_cast<int64_t>(place)) * inner,
          from.data_ptr<float>() + (row * extent + order[place]) * inner,
          sizeof(float) * static_cast<size_t>(inner));
}

void ChannelSorter::sortGate(const PlanNode &gate, int64_t channels) {
  Axis columns = {gate.expand.weight, 3};
  std::vector<int64_t> squeezed =
      order(columns, numerics::squeezeWidth(channels));
  permute(columns, squeezed);
  permute({gate.reduce.weight, 0}, squeezed);
  permute({gate.reduce.bias, 0}, squeezed);
}

void ChannelSorter::sortBlock(const PlanNode &project) {
  Middle middle{*project.weight.in, {}, {}};
  const formats::PlanChoice *ratios = plan.findChoice(middle.width.choice);
  double largest =
      *std::max_element(ratios->values.begin(), ratios->values.end());
  auto it = trained.find(middle.width.choice);
  int64_t channels = numerics::scaledWidth(middle.width.base, largest);
  int64_t sorted = it == trained.end()
                       ? channels
                       : numerics::scaledWidth(middle.width.base, it->second);
  trace(project, middle);
  Axis columns = {project.weight.parameter, 3};
  std::vector<int64_t> places = order(columns, sorted);
  // Channels beyond those of the maximal network have no part in it.
  places.resize(static_cast<size_t>(channels));
  for (const Axis &axis : middle.axes)
    permute(axis, places);
  permute(columns, places);
  for (const PlanNode *gate : middle.gates)
    sortGate(*gate, std::min(channels, sorted));
}

void sortChannels(const formats::Plan &plan, Parameters &parameters,
                  const std::map<std::string, double> &trained) {
  ChannelSorter(plan, parameters, trained).run(plan.body);
}

} // namespace oqat::train
