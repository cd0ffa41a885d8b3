// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plan's GPU kernels: against its CPU kernels, then their rate from memory as
// a share of what the GPU copies.
//
//   oqat-compile net.mlir --emit=training-plan --gpu=sm_90 -o plan
//   oqat-bench-gpu plan [--elements N] [--rounds N] > result.json
//
// Every kernel runs on seeded inputs of several shapes. Codes, results and
// gradients of elements must have the CPU's bits, sums over pixels be within
// what another order of additions changes, and be the same bits a second time.
// The same goes for batch norm's statistics and gradient, where sums of
// integers are exact. A kernel that does not is an error. Rates count each
// operand once: forward reads 4 bytes of x (and of a residual) and writes 4, or
// 1 of a code; backward reads x, the gradient (and the residual) and writes dx
// (and dresidual). A copy reads and writes 4. Prints one JSON object: of every
// kernel the fastest and the median round, in turns with the copy.

#include "batch-norm.h"
#include "oqat/Formats/Json.h"
#include "train/Device/CudaDriver.h"
#include "train/Device/PlanGpuCode.h"
#include "train/Model/PlanKernels.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
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
      : device(device), kernels(kernels), chain(chain), shape(d.shape) {
    in = {put(d.x),    put(d.a),        put(d.b),
          put(d.gate), put(d.residual), put(d.quant)};
    y = make(d.y);
    codes = make(d.codes);
    out.grad = put(d.grad);
    out.dx = make(d.dx);
    out.dresidual = make(d.dresidual);
    out.da = make(d.da);
    out.db = make(d.db);
    out.dstep = make(d.dstep);
    out.dgate = make(d.dgate);
    workspace = allocate(backwardWorkspace(shape, 4));
  }
  ~OnDevice() {
    for (DevicePointer pointer : owned)
      device.release(pointer);
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
    fetch(d.y, y);
    fetch(d.codes, codes);
    fetch(d.dx, out.dx);
    fetch(d.dresidual, out.dresidual);
    fetch(d.da, out.da);
    fetch(d.db, out.db);
    fetch(d.dstep, out.dstep);
    fetch(d.dgate, out.dgate);
  }

private:
  DevicePointer allocate(size_t bytes) {
    if (bytes == 0)
      return 0;
    owned.push_back(device.allocate(bytes));
    return owned.back();
  }
  template <typename T>
  DevicePointer make(const std::vector<T> &like) {
    return allocate(like.size() * sizeof(T));
  }
  DevicePointer put(const Floats &values) {
    DevicePointer pointer = make(values);
    if (pointer)
      device.toDevice(pointer, values.data(), values.size() * sizeof(float));
    return pointer;
  }
  template <typename T>
  void fetch(std::vector<T> &to, DevicePointer from) {
    if (from)
      device.toHost(to.data(), from, to.size() * sizeof(T));
  }

  CudaDevice &device;
  Launcher &kernels;
  const Chain &chain;
  DeviceShape shape;
  DeviceOperands in;
  DeviceGradients out;
  DevicePointer y = 0, codes = 0, workspace = 0;
  std::vector<DevicePointer> owned;
};

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <typename T>
void expectSame(const std::vector<T> &got, const std::vector<T> &expected,
                const std::string &what) {
  if (!got.empty() &&
      std::memcmp(got.data(), expected.data(), got.size() * sizeof(T)) != 0)
    throw Wrong(what + " differs from the CPU's");
}

