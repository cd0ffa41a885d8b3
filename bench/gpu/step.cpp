// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Steps of training on a GPU: against the CPU's, then timed.
//
//   oqat-compile net.mlir --emit=training-plan --gpu=sm_90 -o plan
//   oqat-bench-gpu-step plan [--images N] [--bits B] > result.json
//
// The largest, the smallest and some random subnets go forward and backward on
// both, from the same parameters and pictures. Codes, accumulators and logits
// must have the same bits (in a warm start, --bits 32, they may differ by
// rounding); gradients may differ by 1e-4 of the largest of their tensor, or of
// 1e-3 where all are smaller: only the order of sums differs. With --gradients
// bfloat16 a factor at the edge of two may be rounded to either, which are up
// to 2^-7 of it apart: that allows 1e-3. What does not agree is named, and the
// rest goes on. Prints one JSON object; the exit code is 1 where anything
// differs or fails.

#include "oqat/Formats/Json.h"
#include "oqat/Numerics/Random.h"
#include "train/Algo/Commands.h"
#include "train/Algo/Loss.h"
#include "train/Gpu/Gpu.h"
#include "train/Model/LoadedPlan.h"
#include "train/Model/Steps.h"

#include <CLI/CLI.hpp>

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <map>

using namespace oqat;
using namespace oqat::train;
using formats::Json;

