//===- InvertedResidual.h - Parts of MobileNets -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_IMPORT_GENERATE_INVERTEDRESIDUAL_H
#define OQAT_IMPORT_GENERATE_INVERTEDRESIDUAL_H

#include "NetworkBuilder.h"

namespace mlir::oqat {

/// 1x1 expand, depthwise, squeeze-excite, 1x1 project; the input is added
/// where it has the result's shape.
struct InvertedResidual {
  std::string name;
  int64_t in, out;
  Width middle;
  std::vector<int64_t> kernels;
  FlatSymbolRefAttr kernelChoice = {};
  int64_t stride = 1;
  ActivationKind activation = ActivationKind::Relu;
  bool squeezeExcite = false;
  /// Without, the block starts with the depthwise layer.
  bool expand = true;
  /// Where only the widths differ, a 1x1 convolution of the input is added.
  bool convShortcut = false;
  /// Whether the next block adds to the result of this one.
  bool startsRun = false;

  bool isResidual() const { return stride == 1 && in == out; }
};

Value buildInvertedResidual(NetworkBuilder &net, Value x,
                            const InvertedResidual &block);

/// The float 3x3 convolution at the beginning.
struct StemSpec {
  int64_t width, stride;
  ActivationKind activation;
};

Value buildStem(NetworkBuilder &net, const StemSpec &stem);

/// What follows the blocks. MobileNetV3 expands, pools and mixes; with no
/// `expand` the mixing convolution has a batch norm and comes before the pool.
struct MobileHead {
  int64_t expand, mix;
  ActivationKind activation;
};

void buildMobileHead(NetworkBuilder &net, Value x, int64_t in,
                     const MobileHead &head);

} // namespace mlir::oqat

#endif // OQAT_IMPORT_GENERATE_INVERTEDRESIDUAL_H
