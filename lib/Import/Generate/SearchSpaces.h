//===- SearchSpaces.h - Search spaces as tables -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_IMPORT_GENERATE_SEARCHSPACES_H
#define OQAT_IMPORT_GENERATE_SEARCHSPACES_H

#include "dialects/oqat/Oqat.h"
#include <array>
#include <vector>

namespace mlir::oqat {

struct StageSpec {
  int64_t width;
  int64_t stride;
  ActivationKind activation;
  bool squeezeExcite;
};

/// A MobileNetV3 search space: everything that tells one from another.
struct SpaceSpec {
  StringRef name;
  StringRef symbol;
  std::vector<int64_t> imageSizes;
  std::vector<int64_t> kernels;
  std::vector<int64_t> expands;
  std::vector<int64_t> depths;
  int64_t stemWidth;
  int64_t stemStride;
  std::vector<StageSpec> stages;
  int64_t finalExpand;
  int64_t featureMix;
  int64_t classes;
  std::array<double, 3> mean;
  std::array<double, 3> deviation;

  int64_t slotsPerStage() const { return depths.back(); }
};

ArrayRef<SpaceSpec> getSearchSpaces();

} // namespace mlir::oqat

#endif // OQAT_IMPORT_GENERATE_SEARCHSPACES_H
