//===- kernel-reference.cpp - Kernels against LibTorch autograd -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// kernel-reference PLAN: calls every kernel of the plan, forward and backward,
// and compares all it writes with the same chain of LibTorch operations in f64
// under autograd. Quantizers are hardtanh with a straight-through round, as
// OQAT states them. Inputs come twice: on a grid of eighths of a step, where
// clip edges, ties and zeros are frequent and exact, and anywhere.
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Random.h"
#include "train/Model/LoadedPlan.h"

#include <ATen/ATen.h>

#include <iostream>
#include <sstream>

using namespace oqat;
using namespace oqat::train;

namespace {
constexpr int64_t kImages = 3, kPixels = 35, kChannels = 40;

std::vector<std::string> splitStages(const std::string &kernel) {
  std::vector<std::string> stages;
  std::istringstream stream(kernel);
  for (std::string part; std::getline(stream, part, '_');)
    if (!stages.empty() && stages.back() == "h")
      stages.back() += "_" + part;
    else
      stages.push_back(part);
  return stages;
}

/// Tensors of one call; those of gradients start at zero.
struct Call {
  Call(uint64_t seed, bool isOnGrid, int bits, bool isSigned) {
    numerics::Random random(seed);
    auto fill = [&](at::IntArrayRef shape, int64_t steps, float grid) {
      at::Tensor t = at::empty(shape, at::kFloat);
      for (int64_t i = 0; i < t.numel(); ++i)
        t.data_ptr<float>()[i] = static_cast<float>(
            isOnGrid
                ? (static_cast<double>(
                       random.below(static_cast<uint64_t>(2 * steps + 1))) -
                   static_cast<double>(steps)) *
                      grid
                : random.uniform(-1, 1) * static_cast<double>(steps) * grid);
      return t;
    };
    x = fill({kImages, kPixels, kChannels}, 24, 1);
    a = fill({kChannels}, 1, 0.25f);
    b = fill({kChannels}, 8, 0.125f);
    gate = fill({kImages, kChannels}, 2, 0.5f);
    residual = fill({kImages, kPixels, kChannels}, 16, 0.125f);
    grad = fill({kImages, kPixels, kChannels}, 4, 0.5f);
    float lo = isSigned ? -static_cast<float>(1 << (bits - 1)) : 0;
    float hi = static_cast<float>((1 << (isSigned ? bits - 1 : bits)) - 1);
    quant = at::tensor({2.0f, lo, hi}, at::kFloat);
    y = at::zeros_like(x);
    codes = at::zeros({kImages, kPixels, kChannels}, at::kChar);
    dx = at::zeros_like(x);
    dresidual = at::zeros_like(x);
    da = at::zeros_like(a);
    db = at::zeros_like(a);
    dstep = at::zeros_like(a);
    dgate = at::zeros_like(gate);
  }

  void run(const ChainKernel &kernel) {
    ChainOperands in{tensor(x),    vector(a),        vector(b),
                     matrix(gate), tensor(residual), vector(quant)};
    kernel.forward(in, tensor(y), Codes(codes.data_ptr<int8_t>(), shape()));
    kernel.backward(in, {tensor(grad), tensor(dx), tensor(dresidual),
                         vector(da), vector(db), vector(dstep), matrix(dgate)});
  }

  static std::array<int64_t, 3> shape() {
    return {kImages, kPixels, kChannels};
  }
  static Activations tensor(at::Tensor &t) {
    return Activations(t.data_ptr<float>(), shape());
  }
  static Matrix matrix(at::Tensor &t) {
    return Matrix(t.data_ptr<float>(), {kImages, kChannels});
  }
  static Vector vector(at::Tensor &t) {
    return Vector(t.data_ptr<float>(), {t.numel()});
  }

  at::Tensor x, a, b, gate, residual, grad, quant;
  at::Tensor y, codes, dx, dresidual, da, db, dstep, dgate;
};

/// The chain under autograd.
class Reference {
public:
  Reference(const std::vector<std::string> &stages, Call &call)
      : call(call), x(leaf(call.x)), a(leaf(call.a)), b(leaf(call.b)),
        gate(leaf(call.gate)), residual(leaf(call.residual)),
        step(leaf(1 / call.quant[0])) {
    at::Tensor value = x;
    for (const std::string &stage : stages)
      value = apply(stage, value);
    output = value.detach();
    (value * call.grad.to(at::kDouble)).sum().backward();
  }

