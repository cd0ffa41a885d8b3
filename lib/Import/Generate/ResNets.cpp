//===- ResNets.cpp - ResNets of fixed architecture ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// ResNet-18 for ImageNet and the pre-activation ResNet-20 for CIFAR-100
// (SAQ.md section 4). Only the bits are open. The layers of a block, and so
// their entries in lists of bits, stand in the order conv1, conv2, shortcut.
//
//===----------------------------------------------------------------------===//

#include "Families.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {

/// One block of two 3x3 convolutions.
struct BasicBlock {
  std::string name;
  int64_t in, out, stride;

  bool needsShortcut() const { return stride != 1 || in != out; }
};

class ResNetBuilder {
public:
  ResNetBuilder(ModuleOp module, const NetworkSpec &spec) : net(module, spec) {
    net.buildSpace();
  }

  void buildResNet18();
  void buildPreActivationResNet20();

private:
  Value conv(Value x, const BasicBlock &block, StringRef name, bool batchNorm);
  Value relu(Value x) { return net.activate(x, ActivationKind::Relu); }
  Value buildStem(int64_t width, int64_t kernel, int64_t stride,
                  bool batchNorm);
  Value buildBlock(Value x, const BasicBlock &block);
  Value buildPreActivationBlock(Value x, const BasicBlock &block, bool first);

  NetworkBuilder net;
};

} // namespace

/// The convolution `name` of a block: conv1, conv2 or shortcut.
Value ResNetBuilder::conv(Value x, const BasicBlock &block, StringRef name,
                          bool batchNorm) {
  bool second = name == "conv2";
  ConvSpec conv{block.name + "." + name.str(),
                fixedWidth(block.out),
                fixedWidth(second ? block.out : block.in),
                {name == "shortcut" ? 1 : 3}};
  conv.stride = second ? 1 : block.stride;
  conv.batchNorm = batchNorm;
  return net.conv(x, conv);
}

Value ResNetBuilder::buildStem(int64_t width, int64_t kernel, int64_t stride,
                               bool batchNorm) {
  ConvSpec stem{"stem", fixedWidth(width), fixedWidth(3), {kernel}};
  stem.stride = stride;
  stem.isEnd = true;
  stem.batchNorm = batchNorm;
  return net.conv(net.begin(), stem);
}

Value ResNetBuilder::buildBlock(Value x, const BasicBlock &block) {
  Value y = relu(conv(x, block, "conv1", /*batchNorm=*/true));
  y = conv(y, block, "conv2", /*batchNorm=*/true);
  if (block.needsShortcut())
    x = net.startStream(conv(x, block, "shortcut", /*batchNorm=*/true),
                        block.name);
  return relu(net.add(y, x));
}

/// The first block of every stage takes its shortcut after the batch norm and
/// the relu, the others before.
Value ResNetBuilder::buildPreActivationBlock(Value x, const BasicBlock &block,
                                             bool first) {
  Value y = relu(net.batchNorm(x, block.name + ".norm", block.in));
  if (first && !block.needsShortcut())
    y = net.startStream(y, block.name);
  if (first)
    x = y;
  y = relu(conv(y, block, "conv1", /*batchNorm=*/true));
  y = conv(y, block, "conv2", /*batchNorm=*/false);
  if (block.needsShortcut())
    x = net.startStream(conv(x, block, "shortcut", /*batchNorm=*/false),
                        block.name);
  return net.add(y, x);
}

//===----------------------------------------------------------------------===//
// The networks
//===----------------------------------------------------------------------===//

/// Stages of equally many blocks, each after the first with half the pixels.
static std::vector<std::vector<BasicBlock>> makeStages(ArrayRef<int64_t> widths,
                                                       int64_t blocks) {
  std::vector<std::vector<BasicBlock>> stages(widths.size());
  int64_t in = widths.front();
  for (auto [index, width] : llvm::enumerate(widths))
    for (int64_t i = 0; i < blocks; ++i) {
      std::string name =
          "stage" + std::to_string(index + 1) + ".b" + std::to_string(i);
      stages[index].push_back({name, in, width, index > 0 && i == 0 ? 2 : 1});
      in = width;
    }
  return stages;
}

void ResNetBuilder::buildResNet18() {
  Value x = relu(buildStem(64, /*kernel=*/7, /*stride=*/2, /*batchNorm=*/true));
  x = net.startStream(net.maxPool(x, /*kernel=*/3, /*stride=*/2), "stem");
  for (const auto &stage : makeStages({64, 128, 256, 512}, /*blocks=*/2))
    for (auto [i, block] : llvm::enumerate(stage))
      x = buildBlock(i == 0 ? x : net.continueStream(x), block);
  net.finish(net.pool(x), 512);
}

void ResNetBuilder::buildPreActivationResNet20() {
  Value x = buildStem(16, /*kernel=*/3, /*stride=*/1, /*batchNorm=*/false);
  for (const auto &stage : makeStages({16, 32, 64}, /*blocks=*/3))
    for (auto [i, block] : llvm::enumerate(stage))
      x = buildPreActivationBlock(x, block, /*first=*/i == 0);
  x = relu(net.batchNorm(x, "norm", 64));
  net.finish(net.pool(x), 64);
}

void mlir::oqat::addResNets(std::vector<GeneratedNetwork> &networks) {
  networks.push_back({"resnet18", [](ModuleOp module) {
                        NetworkSpec spec{"resnet18", "resnet18",
                                         imageNetPictures({224}), 1000,
                                         saqBits()};
                        ResNetBuilder(module, spec).buildResNet18();
                      }});
  networks.push_back(
      {"resnet20-cifar100", [](ModuleOp module) {
         NetworkSpec spec{"resnet20-cifar100", "resnet20_cifar100",
                          cifar100Pictures({32}), 100, saqBits()};
         ResNetBuilder(module, spec).buildPreActivationResNet20();
       }});
}
