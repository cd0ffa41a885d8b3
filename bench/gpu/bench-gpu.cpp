// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plan's GPU kernels: against its CPU kernels, then their rate from memory as
// a share of what the GPU copies.
//
//   oqat-compile net.mlir --emit=training-plan --gpu=sm_90 -o plan
//   oqat-bench-gpu plan [--elements N] [--rounds N] [--only X] > result.json
//
// Every kernel runs on seeded inputs of several shapes. Codes, results and
// gradients of elements must have the CPU's bits, sums over pixels be within
// what another order of additions changes, and be the same bits a second time.
// The same goes for batch norm, float dot products and depthwise layers, where
// sums of integers are exact, and for what makes weights. A kernel that does
// not, or that the GPU fails to run, is an error and not timed; the others are.
// What a GPU refuses to do for the rest of a process --only runs in another.
// Rates count each operand once: forward reads 4 bytes of x (and of a residual)
// and writes 4, or 1 of a code; backward reads x, the gradient (and the
// residual) and writes dx (and dresidual). A copy reads and writes 4. Prints
// one JSON object: of every kernel the fastest and the median round, in turns
// with the copy.

#include "batch-norm.h"
#include "layers.h"
#include "train/Device/PlanGpuCode.h"
#include "train/Model/PlanKernels.h"
#include "weights.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <random>

using namespace oqat;
using namespace oqat::train;

namespace {

/// What a chain takes, beside x.
struct Chain {
  std::string name;
  bool rescales = false, gates = false, adds = false, quantizes = false;
};

void addChain(std::vector<Chain> &chains, const std::string &name,
              const std::vector<formats::PlanStage> &stages, bool quantizes) {
  if (name.empty() ||
      std::any_of(chains.begin(), chains.end(),
                  [&](const Chain &c) { return c.name == name; }))
    return;
  Chain chain{name, false, false, false, quantizes};
  for (const formats::PlanStage &stage : stages) {
    chain.rescales |= stage.kind == formats::PlanStage::Kind::Rescale;
    chain.gates |= stage.kind == formats::PlanStage::Kind::Scale;
    chain.adds |= stage.kind == formats::PlanStage::Kind::Add;
  }
  chains.push_back(chain);
}

void addChains(std::vector<Chain> &chains,
               const std::vector<formats::PlanNode> &nodes) {
  for (const formats::PlanNode &node : nodes) {
    bool quantizes =
        !node.stages.empty() &&
        node.stages.back().kind == formats::PlanStage::Kind::Quantize;
    addChain(chains, node.kernel, node.stages, quantizes);
    addChain(chains, node.floatKernel, node.stages, false);
    for (const formats::PlanBlock &block : node.blocks)
      addChains(chains, block.body);
  }
}

using Floats = std::vector<float>;

/// Seeded inputs, and what a kernel makes of them.
struct Data {
  Data(const Chain &chain, const DeviceShape &shape, unsigned seed)
      : shape(shape) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> wide(-4, 4), unit(0.05f, 1);
    auto fill = [&](Floats &values, bool isThere, size_t count, auto &from) {
      values.resize(isThere ? count : 0);
      for (float &value : values)
        value = from(random);
    };
    size_t n = elements(), channels = static_cast<size_t>(shape.channels);
    size_t perImage = static_cast<size_t>(shape.images) * channels;
    fill(x, true, n, wide);
    fill(grad, true, n, wide);
    fill(a, chain.rescales, channels, wide);
    fill(b, chain.rescales, channels, wide);
    fill(gate, chain.gates, perImage, unit);
    fill(residual, chain.adds, n, wide);
    if (chain.quantizes)
      quant = {1.0f / 0.3f, 0, 15};
    y.resize(chain.quantizes ? 0 : n);
    codes.resize(chain.quantizes ? n : 0);
    dx.resize(n);
    dresidual.resize(residual.size());
    da.resize(a.size());
    db.resize(b.size());
    dstep.resize(chain.quantizes ? channels : 0);
    dgate.resize(gate.size());
  }
  size_t elements() const {
    return static_cast<size_t>(shape.images * shape.pixels * shape.channels);
  }

  DeviceShape shape;
  Floats x, a, b, gate, residual, quant, grad;
  Floats y, dx, dresidual, da, db, dstep, dgate;
  std::vector<int8_t> codes;
};

