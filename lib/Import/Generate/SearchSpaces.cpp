//===- SearchSpaces.cpp - Search spaces as tables -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SearchSpaces.h"

using namespace mlir;
using namespace mlir::oqat;

static constexpr std::array<double, 3> kImageNetMean = {0.485, 0.456, 0.406};
static constexpr std::array<double, 3> kImageNetStd = {0.229, 0.224, 0.225};
static constexpr std::array<double, 3> kCifarMean = {0.4914, 0.4822, 0.4465};
static constexpr std::array<double, 3> kCifarStd = {0.2470, 0.2435, 0.2616};

static std::vector<int64_t> range(int64_t first, int64_t last, int64_t step) {
  std::vector<int64_t> values;
  for (int64_t value = first; value <= last; value += step)
    values.push_back(value);
  return values;
}

static std::vector<SpaceSpec> makeSearchSpaces() {
  constexpr ActivationKind relu = ActivationKind::Relu;
  constexpr ActivationKind hSwish = ActivationKind::HSwish;
  return {
      {"ofa-mbv3",
       "ofa_mbv3",
       range(128, 224, 4),
       {3, 5, 7},
       {3, 4, 6},
       {2, 3, 4},
       /*stemWidth=*/16,
       /*stemStride=*/2,
       {{24, 2, relu, false},
        {40, 2, relu, true},
        {80, 2, hSwish, false},
        {112, 1, hSwish, true},
        {160, 2, hSwish, true}},
       /*finalExpand=*/960,
       /*featureMix=*/1280,
       /*classes=*/1000,
       kImageNetMean,
       kImageNetStd},
      {"mbv3-cifar",
       "mbv3_cifar",
       {24, 28, 32},
       {3, 5},
       {2, 3, 4},
       {1, 2},
       /*stemWidth=*/16,
       /*stemStride=*/2,
       {{16, 1, relu, false},
        {24, 2, relu, true},
        {40, 2, hSwish, false},
        {64, 1, hSwish, true}},
       /*finalExpand=*/256,
       /*featureMix=*/384,
       /*classes=*/10,
       kCifarMean,
       kCifarStd},
      {"mbv3-cifar-l",
       "mbv3_cifar_l",
       {24, 28, 32},
       {3, 5, 7},
       {3, 4, 6},
       {2, 3},
       /*stemWidth=*/16,
       /*stemStride=*/1,
       {{24, 1, relu, false},
        {40, 2, relu, true},
        {80, 2, hSwish, false},
        {112, 1, hSwish, true},
        {160, 2, hSwish, true}},
       /*finalExpand=*/640,
       /*featureMix=*/960,
       /*classes=*/10,
       kCifarMean,
       kCifarStd},
  };
}

ArrayRef<SpaceSpec> mlir::oqat::getSearchSpaces() {
  static const std::vector<SpaceSpec> spaces = makeSearchSpaces();
  return spaces;
}
