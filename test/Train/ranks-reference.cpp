//===- ranks-reference.cpp - Several processes against one ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// ranks-reference PLAN [DRIVER [PLUGIN]], once per rank: every rank computes
// the whole batch alone and its part of it with the others, and compares what
// must be the same. With DRIVER steps run on a GPU, whose part the CPU takes
// with the kernels of this CUDA driver, and ranks sum there by PLUGIN or over
// Gloo.
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Digest.h"
#include "oqat/Numerics/Random.h"
#include "train/Algo/Loss.h"
#include "train/Dist/BatchSums.h"
#include "train/Dist/DeviceRanks.h"
#include "train/Dist/GradientSum.h"
#include "train/Gpu/Gpu.h"
#include "train/Gpu/SharedParameters.h"
#include "train/Model/LoadedPlan.h"
#include "train/Model/Support.h"

#include <ATen/ops/empty.h>

#include <cmath>
#include <cstring>
#include <iostream>

using namespace oqat;
using namespace oqat::train;

/// Fewer on a GPU, whose kernels are slow on a CPU.
static int64_t kImages = 20;

/// Pictures first … first + count - 1, of which training sees `size` pixels.
static void fill(Program &program, int64_t first) {
  int64_t bytes = program.inputSize() * program.inputSize() * 3;
  for (int64_t i = 0; i < program.images(); ++i) {
    numerics::Random random(static_cast<uint64_t>(first + i));
    for (int64_t b = 0; b < bytes; ++b)
      program.input()[i * bytes + b] = static_cast<uint8_t>(random.below(256));
  }
}

/// One step, over the part of the batch that `ranks` leave to us: `before` and
/// then `selection`, which has the program and the loss.
struct Step {
  Parameters parameters;
  int64_t first = 0, count = 0;
  std::unique_ptr<Program> program;
  double loss = 0;

  Step(const Network &network, const Selection &before,
       const Selection &selection, Communicator &ranks, int64_t bucketFloats)
      : parameters(network.plan, 5) {
    std::tie(first, count) = ranks.share(kImages);
    RunMode mode;
    mode.ranks = &ranks;
    mode.batchImages = kImages;
    mode.initializeSteps = true;
    for (const Selection *one : {&before, &selection}) {
      if (one->isFloat())
        continue;
      Network onCpu = network;
      onCpu.gpu = nullptr;
      Program calibration(onCpu, *one, parameters, mode, count);
      fill(calibration, first);
      calibration.forward();
    }
    mode.initializeSteps = false;
    mode.backward = true;
    if (network.gpu)
      network.gpu->share(parameters).begin(parameters);
    forward(network, before, mode, ranks);
    program->backward();
    forward(network, selection, mode, ranks);
    GradientSum(bucketFloats).run(*program, parameters, ranks);
    if (network.gpu)
      network.gpu->shared().end();
  }

private:
  void forward(const Network &network, const Selection &selection,
               const RunMode &mode, Communicator &ranks) {
    program.reset();
    program =
        std::make_unique<Program>(network, selection, parameters, mode, count);
    fill(*program, first);
    program->forward();
    std::vector<int64_t> labels;
    for (int64_t i = 0; i < count; ++i)
      labels.push_back((first + i) % network.plan.classes);
    Targets targets = labelTargets(labels, network.plan.classes, 0.1);
    loss = ranks.sumOf(crossEntropy(program->logits(), targets, count,
                                    network.plan.classes, 1,
                                    program->logitsGrad(), kImages));
  }
};

static double relativeError(const std::vector<double> &x,
                            const std::vector<double> &y) {
  double error = 0, norm = 1e-30;
  for (size_t i = 0; i < x.size(); ++i) {
    error = std::max(error, std::fabs(x[i] - y[i]));
    norm = std::max(norm, std::fabs(y[i]));
  }
  return error / norm;
}

/// Of float layers; those of quantized ones must be equal.
static double compareStatistics(const Program &x, const Program &y) {
  double worst = 0;
  for (size_t i = 0; i < x.operations().size(); ++i) {
    const Accumulator *a = x.operations()[i]->normalized();
    const Accumulator *b = y.operations()[i]->normalized();
    if (!a)
      continue;
    if (a->isQuantized && (a->mean != b->mean || a->variance != b->variance))
      throw Error("layer '" + a->layer + "': other statistics");
    worst = std::max({worst, relativeError(a->mean, b->mean),
                      relativeError(a->variance, b->variance)});
  }
  return worst;
}

