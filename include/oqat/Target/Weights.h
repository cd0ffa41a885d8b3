//===- Weights.h - The weights of a packed convolution --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TARGET_WEIGHTS_H
#define OQAT_TARGET_WEIGHTS_H

#include "dialects/bitpack/Bitpack.h"

namespace mlir::oqat {

/// The weights in the order (n, tap, c): codes q, or 2q + 1 with `odd`.
std::vector<int16_t> unpackWeights(bitpack::Conv2DOp op, bool odd);
/// The weights in the order (c, tap).
std::vector<int16_t> unpackWeights(bitpack::DepthwiseConv2DOp op, bool odd);

} // namespace mlir::oqat

#endif // OQAT_TARGET_WEIGHTS_H
