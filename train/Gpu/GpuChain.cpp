//===- GpuChain.cpp - Pointwise chains of a program on a GPU --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same as train/Model/Chain.cpp, with the factors of batch norm and the
// bound of the result made on the GPU: nothing waits for them.
//
//===----------------------------------------------------------------------===//

#include "train/Device/LayerLaunch.h"
#include "train/Gpu/GpuOperations.h"
#include "train/Gpu/SharedParameters.h"
#include "train/Model/ChainOperation.h"
#include "train/Model/Support.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace oqat::train {
namespace {

using formats::PlanStage;

class GpuChain : public ChainOperation {
public:
  GpuChain(const BuildContext &context, const formats::PlanNode &node,
           Value *in, Value *out, Value *residual, Value *gate)
      : ChainOperation(context, node, in, out, residual, gate),
        gpu(*context.network.gpu), memory(*context.memory) {
    checkGpuChannels(name(), out->channels);
    reserveSums();
    out->gpuBound = [this] { return bound(); };
    if (!quantizer)
      return;
    // Here, since layers that read the codes prepare at the same time.
    out->step = step.checked(quantizer->name);
    quant = memory.uploads.reserveFloats(3);
  }

  void prepare() override {
    if (!quantizer)
      return;
    std::array<float, 3> factors = quantizerFactors();
    std::copy(factors.begin(), factors.end(),
              memory.uploads.host<float>(quant));
  }

  void forward(const Chunk &) override {
    if (batchNorm)
      foldStatistics();
    launchForward(gpu.launcher, kernelName(), shape(), operands(),
                  out->isCodes() ? 0 : addressOf(out->data),
                  out->isCodes() ? addressOf(out->codes) : 0);
  }

  void backward(const Chunk &) override {
    DeviceGradients g;
    int sums = 0;
    g.grad = addressOf(out->grad);
    at::Tensor dx = gpuGradientTarget(in), dresidual;
    g.dx = addressOf(dx);
    if (residual.value) {
      dresidual = gpuGradientTarget(residual);
      g.dresidual = addressOf(dresidual);
    }
    if (isRescale) {
      const NormPlaces &p = in.value->accumulator->places;
      g.da = memory.gradients.at(p.da);
      g.db = memory.gradients.at(p.db);
      sums += 2;
    }
    if (quantizer) {
      g.dstep = memory.gradients.at(dstep);
      ++sums;
    }
    if (gate.value) {
      if (!gate.accumulates)
        gate.value->grad.zero_();
      g.dgate = addressOf(gate.value->grad);
      ++sums;
    }
    launchBackward(gpu.launcher, kernelName(), shape(), operands(), g,
                   gpu.workspace(backwardWorkspace(shape(), sums)));
    addGpuGradient(in, dx);
    if (residual.value)
      addGpuGradient(residual, dresidual);
  }

  void finishBackward() override {
    if (quantizer)
      addStepGradient(memory.gradients.host<float>(dstep));
  }

private:
  Gpu &gpu;
  ProgramMemory &memory;
  int64_t quant = 0, dstep = 0; // places

  DeviceShape shape() const {
    return {context.images, out->pixels(), out->channels};
  }

  /// Side by side, which takes fewer launches.
  void reserveSums() {
    int64_t bytes = 4 * out->channels;
    int64_t place = memory.gradients.reserve(3 * bytes);
    if (isRescale) {
      NormPlaces &p = in.value->accumulator->places;
      p.da = place;
      p.db = place + bytes;
    }
    dstep = place + 2 * bytes;
  }

  DeviceOperands operands() const {
    DeviceOperands o;
    o.x = addressOf(in.value->data);
    if (isRescale) {
      const NormPlaces &p = in.value->accumulator->places;
      o.a = memory.uploads.at(p.a);
      o.b = memory.uploads.at(p.b);
    }
    if (gate.value)
      o.gate = addressOf(gate.value->data);
    if (residual.value)
      o.residual = addressOf(residual.value->data);
    if (quantizer)
      o.quant = memory.uploads.at(quant);
    return o;
  }

  void foldStatistics() {
    const Accumulator &acc = *in.value->accumulator;
    const NormPlaces &p = acc.places;
    auto &to = memory.uploads;
    DeviceNorm norm{memory.sums.at(p.sums),
                    memory.sums.at(p.squares),
                    addressOf(gpu.shared().value(*acc.gamma)),
                    addressOf(gpu.shared().value(*acc.beta)),
                    acc.product,
                    static_cast<double>(context.batchImages * out->pixels()),
                    batchNorm->eps};
    launchFoldNorm(gpu.launcher, acc.hasIntegerSums, out->channels, norm,
                   to.at(p.a), to.at(p.b), memory.weights.at(p.mean),
                   memory.weights.at(p.variance),
                   memory.weights.at(p.deviation));
  }

  /// Of |result|, one number; undefined where it is not known.
  at::Tensor bound() const {
    at::Tensor result =
        in.value->gpuBound ? in.value->gpuBound() : at::Tensor();
    for (const PlanStage &stage : node.stages) {
      if (stage.kind == PlanStage::Kind::Rescale)
        result = rescaledBound();
      else if (stage.kind == PlanStage::Kind::HSigmoid)
        result =
            at::full({}, numerics::hSigmoidBound(), gpu.options(at::kFloat));
      else if (stage.kind == PlanStage::Kind::Relu6 && result.defined())
        result = result.clamp_max(6.0);
      else if (stage.kind == PlanStage::Kind::Add && result.defined())
        result = addResidual(result);
    }
    return result;
  }

  at::Tensor addResidual(const at::Tensor &bound) const {
    at::Tensor other =
        residual.value->gpuBound ? residual.value->gpuBound() : at::Tensor();
    return other.defined() ? bound + other : other;
  }

  at::Tensor rescaledBound() const {
    const Accumulator &acc = *in.value->accumulator;
    if (!acc.isQuantized)
      return {};
    int64_t n = out->channels;
    auto &from = memory.uploads;
    at::Tensor ends = viewOf(gpu, memory.weights.at(acc.places.ends), {2, n});
    return (ends * viewOf(gpu, from.at(acc.places.a), {n}))
        .add_(viewOf(gpu, from.at(acc.places.b), {n}))
        .abs_()
        .amax();
  }
};

} // namespace

OperationPtr makeGpuChain(const BuildContext &context,
                          const formats::PlanNode &node, Value *in, Value *out,
                          Value *residual, Value *gate) {
  return std::make_unique<GpuChain>(context, node, in, out, residual, gate);
}

void checkGpuMode(const RunMode &mode) {
  if (mode.initializeSteps || mode.statistics != Statistics::Batch)
    throw Error("a GPU runs only steps of training");
}

void checkGpuChannels(const std::string &layer, int64_t channels) {
  if (channels % numerics::kGpuVector != 0)
    throw Error("layer '" + layer + "': expected a multiple of " +
                std::to_string(numerics::kGpuVector) +
                " channels on a GPU, but got " + std::to_string(channels));
}

at::Tensor gpuGradientTarget(const Use &use) {
  return use.accumulates ? at::empty_like(use.value->grad) : use.value->grad;
}

void addGpuGradient(const Use &use, const at::Tensor &written) {
  if (use.accumulates)
    use.value->grad.add_(written);
}

} // namespace oqat::train