void runOnHost(const ChainKernel &kernel, Data &d) {
  std::array<int64_t, 3> shape{d.shape.images, d.shape.pixels,
                               d.shape.channels};
  auto tensor = [&](Floats &v) {
    return v.empty() ? Activations() : Activations(v.data(), shape);
  };
  auto vector = [](Floats &v) {
    return Vector(v.data(), {static_cast<int64_t>(v.size())});
  };
  auto matrix = [&](Floats &v) {
    return v.empty() ? Matrix() : Matrix(v.data(), {shape[0], shape[2]});
  };
  ChainOperands in;
  in.x = tensor(d.x);
  in.a = vector(d.a);
  in.b = vector(d.b);
  in.gate = matrix(d.gate);
  in.residual = tensor(d.residual);
  in.quant = vector(d.quant);
  kernel.forward(in, tensor(d.y),
                 d.codes.empty() ? Codes() : Codes(d.codes.data(), shape));
  ChainGradients g;
  g.grad = tensor(d.grad);
  g.dx = tensor(d.dx);
  g.dresidual = tensor(d.dresidual);
  g.da = vector(d.da);
  g.db = vector(d.db);
  g.dstep = vector(d.dstep);
  g.dgate = matrix(d.dgate);
  kernel.backward(in, g);
}

/// The same on the device, with copies of the inputs there.
class OnDevice {
public:
  OnDevice(CudaDevice &device, Launcher &kernels, const Chain &chain,
           const Data &d)
      : device(device), kernels(kernels), chain(chain), shape(d.shape),
        memory(device) {
    in = {memory.put(d.x),    memory.put(d.a),        memory.put(d.b),
          memory.put(d.gate), memory.put(d.residual), memory.put(d.quant)};
    y = memory.make(d.y);
    codes = memory.make(d.codes);
    out.grad = memory.put(d.grad);
    out.dx = memory.make(d.dx);
    out.dresidual = memory.make(d.dresidual);
    out.da = memory.make(d.da);
    out.db = memory.make(d.db);
    out.dstep = memory.make(d.dstep);
    out.dgate = memory.make(d.dgate);
    workspace = memory.allocate(backwardWorkspace(shape, 4));
  }

  void forward() { launchForward(kernels, chain.name, shape, in, y, codes); }
  void backward() {
    launchBackward(kernels, chain.name, shape, in, out, workspace);
  }
  void clearSums() {
    size_t channels = sizeof(float) * static_cast<size_t>(shape.channels);
    for (DevicePointer sum : {out.da, out.db, out.dstep})
      if (sum)
        device.clear(sum, channels);
    if (out.dgate)
      device.clear(out.dgate, channels * static_cast<size_t>(shape.images));
  }
  void get(Data &d) {
    memory.get(d.y, y);
    memory.get(d.codes, codes);
    memory.get(d.dx, out.dx);
    memory.get(d.dresidual, out.dresidual);
    memory.get(d.da, out.da);
    memory.get(d.db, out.db);
    memory.get(d.dstep, out.dstep);
    memory.get(d.dgate, out.dgate);
  }

private:
  CudaDevice &device;
  Launcher &kernels;
  const Chain &chain;
  DeviceShape shape;
  Memory memory;
  DeviceOperands in;
  DeviceGradients out;
  DevicePointer y = 0, codes = 0, workspace = 0;
};

/// Sums of as many numbers of the same size, in another order.
void expectNear(const Floats &got, const Floats &expected,
                const std::string &what) {
  float largest = 1;
  for (float value : expected)
    largest = std::max(largest, std::fabs(value));
  for (size_t i = 0; i < got.size(); ++i)
    if (!(std::fabs(got[i] - expected[i]) <= 1e-4f * largest))
      throw std::runtime_error(what + "[" + std::to_string(i) + "] is " +
                               std::to_string(got[i]) + ", but the CPU's " +
                               std::to_string(expected[i]));
}

