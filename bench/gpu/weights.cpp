// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "weights.h"
#include "oqat/Numerics/Bounds.h"

#include <algorithm>
#include <cmath>

namespace oqat::train {

namespace {

using Floats = std::vector<float>;

/// Inputs of both directions and what they make.
struct Data {
  Data(const WeightKind &kind, const WeightShape &s) : s(s) {
    std::mt19937 random(9);
    auto floats = [&](bool isThere, int64_t count) {
      return isThere ? randomFloats(static_cast<size_t>(count), random, -2, 2)
                     : Floats();
    };
    int64_t shared = s.maxOut * s.from * s.from * s.maxIn;
    w = floats(true, shared);
    dw = floats(true, shared);
    grad = floats(true, elements());
    matrix = floats(kind.transforms, taps() * taps());
    dmatrix = floats(kind.transforms, taps() * taps());
    if (kind.quantizes)
      quant = {1.0f / 0.3f, -8, 7};
    values.resize(grad.size());
    codes.resize(kind.quantizes ? grad.size() : 0);
    product.resize(kind.transforms && kind.quantizes ? grad.size() : 0);
    step.resize(kind.quantizes ? 1 : 0);
  }
  int64_t taps() const { return s.to * s.to; }
  int64_t elements() const { return s.out * taps() * s.in; }
  std::array<int64_t, 4> sizes() const { return {s.out, s.to, s.to, s.in}; }

  WeightShape s;
  Floats w, matrix, quant, grad;
  Floats values, product, dw, dmatrix, step;
  std::vector<int8_t> codes;
};

void runOnHost(const WeightKernel &kernel, Data &d) {
  auto dense = [&](Floats &v) {
    return v.empty() ? Weight() : Weight(v.data(), d.sizes());
  };
  auto inside = [&](Floats &v) {
    DeviceWeight part = DeviceWeight::centre(0, d.s.from, d.s.maxIn, d.sizes());
    Weight result(v.data(), d.sizes());
    result.offset = part.offset;
    result.strides = part.strides;
    return result;
  };
  auto matrix = [&](Floats &v) {
    return v.empty() ? Matrix() : Matrix(v.data(), {d.taps(), d.taps()});
  };
  WeightOperands in;
  in.w = inside(d.w);
  in.matrix = matrix(d.matrix);
  in.quant = Vector(d.quant.data(), {static_cast<int64_t>(d.quant.size())});
  in.product = dense(d.product);
  kernel.forward(in, dense(d.values),
                 d.codes.empty() ? WeightCodes()
                                 : WeightCodes(d.codes.data(), d.sizes()));
  WeightGradients g;
  g.grad = dense(d.grad);
  g.dw = inside(d.dw);
  g.dmatrix = matrix(d.dmatrix);
  kernel.backward(in, g);
  if (!d.step.empty())
    d.step[0] = static_cast<float>(g.dstep);
}

class OnDevice {
public:
  OnDevice(CudaDevice &device, Launcher &kernels, const Data &d)
      : kernels(kernels), memory(device) {
    auto inside = [&](const Floats &v) {
      return DeviceWeight::centre(memory.put(v), d.s.from, d.s.maxIn,
                                  d.sizes());
    };
    in = {inside(d.w), memory.put(d.matrix), memory.put(d.quant),
          memory.put(d.product)};
    values = DeviceWeight::dense(memory.make(d.values), d.sizes());
    grad = DeviceWeight::dense(memory.put(d.grad), d.sizes());
    codes = memory.make(d.codes);
    out.dw = inside(d.dw);
    out.dmatrix = memory.put(d.dmatrix);
    out.dsteps = memory.put(d.step);
    workspace = memory.allocate(weightWorkspace(d.elements()));
    ends = memory.allocate(2 * sizeof(float) * static_cast<size_t>(d.s.out));
  }

