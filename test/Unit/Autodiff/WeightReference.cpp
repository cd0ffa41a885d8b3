//===- WeightReference.cpp - Weights of a subnet, element by element ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightReference.h"
#include "oqat/Numerics/Quantize.h"

using namespace oqat;
using namespace oqat::test;
using namespace oqat::train;

std::vector<float> WeightCase::quant() const {
  if (!quantizes())
    return {};
  numerics::CodeRange range = numerics::codeRange(bits, /*isSigned=*/true);
  return {numerics::reciprocalStep(step), static_cast<float>(range.lo),
          static_cast<float>(range.hi)};
}

namespace {
/// Places in a case's arrays.
struct Places {
  const WeightCase &c;

  /// In the shared weight.
  size_t shared(int64_t filter, int64_t tap, int64_t input) const {
    int64_t margin = (c.from - c.to) / 2;
    int64_t y = tap / c.to + margin, x = tap % c.to + margin;
    return static_cast<size_t>(((filter * c.from + y) * c.from + x) * c.maxIn +
                               input);
  }
  size_t own(int64_t filter, int64_t tap, int64_t input) const {
    return static_cast<size_t>((filter * c.taps() + tap) * c.in + input);
  }
  size_t matrix(int64_t to, int64_t from) const {
    return static_cast<size_t>(to * c.taps() + from);
  }

  template <typename Body>
  void forEach(Body &&body) const {
    for (int64_t o = 0; o < c.out; ++o)
      for (int64_t t = 0; t < c.taps(); ++t)
        for (int64_t i = 0; i < c.in; ++i)
          body(o, t, i);
  }
};

/// y[j] from +0, i ascending, each product and sum rounded.
float transformed(const Places &at, int64_t o, int64_t j, int64_t input) {
  float sum = 0;
  for (int64_t i = 0; i < at.c.taps(); ++i) {
    float product =
        at.c.matrix[at.matrix(j, i)] * at.c.w[at.shared(o, i, input)];
    sum = sum + product;
  }
  return sum;
}

/// The gradient before the quantizer, in place of that of codes.
void unquantize(const WeightCase &c, const std::vector<float> &x,
                std::vector<float> &grad, double &dstep) {
  numerics::CodeRange range = numerics::codeRange(c.bits, /*isSigned=*/true);
  float r = numerics::reciprocalStep(c.step);
  for (size_t i = 0; i < grad.size(); ++i) {
    float upstream = grad[i] * r;
    grad[i] = upstream * numerics::quantizeGrad(x[i], r, range);
    dstep += static_cast<double>(upstream *
                                 numerics::quantizeStepGrad(x[i], r, range));
  }
}
} // namespace

WeightResults oqat::test::computeWeight(const WeightCase &c) {
  Places at{c};
  WeightResults result;
  result.dw = c.dw;
  result.dmatrix = c.dmatrix;
  result.dstep = c.dstep;
  std::vector<float> x, grad = c.grad;
  at.forEach([&](int64_t o, int64_t t, int64_t i) {
    x.push_back(c.transforms ? transformed(at, o, t, i)
                             : c.w[at.shared(o, t, i)]);
  });
  result.values = x;
  if (c.quantizes()) {
    numerics::CodeRange range = numerics::codeRange(c.bits, /*isSigned=*/true);
    for (float &value : result.values) {
      int32_t code =
          numerics::quantize(value, numerics::reciprocalStep(c.step), range);
      result.codes.push_back(static_cast<int8_t>(code));
      value = static_cast<float>(code);
    }
    unquantize(c, x, grad, result.dstep);
    if (c.transforms) {
      result.product = x;
      result.dproduct = grad;
    }
  }
  if (!c.transforms) {
    at.forEach([&](int64_t o, int64_t t, int64_t i) {
      result.dw[at.shared(o, t, i)] += grad[at.own(o, t, i)];
    });
    return result;
  }
  // A matrix by filters and inputs, a tap by those that it goes into.
  for (int64_t o = 0; o < c.out; ++o)
    for (int64_t input = 0; input < c.in; ++input)
      for (int64_t i = 0; i < c.taps(); ++i) {
        float sum = 0;
        for (int64_t j = 0; j < c.taps(); ++j) {
          float dy = grad[at.own(o, j, input)];
          float part = dy * c.w[at.shared(o, i, input)];
          float &dm = result.dmatrix[at.matrix(j, i)];
          dm = dm + part;
          float product = c.matrix[at.matrix(j, i)] * dy;
          sum = sum + product;
        }
        result.dw[at.shared(o, i, input)] += sum;
      }
  return result;
}

WeightResults oqat::test::runWeight(const WeightKernel &kernel, WeightCase c) {
  WeightResults result;
  std::array<int64_t, 4> sizes{c.out, c.to, c.to, c.in};
  int64_t margin = (c.from - c.to) / 2;
  auto inside = [&](std::vector<float> &shared) {
    Weight part(shared.data(), sizes);
    part.offset = margin * (c.from + 1) * c.maxIn;
    part.strides = {c.from * c.from * c.maxIn, c.from * c.maxIn, c.maxIn, 1};
    return part;
  };
  std::vector<float> quant = c.quant();
  WeightOperands in;
  in.w = inside(c.w);
  if (c.transforms)
    in.matrix = Matrix(c.matrix.data(), {c.taps(), c.taps()});
  WeightCodes codes;
  if (c.quantizes()) {
    in.quant = Vector(quant.data(), {3});
    result.codes.resize(c.elements());
    codes = WeightCodes(result.codes.data(), sizes);
    if (c.transforms) {
      result.product.resize(c.elements());
      in.product = Weight(result.product.data(), sizes);
    }
  }
  result.values.resize(c.elements());
  kernel.forward(in, Weight(result.values.data(), sizes), codes);

  result.dw = c.dw;
  result.dmatrix = c.dmatrix;
  result.dproduct = result.product;
  if (!result.dproduct.empty())
    in.product = Weight(result.dproduct.data(), sizes);
  WeightGradients gradients;
  gradients.grad = Weight(c.grad.data(), sizes);
  gradients.dw = inside(result.dw);
  if (c.transforms)
    gradients.dmatrix = Matrix(result.dmatrix.data(), {c.taps(), c.taps()});
  gradients.dstep = c.dstep;
  kernel.backward(in, gradients);
  result.dstep = gradients.dstep;
  return result;
}