void checkChain(CudaDevice &device, Launcher &kernels, const Chain &chain,
                const ChainKernel &host, const DeviceShape &shape) {
  Data expected(chain, shape, /*seed=*/1);
  Data got = expected;
  runOnHost(host, expected);
  OnDevice run(device, kernels, chain, got);
  run.clearSums();
  run.forward();
  run.backward();
  run.get(got);
  expectSame(got.y, expected.y, "y");
  expectSame(got.codes, expected.codes, "codes");
  expectSame(got.dx, expected.dx, "dx");
  expectSame(got.dresidual, expected.dresidual, "dresidual");
  expectNear(got.da, expected.da, "da");
  expectNear(got.db, expected.db, "db");
  expectNear(got.dstep, expected.dstep, "dstep");
  expectNear(got.dgate, expected.dgate, "dgate");
  Data again = got;
  run.clearSums();
  run.backward();
  run.get(again);
  for (Floats Data::*sum : {&Data::da, &Data::db, &Data::dstep, &Data::dgate})
    expectSame(again.*sum, got.*sum, "a sum, the second time,");
}

formats::Json measure(CudaDevice &device, Launcher &kernels, const Chain &chain,
                      const DeviceShape &shape, int rounds) {
  Data data(chain, shape, /*seed=*/2);
  OnDevice run(device, kernels, chain, data);
  double element = static_cast<double>(data.elements());
  double added = chain.adds ? 4 : 0;
  return measureRates(
      device, chain.name,
      {{"forward", element * (4 + added + (chain.quantizes ? 1 : 4)),
        [&] { run.forward(); }},
       {"backward", element * (12 + 2 * added), [&] { run.backward(); }}},
      data.elements() * sizeof(float), rounds);
}

struct Options {
  std::string plan, only, driver = "libcuda.so.1";
  int64_t elements = 1 << 26;
  int rounds = 20;
};

/// Checks and times one kernel after the other. One that fails is named, and
/// the others still run.
class Bench {
public:
  Bench(CudaDevice &device, Launcher &kernels, const Options &options)
      : device(device), kernels(kernels), options(options) {
    // A layer at 56 x 56 with 64 channels, as many pictures as it takes.
    int64_t perImage = large.pixels * large.channels;
    large.images = std::max<int64_t>(1, options.elements / perImage);
    if (options.elements < perImage)
      large.pixels = std::max<int64_t>(1, options.elements / large.channels);
    result = {{"device", device.name()},
              {"architecture", device.architecture()},
              {"rounds", options.rounds},
              {"shape", {large.images, large.pixels, large.channels}},
              {"checkedShapes", std::size(kShapes)},
              {"failures", formats::Json::array()}};
  }

  void runChain(const Chain &chain, const ChainKernel &host) {
    attempt(
        chain.name, "kernels",
        [&] {
          for (const DeviceShape &shape : kShapes)
            checkChain(device, kernels, chain, host, shape);
        },
        [&] { return measure(device, kernels, chain, large, options.rounds); });
  }
  void runBatchNorm() {
    attempt(
        "batch_norm", "layers",
        [&] {
          for (const DeviceShape &shape : kShapes)
            checkBatchNorm(device, kernels, shape);
        },
        [&] {
          return measureBatchNorm(device, kernels, large, options.rounds);
        });
  }
  void runWeights(const WeightKind &kind, const WeightKernel &host);
  void runDepthwise(int64_t kernel, int64_t stride);
  void runFloatDot(const std::string &name, DotShape shape);

  formats::Json result;

private:
  template <typename Check, typename Measure>
  void attempt(const std::string &name, const char *list, Check check,
               Measure measure) {
    if (name.find(options.only) == std::string::npos)
      return;
    try {
      check();
      result[list].push_back(measure());
    } catch (const std::exception &error) {
      std::string text = name + ": " + error.what();
      std::fprintf(stderr, "oqat-bench-gpu: error: %s\n", text.c_str());
      result["failures"].push_back(text);
    }
  }

  static constexpr DeviceShape kShapes[] = {
      {1, 1, 4}, {2, 49, 24}, {3, 100, 40}, {2, 61, 144}};
  CudaDevice &device;
  Launcher &kernels;
  const Options &options;
  DeviceShape large{1, 56 * 56, 64};
};

void Bench::runDepthwise(int64_t kernel, int64_t stride) {
  // The stride leaves as many outputs as the other kernels have.
  int64_t size = 56 * stride, channels = large.channels;
  if (options.elements < size * size * channels)
    size = 5;
  int64_t images =
      std::max<int64_t>(1, options.elements / (size * size * channels));
  attempt(
      "depthwise_" + std::to_string(kernel) + "_" + std::to_string(stride),
      "layers",
      [&] {
        for (DeviceDepthwise shape : {depthwiseOf(1, 2, 4, kernel, stride),
                                      depthwiseOf(3, 9, 40, kernel, stride),
                                      depthwiseOf(2, 14, 144, kernel, stride)})
          checkDepthwise(device, kernels, shape);
      },
      [&] {
        return measureDepthwise(
            device, kernels,
            depthwiseOf(images, size, channels, kernel, stride),
            options.rounds);
      });
}

