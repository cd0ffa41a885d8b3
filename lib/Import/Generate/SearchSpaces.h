//===- SearchSpaces.h - Search spaces as tables -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_IMPORT_GENERATE_SEARCHSPACES_H
#define OQAT_IMPORT_GENERATE_SEARCHSPACES_H

#include "InvertedResidual.h"

namespace mlir::oqat {

struct StageSpec {
  int64_t width;
  int64_t stride;
  ActivationKind activation;
  bool squeezeExcite;
  /// A stage of fixed depth is one block.
  bool elasticDepth = true;
};

/// An elastic space of inverted residuals: everything that tells one from
/// another. Widths are those before the multiplier.
struct SpaceSpec {
  NetworkSpec network;
  double widthMultiplier = 1.0;
  std::vector<int64_t> kernels;
  std::vector<int64_t> expands;
  std::vector<int64_t> depths;
  StemSpec stem;
  int64_t firstWidth;
  ActivationKind firstActivation;
  std::vector<StageSpec> stages;
  MobileHead head;

  /// make_divisible(base * multiplier, 8).
  int64_t width(int64_t base) const;
  int64_t slots(const StageSpec &stage) const {
    return stage.elasticDepth ? depths.back() : 1;
  }
};

ArrayRef<SpaceSpec> getSearchSpaces();

} // namespace mlir::oqat

#endif // OQAT_IMPORT_GENERATE_SEARCHSPACES_H
