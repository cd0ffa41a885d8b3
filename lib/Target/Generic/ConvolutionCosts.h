//===- ConvolutionCosts.h - Which kernel of a convolution is best ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_CONVOLUTIONCOSTS_H
#define LIB_TARGET_GENERIC_CONVOLUTIONCOSTS_H

#include "Emitters.h"

namespace mlir::oqat {

/// How long a planned kernel of a convolution takes, to be compared with other
/// plans of the same layer and target.
double estimateCost(const VectorTarget &target, bitpack::Conv2DOp op,
                    const LayerPlan &plan);

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_CONVOLUTIONCOSTS_H