/// Against the largest gradient of the parameter, or what counts as one: those
/// that are 0 in theory are rounding errors on both sides.
static double compareGradients(const Parameters &x, const Parameters &y) {
  double worst = 0;
  for (size_t i = 0; i < x.all().size(); ++i) {
    const Parameter &a = x.all()[i], &b = y.all()[i];
    if (std::memcmp(a.data(), b.data(), a.value.nbytes()) != 0)
      throw Error("'" + a.name + "': other values");
    double error = 0, norm = 1e-3;
    for (int64_t k = 0; k < a.value.numel(); ++k) {
      double have = static_cast<double>(a.grad.data_ptr<float>()[k]);
      double want = static_cast<double>(b.grad.data_ptr<float>()[k]);
      error = std::max(error, std::fabs(have - want));
      norm = std::max(norm, std::fabs(want));
    }
    worst = std::max(worst, error / norm);
  }
  return worst;
}

static uint64_t digestOf(const Parameters &parameters) {
  uint64_t digest = numerics::kFnvOffset;
  for (const Parameter &p : parameters.all())
    digest =
        numerics::fnv1a64(p.grad.data_ptr<float>(), p.grad.nbytes(), digest);
  return digest;
}

static void compare(const LoadedPlan &loaded, Gpu *gpu, bool isLargest,
                    int bits, Communicator &ranks) {
  Selection largest(loaded.plan, maximalSubnet(loaded.plan), bits);
  Selection smallest(loaded.plan, minimalSubnet(loaded.plan), bits);
  // The largest lacks a transform that the smallest before it has.
  const Selection &selection = isLargest ? largest : smallest;
  const Selection &before = isLargest ? smallest : largest;
  Network network = loaded.network();
  network.gpu = gpu;
  Step alone(network, before, selection, aloneRank(), 1 << 20);
  // A bucket for each parameter.
  Step together(network, before, selection, ranks, 1);
  // A GPU keeps them; logits show them.
  double statistics =
      gpu ? 0 : compareStatistics(*together.program, *alone.program);
  double loss = std::fabs(together.loss - alone.loss);
  double gradients = compareGradients(together.parameters, alone.parameters);
  ranks.expectSame(digestOf(together.parameters), "gradients");
  int64_t classes = loaded.plan.classes;
  bool isSame = std::memcmp(together.program->logits(),
                            alone.program->logits() + together.first * classes,
                            sizeof(float) * static_cast<size_t>(together.count *
                                                                classes)) == 0;
  bool isRight =
      isSame && statistics < 1e-13 && loss < 1e-13 && gradients < 1e-5;
  if (!isRight || ranks.isFirst())
    std::cout << bits << " bits, " << (isLargest ? "largest" : "smallest")
              << " subnet: " << (isRight ? "equal" : "DIFFERENT") << " (logits "
              << (isSame ? "equal" : "DIFFERENT") << ", float statistics "
              << statistics << ", loss " << loss << ", gradients " << gradients
              << ")\n";
}

/// Sums that neither f64 nor 64 bits hold.
static void checkIntegers(Communicator &ranks) {
  Accumulator acc;
  acc.isQuantized = true;
  acc.sums = {0x1p52, -3};
  acc.squares = {0, 0};
  acc.wideSquares = {(int64_t(1) << 62) + 1, (int64_t(1) << 62) + 1};
  BatchSums sums = batchSums(acc, 1, 2, ranks);
  double count = static_cast<double>(ranks.size());
  bool isRight =
      sums.sums[0] == count * (0x1p52 - 3) && sums.squares[0] == count * 0x1p63;
  int64_t odd = (int64_t(1) << 53) + 1;
  ranks.sum(&odd, 1);
  isRight &= odd == ranks.size() * ((int64_t(1) << 53) + 1);
  if (!isRight || ranks.isFirst())
    std::cout << "integers: " << (isRight ? "exact" : "WRONG") << "\n";
  try {
    ranks.expectSame(ranks.isFirst(), "digest");
  } catch (const Error &error) {
    if (ranks.isFirst())
      std::cout << error.what() << "\n";
  }
}

int main(int argc, char **argv) {
  try {
    LoadedPlan loaded = loadPlan(argc > 1 ? argv[1] : ".");
    train::setThreads(1);
    auto control = joinRanks(30);
    std::unique_ptr<Gpu> gpu;
    if (argc > 2) {
      kImages = 5;
      gpu = openLockstepGpu(argv[2], loaded.plan, argv[1]);
    }
    std::unique_ptr<Communicator> devices;
    if (argc > 3)
      devices = joinDevices(loadCollectives(argv[3]), *control, gpu->device(),
                            gpu->stream(), 30);
    Communicator &ranks = devices ? *devices : *control;
    checkIntegers(ranks);
    for (int bits : {kFloatBits, 8, 4, 2})
      for (bool isLargest : {true, false})
        compare(loaded, gpu.get(), isLargest, bits, ranks);
    ranks.meet();
    return 0;
  } catch (const std::exception &error) {
    std::cerr << "ranks-reference: error: " << error.what() << "\n";
    return 1;
  }
}
