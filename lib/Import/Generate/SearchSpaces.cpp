//===- SearchSpaces.cpp - Search spaces as tables -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SearchSpaces.h"

using namespace mlir;
using namespace mlir::oqat;

static constexpr ActivationKind kRelu = ActivationKind::Relu;
static constexpr ActivationKind kRelu6 = ActivationKind::Relu6;
static constexpr ActivationKind kHSwish = ActivationKind::HSwish;

/// The resolutions of Once-for-All.
static std::vector<int64_t> onceForAllSizes() {
  std::vector<int64_t> sizes;
  for (int64_t size = 128; size <= 224; size += 4)
    sizes.push_back(size);
  return sizes;
}

int64_t SpaceSpec::width(int64_t base) const {
  double scaled = static_cast<double>(base) * widthMultiplier;
  int64_t rounded = static_cast<int64_t>(scaled + 4.0) / 8 * 8;
  rounded = std::max<int64_t>(rounded, 8);
  return static_cast<double>(rounded) < 0.9 * scaled ? rounded + 8 : rounded;
}

/// MobileNetV3 as in Once-for-All, whose numbers OQAT.md section 1 has.
static SpaceSpec onceForAllMobileNetV3(StringRef name, StringRef symbol,
                                       double widthMultiplier) {
  return {{name, symbol, imageNetPictures(onceForAllSizes()), 1000},
          widthMultiplier,
          {3, 5, 7},
          {3, 4, 6},
          {2, 3, 4},
          {16, 2, kHSwish},
          /*firstWidth=*/16,
          kRelu,
          {{24, 2, kRelu, false},
           {40, 2, kRelu, true},
           {80, 2, kHSwish, false},
           {112, 1, kHSwish, true},
           {160, 2, kHSwish, true}},
          {/*expand=*/960, /*mix=*/1280, kHSwish}};
}

/// ProxylessNAS as in Once-for-All: base widths, strides, relu6 and the batch
/// norm's epsilon are those of its `OFAProxylessNASNets`, which has trained
/// weights at width 1.3 only. The last stage is one block with an elastic
/// kernel and expansion: slot 20.
static SpaceSpec onceForAllProxyless(StringRef name, StringRef symbol,
                                     double widthMultiplier) {
  NetworkSpec network{name, symbol, imageNetPictures(onceForAllSizes()), 1000};
  network.epsilon = 1e-3;
  return {network,
          widthMultiplier,
          {3, 5, 7},
          {3, 4, 6},
          {2, 3, 4},
          {32, 2, kRelu6},
          /*firstWidth=*/16,
          kRelu6,
          {{24, 2, kRelu6, false},
           {40, 2, kRelu6, false},
           {80, 2, kRelu6, false},
           {96, 1, kRelu6, false},
           {192, 2, kRelu6, false},
           {320, 1, kRelu6, false, /*elasticDepth=*/false}},
          {/*expand=*/0, /*mix=*/1280, kRelu6}};
}

static SpaceSpec smallCifar() {
  return {{"mbv3-cifar", "mbv3_cifar", cifar10Pictures({24, 28, 32}), 10},
          1.0,
          {3, 5},
          {2, 3, 4},
          {1, 2},
          {16, 2, kHSwish},
          /*firstWidth=*/16,
          kRelu,
          {{16, 1, kRelu, false},
           {24, 2, kRelu, true},
           {40, 2, kHSwish, false},
           {64, 1, kHSwish, true}},
          {/*expand=*/256, /*mix=*/384, kHSwish}};
}

static SpaceSpec largeCifar() {
  return {{"mbv3-cifar-l", "mbv3_cifar_l", cifar10Pictures({24, 28, 32}), 10},
          1.0,
          {3, 5, 7},
          {3, 4, 6},
          {2, 3},
          {16, 1, kHSwish},
          /*firstWidth=*/16,
          kRelu,
          {{24, 1, kRelu, false},
           {40, 2, kRelu, true},
           {80, 2, kHSwish, false},
           {112, 1, kHSwish, true},
           {160, 2, kHSwish, true}},
          {/*expand=*/640, /*mix=*/960, kHSwish}};
}

ArrayRef<SpaceSpec> mlir::oqat::getSearchSpaces() {
  static const std::vector<SpaceSpec> spaces = {
      onceForAllMobileNetV3("ofa-mbv3", "ofa_mbv3", 1.0),
      smallCifar(),
      largeCifar(),
      onceForAllMobileNetV3("ofa-mbv3-w1.2", "ofa_mbv3_w1_2", 1.2),
      onceForAllProxyless("ofa-proxyless", "ofa_proxyless", 1.0),
      onceForAllProxyless("ofa-proxyless-w1.3", "ofa_proxyless_w1_3", 1.3)};
  return spaces;
}