void Bench::runFloatDot(const std::string &name, DotShape shape) {
  // Small ones for few elements.
  shape.rows = std::min(shape.rows, options.elements / 27 + 1);
  shape.depth = std::min(shape.depth, options.elements / 64 + 1);
  shape.outputs = std::min(shape.outputs, options.elements / 64 + 1);
  attempt(
      "float_dot_" + name, "layers",
      [&] {
        checkFloatDot(device, kernels, {3, 83, 150});
        checkFloatDot(device, kernels, {130, 27, 16});
        // As it is timed, unless this CPU takes long for it.
        if (shape.rows * shape.depth <= 1 << 20)
          checkFloatDot(device, kernels, shape);
      },
      [&] {
        return measureFloatDot(device, kernels, "float_dot_" + name, shape,
                               options.rounds);
      });
}

void Bench::runWeights(const WeightKind &kind, const WeightKernel &host) {
  std::vector<WeightShape> shapes = {{8, 1, 7, 4, 1, 5}, {40, 1, 5, 36, 1, 3}};
  if (!kind.transforms)
    for (WeightShape shape : {WeightShape{16, 3, 3, 16, 3, 3},
                              {40, 24, 1, 36, 20, 1},
                              {24, 1, 7, 20, 1, 3},
                              {24, 16, 5, 20, 12, 3}})
      shapes.push_back(shape);
  // Three quarters of a shared one.
  int64_t side = 4;
  while (4 * side * side <= options.elements && side < 2048)
    side *= 2;
  WeightShape timed{side, side, 1, side * 3 / 4, side * 3 / 4, 1};
  if (kind.transforms)
    timed = {side, 1, 7, side * 3 / 4, 1, 5};
  attempt(
      kind.name, "weights",
      [&] {
        for (const WeightShape &shape : shapes)
          checkWeights(device, kernels, host, kind, shape);
      },
      [&] {
        return measureWeights(device, kernels, kind, timed, options.rounds);
      });
}

int run(const Options &options) {
  std::string error;
  auto plan = formats::readPlan(options.plan + "/graph.json", error);
  if (!plan)
    throw std::runtime_error(error);
  PlanKernels host(*plan, options.plan);
  CudaDevice device(0, options.driver);
  CudaKernels kernels(device,
                      readGpuCode(*plan, options.plan, device.architecture()));
  std::vector<Chain> chains;
  addChains(chains, plan->body);

  Bench bench(device, kernels, options);
  for (const Chain &chain : chains)
    bench.runChain(chain, host[chain.name]);
  bench.result["checkedKernels"] = chains.size();
  for (bool transforms : {false, true})
    for (bool quantizes : {false, true}) {
      WeightKind kind{formats::weightKernelName(transforms, quantizes),
                      transforms, quantizes};
      const auto &there = plan->weightFunctions;
      if (std::find(there.begin(), there.end(), kind.name) != there.end())
        bench.runWeights(kind, host.weight(transforms, quantizes));
    }
  bench.runBatchNorm();
  // A stem, one squeeze-excite layer, a classifier.
  bench.runFloatDot("stem", {64 * 112 * 112, 27, 16});
  bench.runFloatDot("squeeze", {64, 960, 240});
  bench.runFloatDot("classifier", {64, 1280, 1000});
  for (int64_t kernel : {3, 5, 7})
    for (int64_t stride : {1, 2})
      bench.runDepthwise(kernel, stride);
  std::cout << bench.result.dump(1) << "\n";
  return bench.result["failures"].empty() ? 0 : 1;
}
} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app{"checks and times a training plan's GPU kernels"};
  app.add_option("plan", options.plan,
                 "folder of oqat-compile's "
                 "--emit=training-plan")
      ->required();
  app.add_option("--elements", options.elements, "of a timed kernel")
      ->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds, "of the timing")
      ->check(CLI::PositiveNumber);
  app.add_option("--only", options.only, "kernels whose names contain this");
  app.add_option("--driver", options.driver, "CUDA driver");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "oqat-bench-gpu: error: %s\n", error.what());
    return 1;
  }
}
