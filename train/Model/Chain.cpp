//===- Chain.cpp - Pointwise chains of a program --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What lies between two convolutions runs in one kernel of the plan's object.
// This file finds its operands: the rescale factors of N1 from batch or running
// statistics (N12), the quantizer's reciprocal step, the bound of the result.
//
//===----------------------------------------------------------------------===//

#include "train/Kernels/Kernels.h"
#include "train/Model/BatchNorm.h"
#include "train/Model/ChainOperation.h"
#include "train/Model/Support.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace oqat::train {
namespace {

using formats::PlanStage;

class Chain : public ChainOperation {
public:
  Chain(const BuildContext &context, const formats::PlanNode &node, Value *in,
        Value *out, Value *residual, Value *gate)
      : ChainOperation(context, node, in, out, residual, gate),
        kernel(context.network.kernels[kernelName()]) {}

  bool forwardFence() const override {
    return batchNorm && context.mode.statistics == Statistics::Batch;
  }

  void beginForward() override {
    if (isRescale)
      findRescale();
    findBound();
    if (!quantizer)
      return;
    if (context.mode.initializeSteps && !step.isKnown())
      initializeStep();
    out->step = step.checked(quantizer->name);
    quant = quantizerFactors();
  }

  void forward(const Chunk &chunk) override {
    Activations y;
    Codes codes;
    if (out->isCodes())
      codes = Codes(reinterpret_cast<int8_t *>(out->codesAt(chunk.first)),
                    shapeOf(chunk));
    else
      y = Activations(out->at(chunk.first), shapeOf(chunk));
    kernel.forward(operands(chunk), y, codes);
  }

  void beginBackward() override {
    int64_t n = out->channels;
    if (isRescale) {
      Accumulator &acc = *in.value->accumulator;
      acc.da = makeFloats({context.chunks, n});
      acc.db = makeFloats({context.chunks, n});
    }
    if (quantizer)
      dstep = makeFloats({context.chunks, n});
  }

  void backward(const Chunk &chunk) override {
    ChainGradients g;
    int64_t n = out->channels;
    g.grad = Activations(out->gradAt(chunk.first), shapeOf(chunk));
    float *dx = gradientTarget(in, chunk, kInputGrad), *dresidual = nullptr;
    g.dx = Activations(dx, shapeOf(chunk));
    if (residual.value) {
      dresidual = gradientTarget(residual, chunk, kResidualGrad);
      g.dresidual = Activations(dresidual, shapeOf(chunk));
    }
    if (isRescale) {
      Accumulator &acc = *in.value->accumulator;
      g.da = zeroed(acc.da, chunk.index, n);
      g.db = zeroed(acc.db, chunk.index, n);
    }
    if (quantizer)
      g.dstep = zeroed(dstep, chunk.index, n);
    if (gate.value) {
      float *dgate = gate.value->gradAt(chunk.first);
      if (!gate.accumulates)
        std::memset(dgate, 0,
                    sizeof(float) * static_cast<size_t>(chunk.count * n));
      g.dgate = Matrix(dgate, {chunk.count, n});
    }
    kernel.backward(operands(chunk), g);
    addGradient(in, chunk, dx);
    if (residual.value)
      addGradient(residual, chunk, dresidual);
  }

  void finishBackward() override {
    if (!quantizer)
      return;
    int64_t n = out->channels;
    at::Tensor sum = makeZeros({n});
    for (int64_t c = 0; c < context.chunks; ++c)
      kernels().accumulate(dstep.data_ptr<float>() + c * n, n,
                           sum.data_ptr<float>());
    addStepGradient(sum.data_ptr<float>());
  }

private:
  const ChainKernel &kernel;
  std::array<float, 3> quant{1, 0, 0};
  at::Tensor dstep;

  std::array<int64_t, 3> shapeOf(const Chunk &chunk) const {
    return {chunk.count, out->pixels(), out->channels};
  }

  static Vector zeroed(at::Tensor &parts, int64_t index, int64_t n) {
    float *data = parts.data_ptr<float>() + index * n;
    std::memset(data, 0, sizeof(float) * static_cast<size_t>(n));
    return Vector(data, {n});
  }