  void forward() const { launchWeight(kernels, in, values, codes); }
  void backward() const {
    launchWeightGradient(kernels, in, grad, out, workspace);
  }
  void bound() const {
    launchAccumulatorEnds(kernels, values, /*lowest=*/0, /*highest=*/15, ends);
  }
  void get(Data &d, Floats &bounds) {
    memory.get(d.values, values.data);
    memory.get(d.codes, codes);
    memory.get(d.product, in.product);
    memory.get(d.dw, out.dw.data);
    memory.get(d.dmatrix, out.dmatrix);
    memory.get(d.step, out.dsteps);
    memory.get(bounds, ends);
  }

private:
  Launcher &kernels;
  Memory memory;
  DeviceWeightOperands in;
  DeviceWeightGradients out;
  DeviceWeight values, grad;
  DevicePointer codes = 0, workspace = 0, ends = 0;
};

Data runOnDevice(CudaDevice &device, Launcher &kernels, Data d,
                 Floats &bounds) {
  OnDevice run(device, kernels, d);
  run.forward();
  if (!d.codes.empty())
    run.bound();
  run.backward();
  run.get(d, bounds);
  return d;
}

/// Sums of as many products, in another order.
void expectNear(const Floats &got, const Floats &expected, double count,
                const std::string &what) {
  for (size_t i = 0; i < got.size(); ++i)
    if (!(std::fabs(got[i] - expected[i]) <= 1e-6 * (count + 4)))
      throw std::runtime_error(what + "[" + std::to_string(i) + "] is " +
                               std::to_string(got[i]) + ", but the CPU's " +
                               std::to_string(expected[i]));
}

void checkBounds(const Data &d, const Floats &bounds) {
  int64_t depth = d.taps() * d.s.in;
  Floats expected(bounds.size());
  for (int64_t o = 0; o < d.s.out && !d.codes.empty(); ++o) {
    auto interval = numerics::accumulatorInterval(d.codes.data() + o * depth,
                                                  depth, {0, 15});
    expected[static_cast<size_t>(o)] = static_cast<float>(interval.lo);
    expected[static_cast<size_t>(d.s.out + o)] =
        static_cast<float>(interval.hi);
  }
  if (!d.codes.empty())
    expectSame(bounds, expected, "a bound of accumulators");
}
} // namespace

void checkWeights(CudaDevice &device, Launcher &kernels,
                  const WeightKernel &host, const WeightKind &kind,
                  const WeightShape &shape) {
  Data expected(kind, shape), inputs = expected;
  runOnHost(host, expected);
  Floats bounds(static_cast<size_t>(2 * shape.out));
  Data got = runOnDevice(device, kernels, inputs, bounds);
  expectSame(got.values, expected.values, "a weight");
  expectSame(got.codes, expected.codes, "a code");
  checkBounds(expected, bounds);
  expectSame(got.product, expected.product, "the gradient of a product");
  expectSame(got.dw, expected.dw, "the gradient of a shared weight");
  expectNear(got.step, expected.step, static_cast<double>(got.elements()),
             "the step's gradient");
  // The CPU's are sums of f32.
  expectNear(got.dmatrix, expected.dmatrix,
             4 * static_cast<double>(shape.out * shape.in),
             "a matrix's gradient");
  Data again = runOnDevice(device, kernels, inputs, bounds);
  expectSame(again.step, got.step, "the step's gradient, the second time,");
  expectSame(again.dmatrix, got.dmatrix,
             "a matrix's gradient, the second time,");
}

formats::Json measureWeights(CudaDevice &device, Launcher &kernels,
                             const WeightKind &kind, const WeightShape &shape,
                             int rounds) {
  Data data(kind, shape);
  OnDevice run(device, kernels, data);
  double count = static_cast<double>(data.elements());
  double read = count * (kind.quantizes && kind.transforms ? 8 : 4);
  formats::Json result =
      measureRates(device, kind.name,
                   {{"forward", read + count * (kind.quantizes ? 5 : 4),
                     [&] { run.forward(); }},
                    {"backward",
                     count * 12 + (kind.quantizes ? read : 0) +
                         (kind.transforms ? count * 8 : 0),
                     [&] { run.backward(); }}},
                   4 * static_cast<size_t>(data.elements()), rounds);
  result["shape"] = {shape.out, shape.to, shape.to, shape.in};
  return result;
}

} // namespace oqat::train
