//===- LayerMath.cpp - What layers compute on a GPU -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Gpu/LayerMath.h"

#include <ATen/ATen.h>

namespace oqat::train {

void foldNorm(Gpu &gpu, bool areIntegers, int64_t n, const DeviceNorm &norm,
              DevicePointer a, DevicePointer b, DevicePointer mean,
              DevicePointer variance, DevicePointer deviation) {
  auto type = areIntegers ? at::kLong : at::kDouble;
  at::Tensor s = viewOf(gpu, norm.sums, {n}, type).to(at::kDouble);
  at::Tensor q = viewOf(gpu, norm.squares, {n}, type).to(at::kDouble);
  at::Tensor m = s / norm.count;
  at::Tensor v = ((q - s * m) / norm.count).clamp_min(0.0);
  m = m * norm.product;
  v = v * norm.product * norm.product;
  at::Tensor gamma = viewOf(gpu, norm.gamma, {n}).to(at::kDouble);
  at::Tensor beta = viewOf(gpu, norm.beta, {n}).to(at::kDouble);
  at::Tensor d = (v.to(at::kFloat).to(at::kDouble) + norm.eps).sqrt();
  viewOf(gpu, a, {n}).copy_((gamma * norm.product) / d);
  viewOf(gpu, b, {n})
      .copy_(beta - (gamma * m.to(at::kFloat).to(at::kDouble)) / d);
  viewOf(gpu, mean, {n}, at::kDouble).copy_(m);
  viewOf(gpu, variance, {n}, at::kDouble).copy_(v);
  viewOf(gpu, deviation, {n}, at::kDouble).copy_((v + norm.eps).sqrt());
}

void foldNormGradient(Gpu &gpu, int64_t n, DevicePointer da, DevicePointer db,
                      DevicePointer mean, DevicePointer deviation,
                      DevicePointer a, double product, double count,
                      DevicePointer p, DevicePointer q, DevicePointer gammaGrad,
                      DevicePointer betaGrad) {
  at::Tensor da64 = viewOf(gpu, da, {n}).to(at::kDouble);
  at::Tensor db64 = viewOf(gpu, db, {n}).to(at::kDouble);
  at::Tensor m = viewOf(gpu, mean, {n}, at::kDouble);
  at::Tensor r = viewOf(gpu, deviation, {n}, at::kDouble).reciprocal();
  at::Tensor g = r * (da64 * product - m * db64);
  at::Tensor scale = viewOf(gpu, a, {n}).to(at::kDouble) / count;
  viewOf(gpu, p, {n}).copy_(-scale * g * product * r);
  viewOf(gpu, q, {n}).copy_(scale * (g * m * r - db64));
  viewOf(gpu, gammaGrad, {n}).add_(g.to(at::kFloat));
  viewOf(gpu, betaGrad, {n}).add_(db64.to(at::kFloat));
}

void floatDot(Gpu &gpu, int64_t rows, int64_t depth, int64_t outputs,
              DevicePointer x, DevicePointer weights, DevicePointer bias,
              DevicePointer y) {
  int64_t padded = (outputs + numerics::kGpuVector - 1) / numerics::kGpuVector *
                   numerics::kGpuVector;
  at::Tensor from = viewOf(gpu, x, {rows, depth});
  at::Tensor w = viewOf(gpu, weights, {depth, padded});
  at::Tensor to = viewOf(gpu, y, {rows, padded});
  to.zero_();
  for (int64_t k = 0; k < depth; ++k)
    to.add_(from.narrow(1, k, 1) * w.narrow(0, k, 1));
  if (bias)
    to.add_(viewOf(gpu, bias, {padded}));
}

namespace {
/// The views of a depthwise convolution as LibTorch has it.
struct Views {
  Views(Gpu &gpu, const DeviceDepthwise &s) : gpu(gpu), s(s) {}
  Gpu &gpu;
  const DeviceDepthwise &s;

  at::Tensor input(DevicePointer x, bool isCodes) const {
    at::Tensor t = viewOf(gpu, x, {s.images, s.height, s.width, s.channels},
                          isCodes ? at::kByte : at::kFloat);
    return t.permute({0, 3, 1, 2}).to(at::kFloat);
  }
  at::Tensor output(DevicePointer y) const {
    return viewOf(gpu, y, {s.images, s.outHeight, s.outWidth, s.channels})
        .permute({0, 3, 1, 2});
  }
  at::Tensor weights(DevicePointer w) const {
    return viewOf(gpu, w, {s.kernel, s.kernel, 1, s.channels})
        .permute({3, 2, 0, 1})
        .contiguous();
  }
  auto backward(const at::Tensor &grad, const at::Tensor &x,
                const at::Tensor &w, std::array<bool, 3> wanted) const {
    int64_t border = s.kernel / 2;
    return at::convolution_backward(grad.contiguous(), x.contiguous(), w,
                                    c10::nullopt, {s.stride, s.stride},
                                    {border, border}, {1, 1}, false, {0, 0},
                                    s.channels, wanted);
  }
};
} // namespace

void depthwise(Gpu &gpu, const DeviceDepthwise &s, bool isCodes,
               DevicePointer x, DevicePointer weights, DevicePointer y) {
  Views views(gpu, s);
  int64_t border = s.kernel / 2;
  views.output(y).copy_(at::convolution(
      views.input(x, isCodes), views.weights(weights), {}, {s.stride, s.stride},
      {border, border}, {1, 1}, false, {0, 0}, s.channels));
}

void depthwiseInputGradient(Gpu &gpu, const DeviceDepthwise &s,
                            DevicePointer grad, DevicePointer weights,
                            DevicePointer dx) {
  Views views(gpu, s);
  at::Tensor to = viewOf(gpu, dx, {s.images, s.height, s.width, s.channels})
                      .permute({0, 3, 1, 2});
  at::Tensor like = at::empty(to.sizes(), to.options());
  to.copy_(std::get<0>(views.backward(
      views.output(grad), like, views.weights(weights), {true, false, false})));
}

void depthwiseWeightGradient(Gpu &gpu, const DeviceDepthwise &s, bool isCodes,
                             DevicePointer x, DevicePointer grad,
                             DevicePointer weightGrad) {
  Views views(gpu, s);
  at::Tensor like =
      at::empty({s.channels, 1, s.kernel, s.kernel}, gpu.options(at::kFloat));
  at::Tensor made = std::get<1>(views.backward(
      views.output(grad), views.input(x, isCodes), like, {false, true, false}));
  viewOf(gpu, weightGrad, {s.kernel, s.kernel, 1, s.channels})
      .add_(made.permute({2, 3, 1, 0}));
}

} // namespace oqat::train