  /// The largest deviation of the kernel, relative to each tensor's largest
  /// value.
  double compare() const {
    double worst = isQuantized
                       ? deviation(codesAsDouble(), output / step.detach())
                       : deviation(call.y, output);
    auto check = [&](const at::Tensor &got, const at::Tensor &expected) {
      if (expected.defined())
        worst = std::max(worst, deviation(got, expected));
    };
    check(call.dx, rescaled.defined() ? rescaled.grad() : x.grad());
    check(call.da, a.grad());
    check(call.db, b.grad());
    check(call.dresidual, residual.grad());
    check(call.dgate, gate.grad());
    if (isQuantized)
      check(call.dstep.to(at::kDouble).sum(), step.grad());
    return worst;
  }

private:
  static at::Tensor leaf(const at::Tensor &t) {
    return t.to(at::kDouble).clone().requires_grad_(true);
  }
  static double deviation(const at::Tensor &got, const at::Tensor &expected) {
    double scale = std::max(expected.abs().max().item<double>(), 1.0);
    return (got.to(at::kDouble) - expected).abs().max().item<double>() / scale;
  }
  at::Tensor codesAsDouble() const {
    at::Tensor codes = call.codes.to(at::kDouble);
    return call.quant[1].item<float>() < 0
               ? codes
               : at::where(codes.lt(0), codes + 256, codes);
  }

  at::Tensor apply(const std::string &stage, const at::Tensor &value) {
    if (stage == "rescale") {
      rescaled = value * a + b;
      rescaled.retain_grad();
      return rescaled;
    }
    if (stage == "relu")
      return value.relu();
    if (stage == "h_swish")
      return at::hardswish(value);
    if (stage == "h_sigmoid")
      return at::hardsigmoid(value);
    if (stage == "add")
      return value + residual;
    if (stage == "scale")
      return value * gate.unsqueeze(1);
    TORCH_CHECK(stage == "quantize", "unknown stage '", stage, "'");
    isQuantized = true;
    at::Tensor clipped =
        at::hardtanh(value / step, call.quant[1].item<double>(),
                     call.quant[2].item<double>());
    return (clipped + (clipped.round() - clipped).detach()) * step;
  }

  Call &call;
  at::Tensor x, a, b, gate, residual, step, rescaled, output;
  bool isQuantized = false;
};

/// LibTorch's h_swish and h_sigmoid take another side than N2 at -3 and 3.
bool hasOtherKinks(const std::string &kernel) {
  return kernel.find("h_") != std::string::npos;
}

double compareKernel(const LoadedPlan &loaded, const std::string &kernel) {
  std::vector<std::string> stages = splitStages(kernel);
  double worst = 0;
  for (int bits : {2, 3, 4, 8})
    for (bool isSigned : {false, true})
      for (bool isOnGrid : {false, true}) {
        if (isOnGrid && hasOtherKinks(kernel))
          continue;
        Call call(static_cast<uint64_t>(bits), isOnGrid, bits, isSigned);
        call.run((*loaded.kernels)[kernel]);
        worst = std::max(worst, Reference(stages, call).compare());
      }
  return worst;
}
} // namespace

int main(int argc, char **argv) {
  try {
    LoadedPlan loaded = loadPlan(argc > 1 ? argv[1] : ".");
    bool isRight = true;
    for (const std::string &kernel : loaded.plan.kernelFunctions) {
      double worst = compareKernel(loaded, kernel);
      bool isClose = worst < 1e-5;
      isRight &= isClose;
      std::cout << kernel << ": " << (isClose ? "equal" : "DIFFERENT") << " ("
                << worst << ")\n";
    }
    return isRight ? 0 : 1;
  } catch (const std::exception &error) {
    std::cerr << "kernel-reference: error: " << error.what() << "\n";
    return 1;
  }
}