  ChainOperands operands(const Chunk &chunk) {
    ChainOperands o;
    o.x = Activations(in.value->at(chunk.first), shapeOf(chunk));
    if (isRescale) {
      Accumulator &acc = *in.value->accumulator;
      o.a = Vector(acc.a.data_ptr<float>(), {out->channels});
      o.b = Vector(acc.b.data_ptr<float>(), {out->channels});
    }
    if (gate.value)
      o.gate =
          Matrix(gate.value->at(chunk.first), {chunk.count, out->channels});
    if (residual.value)
      o.residual = Activations(residual.value->at(chunk.first), shapeOf(chunk));
    if (quantizer)
      o.quant = Vector(quant.data(), {3});
    return o;
  }

  /// A and B of N1.
  void findRescale() {
    Accumulator &acc = *in.value->accumulator;
    int64_t n = out->channels;
    acc.a = makeFloats({n});
    acc.b = makeZeros({n});
    float *a = acc.a.data_ptr<float>(), *b = acc.b.data_ptr<float>();
    if (!batchNorm) {
      std::fill(a, a + n, static_cast<float>(acc.product));
      return;
    }
    if (context.mode.statistics == Statistics::Batch)
      takeBatchStatistics(*in.value, context);
    else
      takeRunningStatistics(*in.value, context);
    const float *gamma = acc.gamma->data(), *beta = acc.beta->data();
    for (int64_t c = 0; c < n; ++c) {
      size_t i = static_cast<size_t>(c);
      numerics::Rescale r = numerics::foldBatchNormOver(
          acc.product, gamma[c], beta[c], static_cast<float>(acc.mean[i]),
          static_cast<float>(acc.variance[i]), batchNorm->eps);
      a[c] = r.a;
      b[c] = r.b;
      acc.deviation[i] = std::sqrt(acc.variance[i] + batchNorm->eps);
    }
  }

  void findBound() {
    float bound = in.value->bound;
    for (const PlanStage &stage : node.stages) {
      if (stage.kind == PlanStage::Kind::Rescale)
        bound = rescaledBound();
      else if (stage.kind == PlanStage::Kind::HSigmoid)
        bound = numerics::hSigmoidBound();
      else if (stage.kind == PlanStage::Kind::Relu6)
        bound = bound < 0 ? bound : numerics::relu6Bound(bound);
      else if (stage.kind == PlanStage::Kind::Add)
        bound = bound < 0 || residual.value->bound < 0
                    ? -1
                    : numerics::addBound(bound, residual.value->bound);
    }
    out->bound = bound;
  }

  float rescaledBound() const {
    const Accumulator &acc = *in.value->accumulator;
    if (!acc.isQuantized)
      return -1;
    const float *a = acc.a.data_ptr<float>(), *b = acc.b.data_ptr<float>();
    float bound = 0;
    for (size_t c = 0; c < acc.intervals.size(); ++c)
      bound = numerics::joinBounds(
          bound, numerics::rescaleBound(acc.intervals[c], {a[c], b[c]}));
    return bound;
  }

  /// From the values that the quantizer would see, all chunks of them.
  void initializeStep() {
    at::Tensor values = in.value->data;
    if (!node.floatKernel.empty()) {
      values = makeFloats(in.value->data.sizes().vec());
      const ChainKernel &identity = context.network.kernels[node.floatKernel];
      for (int64_t c = 0; c < context.chunks; ++c) {
        Chunk chunk{c, c * kChunkImages,
                    std::min(kChunkImages, context.images - c * kChunkImages)};
        identity.forward(operands(chunk),
                         Activations(values.data_ptr<float>() +
                                         chunk.first * out->perImage(),
                                     shapeOf(chunk)),
                         {});
      }
    }
    double sum = 0;
    const float *v = values.data_ptr<float>();
    for (int64_t i = 0; i < values.numel(); ++i)
      sum += std::fabs(static_cast<double>(v[i]));
    sum = context.mode.ranks->sumOf(sum);
    int64_t count = context.batchImages * out->perImage();
    step.initialize(sum / static_cast<double>(count), out->range);
  }
};

} // namespace

OperationPtr makeChain(const BuildContext &context,
                       const formats::PlanNode &node, Value *in, Value *out,
                       Value *residual, Value *gate) {
  return std::make_unique<Chain>(context, node, in, out, residual, gate);
}

} // namespace oqat::train
