//===- GpuDepthwiseConvolution.cpp - Depthwise layers on a GPU ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Device/LayerLaunch.h"
#include "train/Gpu/GpuConvolution.h"

#include <ATen/ATen.h>

namespace oqat::train {
namespace {

class GpuDepthwiseConvolution : public GpuConvolution {
public:
  GpuDepthwiseConvolution(const BuildContext &context,
                          const formats::PlanNode &node, Value *in, Value *out)
      : GpuConvolution(context, node, in, out),
        shape{context.images, in->height, in->width, in->channels,
              out->height,    out->width, kernel(),  node.stride} {
    weight.reserve(GpuWeight::Order::ByTap, GpuWeight::Order::ByTap);
    inputWeights =
        memory.weights.reserveFloats(weight.outputs() * weight.depth());
  }

  void beginForward() override {
    GpuConvolution::beginForward();
    scaleWeights();
  }

protected:
  void convolve() override {
    launchDepthwise(gpu.launcher, shape, in.value->isCodes(), inputAddress(),
                    weight.valuesAt(), addressOf(out->data));
  }

  void convolveBackward() override {
    DevicePointer grad = addressOf(out->grad);
    launchDepthwiseWeightGradient(
        gpu.launcher, shape, in.value->isCodes(), inputAddress(), grad,
        weight.gradAt(), gpu.workspace(depthwiseWeightWorkspace(shape)));
    if (!needsInputGrad())
      return;
    at::Tensor to = gpuGradientTarget(in);
    launchDepthwiseInputGradient(gpu.launcher, shape, grad,
                                 memory.weights.at(inputWeights),
                                 addressOf(to));
    addGpuGradient(in, to);
  }

private:
  DeviceDepthwise shape;
  /// Place of the weights as backward takes them.
  int64_t inputWeights;

  DevicePointer inputAddress() const {
    return addressOf(in.value->isCodes() ? in.value->codes : in.value->data);
  }

  /// By what backward would multiply its result by.
  void scaleWeights() {
    int64_t count = weight.outputs() * weight.depth();
    at::Tensor scaled = viewOf(gpu, memory.weights.at(inputWeights), {count});
    at::mul_out(scaled, viewOf(gpu, weight.valuesAt(), {count}),
                at::scalar_tensor(inputScale(), at::kFloat));
  }
};

} // namespace

OperationPtr makeGpuDepthwiseConvolution(const BuildContext &context,
                                         const formats::PlanNode &node,
                                         Value *in, Value *out) {
  return std::make_unique<GpuDepthwiseConvolution>(context, node, in, out);
}

} // namespace oqat::train
