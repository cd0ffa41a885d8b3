//===- GpuConvolution.cpp - Convolutions of a program on a GPU ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Gpu/GpuConvolution.h"
#include "train/Device/LayerLaunch.h"
#include "train/Gpu/SharedParameters.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace oqat::train {

GpuConvolution::GpuConvolution(const BuildContext &context,
                               const formats::PlanNode &node, Value *in,
                               Value *out)
    : ConvolutionOperation(context, node, in, out), gpu(*context.network.gpu),
      memory(*context.memory) {
  checkGpuChannels(node.name, weight.outputs());
  reserveNorm();
}

void GpuConvolution::reserveNorm() {
  int64_t n = out->channels;
  NormPlaces &p = acc().places;
  // Side by side, which takes a launch less.
  p.sums = memory.sums.reserve(16 * n);
  p.squares = p.sums + 8 * n;
  for (int64_t *place : {&p.a, &p.b})
    *place = memory.uploads.reserveFloats(n);
  for (int64_t *place : {&p.mean, &p.variance, &p.deviation})
    *place = memory.weights.reserve(8 * n);
  p.ends = memory.weights.reserveFloats(2 * n);
  for (int64_t *place : {&p.p, &p.q})
    *place = memory.gradients.reserveFloats(n);
  for (int64_t *place : {&p.gammaGrad, &p.betaGrad})
    *place = memory.weightGradients.reserveFloats(n);
}

void GpuConvolution::prepare() {
  weight.prepare();
  Accumulator &a = acc();
  a.product = weight.isQuantized() ? codeProduct() : 1.0;
  if (a.isNormalized)
    return;
  size_t n = static_cast<size_t>(out->channels);
  std::fill_n(memory.uploads.host<float>(a.places.a), n,
              static_cast<float>(a.product));
  std::fill_n(memory.uploads.host<float>(a.places.b), n, 0.0f);
}

void GpuConvolution::beginForward() {
  weight.launchForward();
  if (weight.isQuantized())
    weight.launchEnds(in.value->range, memory.weights.at(acc().places.ends));
}

void GpuConvolution::forward(const Chunk &) {
  bound();
  convolve();
  if (acc().wantsStatistics)
    addStatistics();
}

void GpuConvolution::backward(const Chunk &) {
  toAccumulatorGrad();
  convolveBackward();
  weight.launchBackward();
}

/// Of all ranks.
double GpuConvolution::batchRows() const {
  return static_cast<double>(context.batchImages * out->pixels());
}

/// What decides how products and their squares are summed: the bits say it for
/// nearly all layers, codes for the others, for which the host waits.
void GpuConvolution::bound() {
  double most = 0;
  if (weight.isQuantized()) {
    most = weight.bound(in.value->range);
    if (most >= kExactFloat || !squaresFit(most))
      most = boundOfCodes();
  }
  isWide = most >= kExactFloat;
  acc().hasIntegerSums = weight.isQuantized() && squaresFit(most);
}

double GpuConvolution::boundOfCodes() const {
  context.mode.ranks->awaitDevice();
  at::Tensor ends =
      viewOf(gpu, memory.weights.at(acc().places.ends), {2 * out->channels});
  // They are rounded.
  return 1.000001 * ends.abs().max().item<double>();
}

/// N12 wants the sums exact. Only the bound of layers with many bits is beyond
/// 64: those take doubles.
bool GpuConvolution::squaresFit(double most) const {
  return batchRows() * most * most < 0x1p63;
}

/// Integers stay below 2^63 in the sum over ranks as well.
void GpuConvolution::addStatistics() {
  bool areIntegers = acc().hasIntegerSums;
  DevicePointer sums = memory.sums.at(acc().places.sums);
  launchStatistics(gpu.launcher, areIntegers, elements(), addressOf(out->data),
                   sums, memory.sums.at(acc().places.squares),
                   gpu.workspace(statisticsWorkspace(elements())));
  if (!context.mode.ranks->isAlone())
    context.mode.ranks->sumOnDevice(viewOf(
        gpu, sums, {2 * out->channels}, areIntegers ? at::kLong : at::kDouble));
}

/// da and db of the whole batch, which lie side by side; in f64, as the CPU has
/// it.
void GpuConvolution::sumNormGradient() {
  if (context.mode.ranks->isAlone())
    return;
  at::Tensor own =
      viewOf(gpu, memory.gradients.at(acc().places.da), {2 * out->channels});
  at::Tensor all = own.to(at::kDouble);
  context.mode.ranks->sumOnDevice(all);
  own.copy_(all);
}

/// In place of dL/dz that the chain has left.
void GpuConvolution::toAccumulatorGrad() {
  Accumulator &a = acc();
  if (!a.isRescaled)
    return;
  const NormPlaces &p = a.places;
  auto &from = memory.uploads;
  auto &to = memory.gradients;
  if (a.isNormalized) {
    sumNormGradient();
    // Those are the whole batch's already; the sum over ranks has them once.
    bool isFirst = context.mode.ranks->isFirst();
    auto gradientOf = [&](const Parameter &p, int64_t unused) {
      return isFirst ? addressOf(gpu.shared().grad(p))
                     : memory.weightGradients.at(unused);
    };
    launchFoldNormGradient(
        gpu.launcher, out->channels, to.at(p.da), to.at(p.db),
        memory.weights.at(p.mean), memory.weights.at(p.deviation), from.at(p.a),
        a.product, batchRows(), to.at(p.p), to.at(p.q),
        gradientOf(*a.gamma, p.gammaGrad), gradientOf(*a.beta, p.betaGrad));
  }
  launchNormGradient(gpu.launcher, elements(), addressOf(out->grad),
                     addressOf(out->data), from.at(p.a), to.at(p.p), to.at(p.q),
                     addressOf(out->grad));
}

OperationPtr makeGpuConvolution(const BuildContext &context,
                                const formats::PlanNode &node, Value *in,
                                Value *out) {
  return node.depthwise ? makeGpuDepthwiseConvolution(context, node, in, out)
                        : makeGpuDenseConvolution(context, node, in, out);
}

} // namespace oqat::train
