//===- GpuOperations.h - The operations of a program on a GPU ---*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same operations as train/Model/Operations.h makes, for all pictures at
// once: values have the bits of the CPU's, gradients differ by the order of
// their sums. They start work on the GPU and wait for nothing.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_GPU_GPUOPERATIONS_H
#define OQAT_TRAIN_GPU_GPUOPERATIONS_H

#include "train/Gpu/ProgramMemory.h"
#include "train/Model/Operations.h"

namespace oqat::train {

/// An error where a program of this mode cannot run on a GPU.
void checkGpuMode(const RunMode &mode);

/// `pictures` is their place in the uploads.
OperationPtr makeGpuNormalize(const BuildContext &context,
                              const formats::PlanNode &node, Value *in,
                              Value *out, int64_t pictures);
OperationPtr makeGpuConvolution(const BuildContext &context,
                                const formats::PlanNode &node, Value *in,
                                Value *out);
OperationPtr makeGpuChain(const BuildContext &context,
                          const formats::PlanNode &node, Value *in, Value *out,
                          Value *residual, Value *gate);
OperationPtr makeGpuGate(const BuildContext &context,
                         const formats::PlanNode &node, Value *in, Value *out);
OperationPtr makeGpuPool(const BuildContext &context,
                         const formats::PlanNode &node, Value *in, Value *out);
OperationPtr makeGpuLinear(const BuildContext &context,
                           const formats::PlanNode &node, Value *in,
                           Value *out);

/// An error naming the layer where a kernel cannot take so many channels.
void checkGpuChannels(const std::string &layer, int64_t channels);

/// a * b with factors rounded to bfloat16, sums and result in float32: cuBLAS'
/// own product, or on the CPU, which has none such, that of the same numbers in
/// float32.
at::Tensor bfloat16Product(const at::Tensor &a, const at::Tensor &b);

/// Where a gradient goes: the value's, or a tensor that addGpuGradient() then
/// adds to it.
at::Tensor gpuGradientTarget(const Use &use);
void addGpuGradient(const Use &use, const at::Tensor &written);

} // namespace oqat::train

#endif // OQAT_TRAIN_GPU_GPUOPERATIONS_H
