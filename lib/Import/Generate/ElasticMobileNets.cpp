//===- ElasticMobileNets.cpp - Spaces of inverted residuals ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A stem, one block without expansion, stages of blocks with elastic depth,
// kernel and expansion, a head (OQAT.md section 1). Everything that tells one
// space from another stands in the tables of SearchSpaces.cpp.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "SearchSpaces.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {

class SpaceBuilder {
public:
  SpaceBuilder(ModuleOp module, const SpaceSpec &spec)
      : spec(spec), net(module, spec.network) {}

  void build();

private:
  void addChoices();
  Value buildFirstBlock(Value x);
  Value buildBlock(Value x, const StageSpec &stage, int64_t stride,
                   bool startsRun);
  Value buildStage(Value x, size_t index);
  bool beginsResidual(size_t index) const;

  const SpaceSpec &spec;
  NetworkBuilder net;
  /// Of the next block: where it stands in the lists of a subnet, and what it
  /// is given.
  int64_t slot = 0, width = 0;
};

} // namespace

void SpaceBuilder::addChoices() {
  int64_t slots = 0;
  for (const StageSpec &stage : spec.stages)
    slots += spec.slots(stage);
  for (int64_t slot = 0; slot < slots; ++slot)
    net.choice("ks_" + Twine(slot), "ks", slot, spec.kernels);
  for (int64_t slot = 0; slot < slots; ++slot)
    net.choice("e_" + Twine(slot), "e", slot, spec.expands);
  for (auto [index, stage] : llvm::enumerate(spec.stages))
    if (stage.elasticDepth)
      net.choice("d_" + Twine(index), "d", static_cast<int64_t>(index),
                 spec.depths);
}

Value SpaceBuilder::buildFirstBlock(Value x) {
  int64_t in = spec.width(spec.stem.width);
  width = spec.width(spec.firstWidth);
  InvertedResidual block{"b0", in, width, fixedWidth(in), {3}};
  block.activation = spec.firstActivation;
  block.expand = false;
  block.startsRun = beginsResidual(0);
  if (block.isResidual())
    x = net.startStream(x, "stem");
  return buildInvertedResidual(net, x, block);
}

Value SpaceBuilder::buildBlock(Value x, const StageSpec &stage, int64_t stride,
                               bool startsRun) {
  int64_t out = spec.width(stage.width);
  InvertedResidual block{
      "b" + std::to_string(slot + 1), width, out,
      net.scaledBy(width, spec.expands.back(), "e_" + Twine(slot)),
      spec.kernels};
  block.kernelChoice = net.symbol("ks_" + Twine(slot));
  block.stride = stride;
  block.activation = stage.activation;
  block.squeezeExcite = stage.squeezeExcite;
  block.startsRun = startsRun;
  ++slot;
  width = out;
  return buildInvertedResidual(net, x, block);
}

/// Whether the first block of a stage adds to what comes before.
bool SpaceBuilder::beginsResidual(size_t index) const {
  if (index == spec.stages.size())
    return false;
  int64_t before = index == 0 ? spec.firstWidth : spec.stages[index - 1].width;
  return spec.stages[index].stride == 1 &&
         spec.width(before) == spec.width(spec.stages[index].width);
}

Value SpaceBuilder::buildStage(Value x, size_t index) {
  const StageSpec &stage = spec.stages[index];
  bool continues = beginsResidual(index + 1);
  if (!stage.elasticDepth)
    return buildBlock(x, stage, stage.stride, continues);
  OpBuilder &builder = net.builder;
  int64_t slots = spec.slots(stage);
  auto op = builder.create<StageOp>(net.loc, net.activationType,
                                    net.symbol("d_" + Twine(index)), x, slots);
  OpBuilder::InsertionGuard guard(builder);
  for (int64_t i = 0; i < slots; ++i) {
    Block *block = builder.createBlock(&op.getBlocks()[i], {},
                                       net.activationType, net.loc);
    Value y = buildBlock(block->getArgument(0), stage,
                         i == 0 ? stage.stride : 1, slots > 1 || continues);
    builder.create<YieldOp>(net.loc, y);
  }
  return op.getResult();
}

void SpaceBuilder::build() {
  net.buildSpace([&] { addChoices(); });
  StemSpec stem = spec.stem;
  stem.width = spec.width(stem.width);
  Value x = buildFirstBlock(buildStem(net, stem));
  for (size_t stage = 0; stage < spec.stages.size(); ++stage)
    x = buildStage(x, stage);
  MobileHead head = spec.head;
  head.expand = head.expand ? spec.width(head.expand) : 0;
  head.mix = spec.width(head.mix);
  buildMobileHead(net, x, width, head);
}

void mlir::oqat::addElasticMobileNets(std::vector<GeneratedNetwork> &networks) {
  for (const SpaceSpec &spec : getSearchSpaces())
    networks.push_back({spec.network.name, [&spec](ModuleOp module) {
                          SpaceBuilder(module, spec).build();
                        }});
}
