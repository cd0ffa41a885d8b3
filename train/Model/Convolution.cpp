//===- Convolution.cpp - Convolutions of a program ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/Convolution.h"
#include "train/Kernels/Kernels.h"
#include "train/Model/BatchNorm.h"

#include <algorithm>
#include <cstring>

namespace oqat::train {

void Convolution::beginForward() {
  makeSums(*out, context, weight.isQuantized() ? bound() : 0);
}

/// Of the accumulators, channel by channel and all in all.
double Convolution::bound() {
  Accumulator &a = acc();
  a.product = codeProduct();
  a.intervals.resize(static_cast<size_t>(weight.outputs()));
  int64_t most = 0;
  for (int64_t n = 0; n < weight.outputs(); ++n) {
    auto &interval = a.intervals[static_cast<size_t>(n)];
    interval = numerics::accumulatorInterval(weight.codes().data() +
                                                 n * weight.depth(),
                                             weight.depth(), in.value->range);
    most = std::max(most, numerics::maxMagnitude(interval));
  }
  isWide = most >= kExactFloat;
  return static_cast<double>(most);
}

/// Here, where one thread is: chunks only read what it makes.
void Convolution::beginBackward() {
  if (acc().isNormalized && context.mode.statistics == Statistics::Batch)
    foldNormGradient(*out, context);
  else if (acc().isRescaled)
    acc().gradScale = makeZeros({2, out->channels});
}

void Convolution::toAccumulatorGrad(const Chunk &chunk, float *to) {
  Accumulator &a = acc();
  int64_t n = out->channels;
  const float *dz = out->gradAt(chunk.first);
  if (a.isRescaled) {
    const float *p = a.gradScale.data_ptr<float>();
    kernels().normGradient(dz, out->at(chunk.first), a.a.data_ptr<float>(), p,
                           p + n, rows(chunk), n, to);
  } else if (to != dz) {
    std::memcpy(to, dz, sizeof(float) * static_cast<size_t>(rows(chunk) * n));
  }
}

void Convolution::makeWeightGrads(int64_t count) {
  weightGrads = makeFloats({context.chunks, count});
}

float *Convolution::weightGradAt(const Chunk &chunk) {
  return weightGrads.data_ptr<float>() + chunk.index * weightGrads.size(1);
}

at::Tensor Convolution::takeWeightGrad() {
  int64_t count = weightGrads.size(1);
  at::Tensor sum = makeZeros({count});
  for (int64_t c = 0; c < context.chunks; ++c)
    kernels().accumulate(weightGrads.data_ptr<float>() + c * count, count,
                         sum.data_ptr<float>());
  weightGrads = at::Tensor();
  return sum;
}

OperationPtr makeConvolution(const BuildContext &context,
                             const formats::PlanNode &node, Value *in,
                             Value *out) {
  return node.depthwise ? makeDepthwiseConvolution(context, node, in, out)
                        : makeDenseConvolution(context, node, in, out);
}

} // namespace oqat::train
