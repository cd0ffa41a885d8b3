//===- train-reference.cpp - Gradients against LibTorch -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// train-reference PLAN: compares logits and the gradient of every parameter of
// some subnets with a LibTorch statement of the same network, and the loss
// under a teacher, which it writes to PLAN.teacher.safetensors.
//
//===----------------------------------------------------------------------===//

#include "Reference.h"
#include "train/Algo/Loss.h"
#include "train/Algo/OqatTeacher.h"
#include "train/Checkpoint/Checkpoint.h"
#include "train/Model/LoadedPlan.h"
#include "train/Model/Support.h"

#include <iostream>

using namespace oqat;
using namespace oqat::train;

/// Gradients that are 0 in theory (of what a later batch norm takes out again)
/// are rounding errors on both sides: below kNegligible nothing is compared.
static double relativeError(const at::Tensor &x, const at::Tensor &y) {
  constexpr double kNegligible = 1e-3;
  return (x.to(at::kDouble) - y).norm().item<double>() /
         (y.norm().item<double>() + kNegligible);
}

static at::Tensor randomPictures(int64_t images, int64_t size) {
  at::Tensor pictures = at::empty({images, size, size, 3}, at::kByte);
  numerics::Random random(11);
  for (int64_t i = 0; i < pictures.numel(); ++i)
    pictures.data_ptr<uint8_t>()[i] = static_cast<uint8_t>(random.below(256));
  return pictures;
}

static void fill(Program &program, const at::Tensor &pictures) {
  std::copy_n(pictures.data_ptr<uint8_t>(), pictures.numel(), program.input());
}

/// Identities, which they start as, have no sides to mix up.
static void turnTransforms(Parameters &parameters) {
  numerics::Random random(12);
  for (Parameter &p : parameters.all())
    if (p.kind == "transform")
      for (int64_t i = 0; i < p.value.numel(); ++i)
        p.data()[i] += static_cast<float>(random.uniform(-0.2, 0.2));
}

/// The largest relative error over logits and gradients.
static double compare(const LoadedPlan &loaded,
                      const formats::SubnetConfig &subnet, int bits) {
  Network network = loaded.network();
  Parameters parameters(loaded.plan, 5);
  turnTransforms(parameters);
  Selection selection(loaded.plan, subnet, bits);
  const int64_t images = 12, classes = loaded.plan.classes;
  at::Tensor pictures = randomPictures(images, selection.imageSize());
  if (!selection.isFloat()) {
    RunMode first;
    first.initializeSteps = true;
    Program program(network, selection, parameters, first, images);
    fill(program, pictures);
    program.forward();
    // |s| is what counts.
    for (Parameter &p : parameters.all())
      if (p.kind == "step" && p.name.size() % 2)
        p.value.neg_();
  }
  RunMode mode;
  mode.backward = true;
  Program program(network, selection, parameters, mode, images);
  fill(program, pictures);
  program.forward();
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < images; ++i)
    labels.push_back(i % classes);
  Targets targets = labelTargets(labels, classes, 0.1);
  double loss = crossEntropy(program.logits(), targets, images, classes, 1,
                             program.logitsGrad());
  program.backward();

  Reference reference(loaded.plan, selection, parameters);
  at::Tensor logits = reference.forward(pictures);
  at::Tensor wanted =
      at::tensor(targets, at::kFloat).view({images, classes}).to(at::kDouble);
  at::Tensor expected =
      -(wanted * logits.log_softmax(1)).sum() / static_cast<double>(images);
  expected.backward();
  at::Tensor have = at::from_blob(const_cast<float *>(program.logits()),
                                  {images, classes}, at::kFloat);
  double worst = std::max(relativeError(have, logits.detach()),
                          std::abs(loss - expected.item<double>()));
  for (const Parameter &p : parameters.all()) {
    at::Tensor grad = reference.leaves.at(p.name).grad();
    if (!grad.defined())
      grad = at::zeros_like(p.value, at::kDouble);
    double error = relativeError(p.grad, grad);
    if (error > 1e-3)
      std::cout << "  " << p.name << " differs by " << error << "\n";
    worst = std::max(worst, error);
  }
  return worst;
}

