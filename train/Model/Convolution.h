//===- Convolution.h - Convolutions of a program ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Quantized layers convolve codes: products and sums of integers, which are
// exact in float32 as long as the bound of the accumulator is below 2^24 (N13).
// Float layers follow N5, except in the warm start. This is what dense and
// depthwise layers have in common: the bound, batch norm and the sums over
// chunks.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_CONVOLUTION_H
#define OQAT_TRAIN_MODEL_CONVOLUTION_H

#include "train/Model/ActiveWeight.h"
#include "train/Model/ConvolutionOperation.h"

namespace oqat::train {

class Convolution : public ConvolutionOperation<ActiveWeight> {
public:
  using ConvolutionOperation::ConvolutionOperation;

  void beginForward() override;
  /// Batch norm's part.
  void beginBackward() override;

protected:
  /// Of a chunk.
  int64_t rows(const Chunk &chunk) const { return chunk.count * out->pixels(); }
  /// dL/d(accumulator) of a chunk, from dL/dz that the chain has left, in whose
  /// place it may go.
  void toAccumulatorGrad(const Chunk &chunk, float *to);

  /// The gradient of the weight, `count` floats for each chunk.
  void makeWeightGrads(int64_t count);
  float *weightGradAt(const Chunk &chunk);
  /// Their sum, and they are gone.
  at::Tensor takeWeightGrad();

private:
  at::Tensor weightGrads;

  double bound();
};

OperationPtr makeDenseConvolution(const BuildContext &context,
                                  const formats::PlanNode &node, Value *in,
                                  Value *out);
OperationPtr makeDepthwiseConvolution(const BuildContext &context,
                                      const formats::PlanNode &node, Value *in,
                                      Value *out);

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_CONVOLUTION_H
