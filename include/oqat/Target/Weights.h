//===- Weights.h - The weights of a packed convolution --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TARGET_WEIGHTS_H
#define OQAT_TARGET_WEIGHTS_H

#include "dialects/bitpack/Bitpack.h"

namespace mlir::oqat {

/// The weights in the order (n, tap, c), as what they stand for.
std::vector<int16_t> unpackWeights(bitpack::Conv2DOp op);
/// The weights in the order (c, tap).
std::vector<int16_t> unpackWeights(bitpack::DepthwiseConv2DOp op);

} // namespace mlir::oqat

#endif // OQAT_TARGET_WEIGHTS_H