/// Sums of as many numbers of the same size, in another order.
void expectNear(const Floats &got, const Floats &expected,
                const std::string &what) {
  float largest = 1;
  for (float value : expected)
    largest = std::max(largest, std::fabs(value));
  for (size_t i = 0; i < got.size(); ++i)
    if (!(std::fabs(got[i] - expected[i]) <= 1e-4f * largest))
      throw Wrong(what + "[" + std::to_string(i) + "] is " +
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
  const std::string name = chain.name + " ";
  expectSame(got.y, expected.y, name + "y");
  expectSame(got.codes, expected.codes, name + "codes");
  expectSame(got.dx, expected.dx, name + "dx");
  expectSame(got.dresidual, expected.dresidual, name + "dresidual");
  expectNear(got.da, expected.da, name + "da");
  expectNear(got.db, expected.db, name + "db");
  expectNear(got.dstep, expected.dstep, name + "dstep");
  expectNear(got.dgate, expected.dgate, name + "dgate");
  Data again = got;
  run.clearSums();
  run.backward();
  run.get(again);
  for (Floats Data::*sum : {&Data::da, &Data::db, &Data::dstep, &Data::dgate})
    expectSame(again.*sum, got.*sum, name + "a sum, the second time,");
}

struct Timing {
  std::string what;
  double bytes = 0;
  std::function<void()> run;
  std::vector<double> milliseconds;
};

formats::Json measure(CudaDevice &device, Launcher &kernels, const Chain &chain,
                      const DeviceShape &shape, int rounds) {
  Data data(chain, shape, /*seed=*/2);
  OnDevice run(device, kernels, chain, data);
  size_t bytes = data.elements() * sizeof(float);
  DevicePointer from = device.allocate(bytes), to = device.allocate(bytes);
  double element = static_cast<double>(data.elements());
  double added = chain.adds ? 4 : 0;
  std::vector<Timing> timings;
  timings.push_back(
      {"copy", 8 * element, [&] { device.copy(to, from, bytes); }, {}});
  timings.push_back({"forward",
                     element * (4 + added + (chain.quantizes ? 1 : 4)),
                     [&] { run.forward(); },
                     {}});
  timings.push_back(
      {"backward", element * (12 + 2 * added), [&] { run.backward(); }, {}});
  for (int round = -1; round < rounds; ++round) // the first is not counted
    for (Timing &timing : timings) {
      device.startTimer();
      timing.run();
      double taken = device.stopTimer();
      if (round >= 0)
        timing.milliseconds.push_back(taken);
    }
  device.release(from);
  device.release(to);
  formats::Json result{{"kernel", chain.name}};
  auto rate = [&](const Timing &timing, bool isMedian) {
    std::vector<double> sorted(timing.milliseconds);
    std::sort(sorted.begin(), sorted.end());
    return timing.bytes / 1e6 / sorted[isMedian ? sorted.size() / 2 : 0];
  };
  for (const Timing &timing : timings)
    result[timing.what] = {
        {"gbPerSecond", rate(timing, false)},
        {"ofCopy", rate(timing, false) / rate(timings[0], false)},
        {"medianOfCopy", rate(timing, true) / rate(timings[0], true)}};
  return result;
}

struct Options {
  std::string plan, driver = "libcuda.so.1";
  int64_t elements = 1 << 26;
  int rounds = 20;
};

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
  addChain(chains, plan->weightKernel, {}, /*quantizes=*/true);

  const DeviceShape shapes[] = {
      {1, 1, 4}, {2, 49, 24}, {3, 100, 40}, {2, 61, 144}};
  formats::Json result{{"device", device.name()},
                       {"architecture", device.architecture()},
                       {"rounds", options.rounds}};
  for (const Chain &chain : chains)
    for (const DeviceShape &shape : shapes)
      checkChain(device, kernels, chain, host[chain.name], shape);
  for (const DeviceShape &shape : shapes)
    checkBatchNorm(device, kernels, shape);
  result["checkedKernels"] = chains.size();
  result["checkedShapes"] = std::size(shapes);
  // A layer at 56 x 56 with 64 channels, as many pictures as it takes.
  DeviceShape large{1, 56 * 56, 64};
  int64_t perImage = large.pixels * large.channels;
  large.images = std::max<int64_t>(1, options.elements / perImage);
  if (options.elements < perImage)
    large.pixels = std::max<int64_t>(1, options.elements / large.channels);
  result["shape"] = {large.images, large.pixels, large.channels};
  for (const Chain &chain : chains)
    result["kernels"].push_back(
        measure(device, kernels, chain, large, options.rounds));
  std::cout << result.dump(1) << "\n";
  return 0;
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
  app.add_option("--driver", options.driver, "CUDA driver");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "oqat-bench-gpu: error: %s\n", error.what());
    return 1;
  }
}
