//===- bfloat16-gradients.cpp - What rounded gradients change -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// bfloat16-gradients PLAN: runs subnets with and without "gradients":
// "bfloat16". Forward must have the same bits. A factor is rounded by at most u
// = 2^-8 of itself, so that the gradient of the classifier's weight, of which
// both factors are known here, is bounded entry by entry. Each dense layer
// behind another one adds at most 2u (both factors) to the relative error of
// the gradients in front of it, as long as what comes after it makes errors no
// larger than gradients; in the norm of a whole parameter that holds.
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Random.h"
#include "train/Algo/Loss.h"
#include "train/Model/LoadedPlan.h"
#include "train/Model/Support.h"

#include <ATen/ATen.h>

#include <cmath>
#include <cstring>
#include <iostream>
#include <map>

using namespace oqat;
using namespace oqat::train;

namespace {

constexpr int64_t kImages = 20;
constexpr double kUnit = 0x1p-8;
/// Gradients that are 0 in theory are rounding errors on both sides.
constexpr double kNegligible = 1e-3;

/// A subnet that has gone forward.
struct Step {
  Program program;

  Step(const Network &network, const Selection &selection,
       Parameters &parameters, bool isRounded)
      : program(network, selection, parameters, mode(isRounded), kImages) {
    fill(program);
    program.forward();
  }

  static RunMode mode(bool isRounded) {
    RunMode mode;
    mode.backward = true;
    mode.bfloat16Gradients = isRounded;
    return mode;
  }
  static void fill(Program &program) {
    numerics::Random random(11);
    int64_t bytes = kImages * program.inputSize() * program.inputSize() * 3;
    for (int64_t i = 0; i < bytes; ++i)
      program.input()[i] = static_cast<uint8_t>(random.below(256));
  }
};

bool haveSameValues(const Program &x, const Program &y) {
  for (size_t i = 0; i < x.allValues().size(); ++i) {
    const Value &a = *x.allValues()[i], &b = *y.allValues()[i];
    if (a.codes.defined() && !a.codes.equal(b.codes))
      return false;
    if (a.data.defined() && !a.data.equal(b.data))
      return false;
  }
  return true;
}

/// |error| of the classifier's weight against its bound: the worst of all.
double headError(const at::Tensor &error, const at::Tensor &grad,
                 const at::Tensor &input) {
  at::Tensor magnitude = at::mm(grad.abs().t(), input.abs());
  double sums = static_cast<double>(kImages) * 0x1p-23;
  at::Tensor bound = magnitude * (2 * kUnit + kUnit * kUnit + sums) + 1e-12;
  return (error.abs() / bound).max().item<double>();
}

at::Tensor matrix(const float *data, int64_t columns) {
  return at::from_blob(const_cast<float *>(data), {kImages, columns})
      .to(at::kDouble);
}

std::map<std::string, at::Tensor> gradients(Parameters &parameters,
                                            Program &program) {
  parameters.zeroGradients();
  program.backward();
  std::map<std::string, at::Tensor> all;
  for (const Parameter &p : parameters.all())
    all[p.name] = p.grad.to(at::kDouble).clone();
  return all;
}

bool compare(const LoadedPlan &loaded, bool isLargest, int bits) {
  Network network = loaded.network();
  Parameters parameters(loaded.plan, 5);
  Selection selection(loaded.plan,
                      isLargest ? maximalSubnet(loaded.plan)
                                : minimalSubnet(loaded.plan),
                      bits);
  if (!selection.isFloat()) {
    RunMode first;
    first.initializeSteps = true;
    Program program(network, selection, parameters, first, kImages);
    Step::fill(program);
    program.forward();
  }
  Step plain(network, selection, parameters, false);
  Step rounded(network, selection, parameters, true);
  bool isSame = haveSameValues(plain.program, rounded.program);
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < kImages; ++i)
    labels.push_back(i % loaded.plan.classes);
  Targets targets = labelTargets(labels, loaded.plan.classes, 0.1);
  for (Program *program : {&plain.program, &rounded.program})
    crossEntropy(program->logits(), targets, kImages, loaded.plan.classes, 1,
                 program->logitsGrad());
  Operation &head = *plain.program.operations().back();
  Value &input = *head.uses().front()->value;
  at::Tensor x = matrix(input.at(0), input.perImage());
  at::Tensor grad = matrix(plain.program.logitsGrad(), loaded.plan.classes);
  const Parameter *headWeight = head.trained().front();
  auto wanted = gradients(parameters, plain.program);
  auto have = gradients(parameters, rounded.program);

  int64_t layers = 0, changed = 0;
  for (const auto &op : plain.program.operations())
    layers += !op->trained().empty();
  double bound = static_cast<double>(layers) * 2 * kUnit, worst = 0;
  for (const auto &[name, gradient] : wanted) {
    at::Tensor error = have[name] - gradient;
    worst = std::max(worst, error.norm().item<double>() /
                                (gradient.norm().item<double>() + kNegligible));
    changed += error.any().item<bool>();
  }
  double atHead = headError(have[headWeight->name] - wanted[headWeight->name],
                            grad, x.narrow(1, 0, input.perImage()));
  bool isRight =
      isSame && atHead > 0 && atHead <= 1 && worst <= bound && changed > layers;
  std::cout << bits << " bits, " << (isLargest ? "largest" : "smallest")
            << " subnet: " << (isRight ? "right" : "WRONG") << " (values "
            << (isSame ? "equal" : "DIFFERENT") << ", classifier " << atHead
            << " of its bound, worst gradient " << worst << " of at most "
            << bound << ", " << changed << " changed)\n";
  return isRight;
}

} // namespace

int main(int argc, char **argv) {
  try {
    LoadedPlan loaded = loadPlan(argc > 1 ? argv[1] : ".");
    train::setThreads(2);
    bool isRight = true;
    for (int bits : {kFloatBits, 8, 4, 2})
      for (bool isLargest : {true, false})
        isRight &= compare(loaded, isLargest, bits);
    return isRight ? 0 : 1;
  } catch (const std::exception &error) {
    std::cerr << "bfloat16-gradients: error: " << error.what() << "\n";
    return 1;
  }
}
