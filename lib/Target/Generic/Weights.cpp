//===- Weights.cpp - The weights of a packed convolution ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Target/Weights.h"
#include "oqat/Support/Bytes.h"

#include "oqat/Numerics/Bounds.h"
#include "oqat/Numerics/Packing.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

template <typename ConvOp>
static std::vector<int16_t> unpack(ConvOp op, int64_t count, bool odd) {
  std::vector<int16_t> weights(count);
  numerics::unpackCodes(BytesView(op.getWeights()).data(), count,
                        static_cast<int>(op.getWeightBits()), weights.data());
  if (odd)
    for (int16_t &weight : weights)
      weight = static_cast<int16_t>(numerics::weightValue(weight, odd));
  return weights;
}

std::vector<int16_t> mlir::oqat::unpackWeights(bitpack::Conv2DOp op, bool odd) {
  return unpack(op,
                op.getPictureType().getDimSize(3) * op.getKernel()[0] *
                    op.getKernel()[1] * op.getInput().getType().getDimSize(3),
                odd);
}

std::vector<int16_t> mlir::oqat::unpackWeights(bitpack::DepthwiseConv2DOp op,
                                               bool odd) {
  return unpack(op,
                op.getInput().getType().getDimSize(3) * op.getKernel()[0] *
                    op.getKernel()[1],
                odd);
}
