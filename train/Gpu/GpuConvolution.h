//===- GpuConvolution.h - Convolutions of a program on a GPU ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What dense and depthwise layers have in common there: the bound of their
// accumulators and batch norm.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_GPU_GPUCONVOLUTION_H
#define OQAT_TRAIN_GPU_GPUCONVOLUTION_H

#include "train/Gpu/GpuOperations.h"
#include "train/Gpu/GpuWeight.h"
#include "train/Model/ConvolutionOperation.h"

namespace oqat::train {

class GpuConvolution : public ConvolutionOperation<GpuWeight> {
public:
  GpuConvolution(const BuildContext &context, const formats::PlanNode &node,
                 Value *in, Value *out);

  void prepare() override;
  void beginForward() override;
  void forward(const Chunk &chunk) override;
  void backward(const Chunk &chunk) override;

protected:
  Gpu &gpu;
  ProgramMemory &memory;

  virtual void convolve() = 0;
  /// From out->grad, which is dL/d(accumulator), the weight's at its place and
  /// the input's.
  virtual void convolveBackward() = 0;

private:
  DeviceShape elements() const {
    return {context.images, out->pixels(), out->channels};
  }
  double batchRows() const;
  void reserveNorm();
  void bound();
  double boundOfCodes() const;
  bool squaresFit(double most) const;
  void addStatistics();
  void sumNormGradient();
  void toAccumulatorGrad();
};

OperationPtr makeGpuDenseConvolution(const BuildContext &context,
                                     const formats::PlanNode &node, Value *in,
                                     Value *out);
OperationPtr makeGpuDepthwiseConvolution(const BuildContext &context,
                                         const formats::PlanNode &node,
                                         Value *in, Value *out);

} // namespace oqat::train

#endif // OQAT_TRAIN_GPU_GPUCONVOLUTION_H