/// Loss and gradient of the logits of a subnet that the largest one of another
/// checkpoint teaches.
static double compareTaught(const LoadedPlan &loaded, const std::string &path) {
  Network network = loaded.network();
  const int64_t images = 12, classes = loaded.plan.classes;
  formats::SubnetConfig largest = maximalSubnet(loaded.plan),
                        smallest = minimalSubnet(loaded.plan);
  largest.set("image_size", 12);
  smallest.set("image_size", 12);
  Parameters teacher(loaded.plan, 6), parameters(loaded.plan, 5);
  CheckpointInfo info;
  info.bits = kFloatBits;
  writeCheckpoint(path, teacher, info, false);
  at::Tensor pictures = randomPictures(images, 12);
  Batch batch;
  const uint8_t *bytes = pictures.data_ptr<uint8_t>();
  batch.views.assign(bytes, bytes + pictures.numel());
  for (int64_t i = 0; i < images; ++i)
    batch.labels.push_back(i % classes);
  Targets targets = mixTargets(
      labelTargets(batch.labels, classes, 0.1),
      Teacher(loaded.plan, path).answer(network, batch, 12, {}), 0.7);
  Selection selection(loaded.plan, smallest, kFloatBits);
  RunMode mode;
  mode.backward = true;
  Program program(network, selection, parameters, mode, images);
  fill(program, pictures);
  program.forward();
  double loss = crossEntropy(program.logits(), targets, images, classes, 1,
                             program.logitsGrad());

  Selection whole(loaded.plan, largest, kFloatBits);
  at::Tensor soft =
      Reference(loaded.plan, whole, teacher).forward(pictures).softmax(1);
  at::Tensor hard = at::zeros({images, classes}, at::kDouble);
  for (int64_t i = 0; i < images; ++i)
    hard[i][i % classes] = 1.0;
  at::Tensor wanted = 0.3 * (0.9 * hard + 0.1 / static_cast<double>(classes)) +
                      0.7 * soft.detach();
  at::Tensor logits = Reference(loaded.plan, selection, parameters)
                          .forward(pictures)
                          .detach()
                          .requires_grad_();
  at::Tensor expected =
      -(wanted * logits.log_softmax(1)).sum() / static_cast<double>(images);
  expected.backward();
  at::Tensor grad =
      at::from_blob(program.logitsGrad(), {images, classes}, at::kFloat);
  return std::max(relativeError(grad, logits.grad()),
                  std::abs(loss - expected.item<double>()));
}

int main(int argc, char **argv) {
  try {
    LoadedPlan loaded = loadPlan(argc > 1 ? argv[1] : ".");
    train::setThreads(2);
    bool isRight = true;
    for (int bits : {kFloatBits, 8, 4, 3, 2})
      for (bool isLargest : {true, false}) {
        double error = compare(loaded,
                               isLargest ? maximalSubnet(loaded.plan)
                                         : minimalSubnet(loaded.plan),
                               bits);
        bool isClose = error < 1e-3;
        isRight &= isClose;
        std::cout << bits << " bits, " << (isLargest ? "largest" : "smallest")
                  << " subnet: " << (isClose ? "equal" : "DIFFERENT") << " ("
                  << error << ")\n";
      }
    double error = compareTaught(loaded, std::string(argc > 1 ? argv[1] : ".") +
                                             ".teacher.safetensors");
    isRight &= error < 1e-5;
    std::cout << "taught: " << (error < 1e-5 ? "equal" : "DIFFERENT") << " ("
              << error << ")\n";
    return isRight ? 0 : 1;
  } catch (const std::exception &error) {
    std::cerr << "train-reference: error: " << error.what() << "\n";
    return 1;
  }
}