namespace {

constexpr double kRoundingBound = 1e-4, kBfloat16Bound = 1e-3;
constexpr double kNegligible = 1e-3;
constexpr size_t kMostNamed = 8;

struct Options {
  std::string plan, device = "cuda", driver, gradients = "float32";
  int64_t images = 128, size = 0;
  int bits = 4, randomSubnets = 3, rounds = 20, threads = 0;
  bool isCheckSkipped = false;
  bool isRounded() const { return gradients == "bfloat16"; }
};

double now() {
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// What all subnets share.
struct Bench {
  const Options &options;
  LoadedPlan loaded;
  std::unique_ptr<Gpu> gpu;
  Network onCpu, onGpu;
  Parameters parameters;
  std::vector<uint8_t> pictures; // of the largest size
  Targets targets;
  bool isWrong = false;

  explicit Bench(const Options &options)
      : options(options), loaded(loadPlan(options.plan)),
        gpu(options.driver.empty()
                ? openGpu(options.device, loaded.plan, options.plan)
                : openLockstepGpu(options.driver, loaded.plan, options.plan)),
        onCpu(loaded.network()), onGpu(loaded.network()),
        parameters(loaded.plan, /*seed=*/5) {
    onGpu.gpu = gpu.get();
    numerics::Random random(11);
    // Otherwise gamma and beta are 1 and 0, which hides what is wrong of them.
    for (Parameter &p : parameters.all())
      if (p.kind == "gamma" || p.kind == "beta" || p.kind == "bias")
        for (int64_t i = 0; i < p.value.numel(); ++i)
          p.data()[i] += static_cast<float>(0.2 * random.normal());
    int64_t largest = options.size;
    if (largest == 0)
      largest = select(maximalSubnet(loaded.plan)).imageSize();
    pictures.resize(
        static_cast<size_t>(options.images * largest * largest * 3));
    for (uint8_t &byte : pictures)
      byte = static_cast<uint8_t>(random.below(256));
    std::vector<int64_t> labels;
    for (int64_t i = 0; i < options.images; ++i)
      labels.push_back(i % loaded.plan.classes);
    targets = labelTargets(labels, loaded.plan.classes, 0.1);
    if (options.bits != kFloatBits)
      initializeSteps();
  }

  Selection select(formats::SubnetConfig subnet) const {
    if (options.size)
      subnet.set("image_size", static_cast<double>(options.size));
    return Selection(loaded.plan, subnet, options.bits);
  }

  void fill(Program &program, int64_t images) const {
    size_t size = static_cast<size_t>(program.inputSize());
    std::copy_n(pictures.data(), static_cast<size_t>(images) * size * size * 3,
                program.input());
  }

  void initializeSteps() {
    RunMode mode;
    mode.initializeSteps = true;
    int64_t images = std::min<int64_t>(options.images, 16);
    Selection selection = select(maximalSubnet(loaded.plan));
    Program program(onCpu, selection, parameters, mode, images);
    fill(program, images);
    program.forward();
  }

  double loss(Program &program) const {
    return crossEntropy(program.logits(), targets, options.images,
                        loaded.plan.classes, 1, program.logitsGrad());
  }

  Json run(const std::string &name, const formats::SubnetConfig &subnet) {
    Json result{{"subnet", name}};
    try {
      Selection selection = select(subnet);
      if (!options.isCheckSkipped)
        check(selection, result);
      if (options.rounds > 0)
        measure(selection, result);
    } catch (const std::exception &error) {
      result["error"] = error.what();
      isWrong = true;
    }
    return result;
  }

private:
  RunMode training() const {
    RunMode mode;
    mode.backward = true;
    mode.bfloat16Gradients = options.isRounded();
    return mode;
  }

  void check(const Selection &selection, Json &result) {
    Program expected(onCpu, selection, parameters, training(), options.images);
    Program got(onGpu, selection, parameters, training(), options.images);
    fill(expected, options.images);
    fill(got, options.images);
    expected.forward();
    got.forward();
    got.synchronize();
    compareValues(expected, got, result);
    double expectedLoss = loss(expected), gotLoss = loss(got);
    result["loss"] = {expectedLoss, gotLoss};
    // Both go back from the same gradient.
    std::memcpy(got.logitsGrad(), expected.logitsGrad(),
                sizeof(float) *
                    static_cast<size_t>(options.images * loaded.plan.classes));
    parameters.zeroGradients();
    expected.backward();
    std::map<std::string, at::Tensor> gradients;
    for (const Parameter &p : parameters.all())
      gradients[p.name] = p.grad.clone();
    parameters.zeroGradients();
    got.backward();
    compareGradients(gradients, result);
  }

  void compareValues(const Program &expected, const Program &got,
                     Json &result) {
    Json wrong = Json::array();
    int64_t equal = 0;
    double largest = 0;
    for (size_t i = 0; i < expected.allValues().size(); ++i) {
      const Value &e = *expected.allValues()[i], &g = *got.allValues()[i];
      const at::Tensor &data = e.isCodes() ? e.codes : e.data;
      // A picture's place is another value's by now.
      if (!data.defined() || e.again.defined())
        continue;
      at::Tensor other = (g.isCodes() ? g.codes : g.data).cpu();
      int64_t differing = data.ne(other).sum().item<int64_t>();
      double difference = (data.to(at::kDouble) - other.to(at::kDouble))
                              .abs()
                              .max()
                              .item<double>();
      double scale = data.to(at::kDouble).abs().max().item<double>();
      largest = std::max(largest, difference / (scale + kNegligible));
      bool isSame = options.bits == kFloatBits
                        ? difference <= kRoundingBound * (scale + kNegligible)
                        : differing == 0;
      equal += isSame;
      if (!isSame && wrong.size() < kMostNamed)
        wrong.push_back({{"value", nameOf(expected, e)},
                         {"isCodes", e.isCodes()},
                         {"elements", data.numel()},
                         {"differing", differing},
                         {"largestDifference", difference},
                         {"largest", scale}});
      isWrong |= !isSame;
    }
    result["equalValues"] = equal;
    result["largestRelativeDifference"] = largest;
    if (!wrong.empty())
      result["differingValues"] = wrong;
  }

  static std::string nameOf(const Program &program, const Value &value) {
    for (const auto &op : program.operations())
      if (op->result() == &value)
        return op->name();
    return "input";
  }

  void compareGradients(const std::map<std::string, at::Tensor> &expected,
                        Json &result) {
    Json wrong = Json::array();
    double worst = 0;
    std::string worstName;
    for (const Parameter &p : parameters.all()) {
      at::Tensor e = expected.at(p.name).to(at::kDouble);
      double difference =
          (p.grad.to(at::kDouble) - e).abs().max().item<double>();
      double relative =
          difference / std::max(e.abs().max().item<double>(), kNegligible);
      bool isSame =
          relative <= (options.isRounded() ? kBfloat16Bound : kRoundingBound);
      if (!(relative <= worst)) {
        worst = relative;
        worstName = p.name;
      }
      if (!isSame && wrong.size() < kMostNamed)
        wrong.push_back({{"parameter", p.name}, {"relative", relative}});
      isWrong |= !isSame;
    }
    result["worstGradient"] = {{"parameter", worstName}, {"relative", worst}};
    if (!wrong.empty())
      result["differingGradients"] = wrong;
  }

  /// Milliseconds of a subnet's part of a step, as OqatStep.cpp has it; then
  /// where they go, with waits in between.
  void measure(const Selection &selection, Json &result) {
    std::map<std::string, std::vector<double>> times;
    for (int round = -3; round < options.rounds; ++round) {
      std::map<std::string, double> part;
      bool isSplit = round >= 0 && round % 2 == 1;
      double start = now(), last = start;
      auto lap = [&](const char *name) {
        double time = now();
        part[name] = time - last;
        last = time;
      };
      {
        Program program(onGpu, selection, parameters, training(),
                        options.images);
        fill(program, options.images);
        lap("build");
        program.forward();
        lap("startForward");
        if (isSplit)
          program.synchronize();
        lap("waitForward");
        loss(program);
        lap("logitsAndLoss");
        program.backward();
        lap("backward");
      }
      part["all"] = now() - start;
      if (round < 0)
        continue;
      for (const auto &[name, ms] : part)
        if (isSplit != (name == "all"))
          times[name].push_back(ms);
    }
    for (auto &[name, list] : times) {
      std::sort(list.begin(), list.end());
      result[name == "all" ? "ms" : "partsMs"][name] = {
          {"min", list.front()}, {"median", list[list.size() / 2]}};
    }
  }
};

int run(const Options &options) {
  setUp(options.threads);
  Bench bench(options);
  Json result{{"device", bench.gpu->name()},
              {"exactTf32", bench.gpu->hasExactTf32()},
              {"images", options.images},
              {"bits", options.bits},
              {"gradients", options.gradients},
              {"subnets", Json::array()}};
  auto add = [&](const std::string &name, const formats::SubnetConfig &subnet) {
    std::fprintf(stderr, "oqat-bench-gpu-step: %s subnet\n", name.c_str());
    Json one = bench.run(name, subnet);
    std::fprintf(stderr, "%s\n", one.dump().c_str());
    result["subnets"].push_back(std::move(one));
  };
  add("largest", maximalSubnet(bench.loaded.plan));
  add("smallest", minimalSubnet(bench.loaded.plan));
  numerics::Random random(3);
  for (int i = 0; i < options.randomSubnets; ++i)
    add("random", randomSubnet(bench.loaded.plan, random));
  result["agrees"] = !bench.isWrong;
  std::cout << result.dump(1) << "\n";
  return bench.isWrong ? 1 : 0;
}
} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app{"checks and times steps of training on a GPU"};
  app.add_option("plan", options.plan,
                 "folder of oqat-compile's --emit=training-plan")
      ->required();
  app.add_option("--device", options.device, "cuda or cuda:N");
  app.add_option("--driver", options.driver,
                 "run on the CPU with kernels of this CUDA driver");
  app.add_option("--images", options.images, "of a step")
      ->check(CLI::PositiveNumber);
  app.add_option("--size", options.size, "of pictures; default: the subnet's");
  app.add_option("--bits", options.bits, "32 is a warm start");
  app.add_option("--gradients", options.gradients, "float32 or bfloat16")
      ->check(CLI::IsMember({"float32", "bfloat16"}));
  app.add_option("--random", options.randomSubnets, "random subnets")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--rounds", options.rounds, "of the timing; 0: none")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--threads", options.threads, "0 for one per core");
  app.add_flag("--no-check", options.isCheckSkipped, "only time");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "oqat-bench-gpu-step: error: %s\n", error.what());
    return 1;
  }
}
