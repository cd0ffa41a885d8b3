//===- MobileNets.cpp - MobileNets of fixed architecture ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MobileNetV2 for ImageNet and for CIFAR-100 (SAQ.md section 4) and
// MobileNetV3-Large. Only the bits are open.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "InvertedResidual.h"

using namespace mlir;
using namespace mlir::oqat;

static constexpr ActivationKind kRelu = ActivationKind::Relu;
static constexpr ActivationKind kRelu6 = ActivationKind::Relu6;
static constexpr ActivationKind kHSwish = ActivationKind::HSwish;

/// Blocks `b0`, `b1`, … between a stem and a head.
static void buildMobileNet(ModuleOp module, const NetworkSpec &spec,
                           const StemSpec &stem,
                           ArrayRef<InvertedResidual> blocks,
                           const MobileHead &head) {
  NetworkBuilder net(module, spec);
  net.buildSpace();
  Value x = buildStem(net, stem);
  if (blocks.front().isResidual())
    x = net.startStream(x, "stem");
  for (auto [i, block] : llvm::enumerate(blocks)) {
    InvertedResidual next = block;
    next.startsRun = i + 1 < blocks.size() && blocks[i + 1].isResidual();
    x = buildInvertedResidual(net, x, next);
  }
  buildMobileHead(net, x, blocks.back().out, head);
}

//===----------------------------------------------------------------------===//
// MobileNetV2
//===----------------------------------------------------------------------===//

namespace {
struct V2Stage {
  int64_t expand, width, blocks, stride;
};

/// What CIFAR-100's MobileNetV2 has otherwise than the one for ImageNet.
struct V2Spec {
  std::vector<V2Stage> stages;
  ActivationKind activation;
  int64_t stemStride;
  bool alwaysExpand, convShortcut;
};
} // namespace

static void buildMobileNetV2(ModuleOp module, const NetworkSpec &network,
                             const V2Spec &spec) {
  std::vector<InvertedResidual> blocks;
  int64_t in = 32;
  for (const V2Stage &stage : spec.stages)
    for (int64_t i = 0; i < stage.blocks; ++i) {
      InvertedResidual block{"b" + std::to_string(blocks.size()),
                             in,
                             stage.width,
                             fixedWidth(in * stage.expand),
                             {3}};
      block.stride = i == 0 ? stage.stride : 1;
      block.activation = spec.activation;
      block.expand = stage.expand != 1 || spec.alwaysExpand;
      block.convShortcut = spec.convShortcut;
      blocks.push_back(block);
      in = stage.width;
    }
  buildMobileNet(module, network, {32, spec.stemStride, spec.activation},
                 blocks, {/*expand=*/0, /*mix=*/1280, spec.activation});
}

static void buildImageNetV2(ModuleOp module) {
  NetworkSpec network{"mobilenetv2", "mobilenetv2", imageNetPictures({224}),
                      1000, saqBits()};
  buildMobileNetV2(module, network,
                   {{{1, 16, 1, 1},
                     {6, 24, 2, 2},
                     {6, 32, 3, 2},
                     {6, 64, 4, 2},
                     {6, 96, 3, 1},
                     {6, 160, 3, 2},
                     {6, 320, 1, 1}},
                    kRelu6,
                    /*stemStride=*/2,
                    /*alwaysExpand=*/false,
                    /*convShortcut=*/false});
}

static void buildCifarV2(ModuleOp module) {
  NetworkSpec network{"mobilenetv2-cifar100", "mobilenetv2_cifar100",
                      cifar100Pictures({32}), 100, saqBits()};
  buildMobileNetV2(module, network,
                   {{{1, 16, 1, 1},
                     {6, 24, 2, 1},
                     {6, 32, 3, 2},
                     {6, 64, 4, 2},
                     {6, 96, 3, 1},
                     {6, 160, 3, 2},
                     {6, 320, 1, 1}},
                    kRelu,
                    /*stemStride=*/1,
                    /*alwaysExpand=*/true,
                    /*convShortcut=*/true});
}

//===----------------------------------------------------------------------===//
// MobileNetV3-Large
//===----------------------------------------------------------------------===//

namespace {
/// A row of table 1 of the MobileNetV3 paper.
struct V3Row {
  int64_t kernel, middle, width;
  bool squeezeExcite;
  ActivationKind activation;
  int64_t stride;
};
} // namespace

static const V3Row kMobileNetV3Large[] = {
    {3, 16, 16, false, kRelu, 1},    {3, 64, 24, false, kRelu, 2},
    {3, 72, 24, false, kRelu, 1},    {5, 72, 40, true, kRelu, 2},
    {5, 120, 40, true, kRelu, 1},    {5, 120, 40, true, kRelu, 1},
    {3, 240, 80, false, kHSwish, 2}, {3, 200, 80, false, kHSwish, 1},
    {3, 184, 80, false, kHSwish, 1}, {3, 184, 80, false, kHSwish, 1},
    {3, 480, 112, true, kHSwish, 1}, {3, 672, 112, true, kHSwish, 1},
    {5, 672, 160, true, kHSwish, 2}, {5, 960, 160, true, kHSwish, 1},
    {5, 960, 160, true, kHSwish, 1},
};

static void buildMobileNetV3Large(ModuleOp module) {
  NetworkSpec network{"mobilenetv3-large", "mobilenetv3_large",
                      imageNetPictures({224}), 1000};
  std::vector<InvertedResidual> blocks;
  int64_t in = 16;
  for (const V3Row &row : kMobileNetV3Large) {
    InvertedResidual block{"b" + std::to_string(blocks.size()),
                           in,
                           row.width,
                           fixedWidth(row.middle),
                           {row.kernel}};
    block.stride = row.stride;
    block.activation = row.activation;
    block.squeezeExcite = row.squeezeExcite;
    block.expand = !blocks.empty();
    blocks.push_back(block);
    in = row.width;
  }
  buildMobileNet(module, network, {16, 2, kHSwish}, blocks,
                 {/*expand=*/960, /*mix=*/1280, kHSwish});
}

void mlir::oqat::addMobileNets(std::vector<GeneratedNetwork> &networks) {
  networks.push_back({"mobilenetv2", buildImageNetV2});
  networks.push_back({"mobilenetv2-cifar100", buildCifarV2});
  networks.push_back({"mobilenetv3-large", buildMobileNetV3Large});
}
