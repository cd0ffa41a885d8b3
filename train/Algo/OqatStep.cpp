//===- OqatStep.cpp - One step of joint training --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Average.h"
#include "train/Algo/Loss.h"
#include "train/Algo/Optimizer.h"
#include "train/Algo/Oqat.h"
#include "train/Gpu/SharedParameters.h"
#include "train/Model/Support.h"

#include <algorithm>
#include <cmath>

namespace oqat::train {

uint64_t OqatTrainer::seedOf(Purpose purpose, int64_t number) const {
  uint64_t seed = numerics::combineSeeds(recipe.seed, purpose);
  seed = numerics::combineSeeds(seed, static_cast<uint64_t>(phaseIndex));
  return numerics::combineSeeds(seed, static_cast<uint64_t>(number));
}

/// LSQ's first steps, from the first batch through the largest subnet; steps
/// that are known stay. Those of layers that no subnet of the phase has come
/// from the largest of the whole space.
void OqatTrainer::initializeSteps() {
  formats::SubnetConfig subnet = maximalSubnet(space()),
                        whole = maximalSubnet(network.plan);
  initializeSteps(subnet);
  if (formats::writeSubnet(subnet) != formats::writeSubnet(whole))
    initializeSteps(whole);
}

void OqatTrainer::initializeSteps(const formats::SubnetConfig &subnet) {
  Selection selection(network.plan, subnet, phase().bits);
  RunMode mode;
  mode.initializeSteps = true;
  mode.ranks = &ranks;
  mode.batchImages = batchImages();
  auto [first, count] = ranks.share(batchImages());
  Program program(network, selection, parameters, mode, count);
  BatchRequest request;
  request.pictures = shuffledOrder(train.size(), seedOf(kFirstSteps, 0));
  request.size = program.inputSize();
  request.seed = seedOf(kFirstSteps, 1);
  Batch batch = loadBatch(train, request.part(first, count));
  std::copy(batch.views.begin(), batch.views.end(), program.input());
  program.forward();
}

/// Gives every quantized layer of a subnet bits of its own.
void OqatTrainer::mixBits(formats::SubnetConfig &subnet,
                          numerics::Random &random) const {
  const std::vector<int> &mixed = phase().mixedBits;
  size_t layers = Selection(network.plan, subnet, phase().bits).layers();
  for (const formats::PlanChoice &choice : network.plan.choices) {
    if (!choice.perLayer)
      continue;
    std::vector<double> bits(layers);
    for (double &one : bits)
      one = mixed[random.below(mixed.size())];
    subnet.set(choice.key, bits);
  }
}

std::vector<formats::SubnetConfig> OqatTrainer::stepSubnets() const {
  numerics::Random random(seedOf(kSubnets, step));
  std::vector<formats::SubnetConfig> subnets;
  if (phase().maximal)
    subnets.push_back(maximalSubnet(space()));
  if (phase().minimal)
    subnets.push_back(minimalSubnet(space()));
  numerics::Random bitsRandom(seedOf(kBits, step));
  for (int64_t i = 0; i < phase().random; ++i) {
    subnets.push_back(randomSubnet(space(), random));
    if (!phase().mixedBits.empty())
      mixBits(subnets.back(), bitsRandom);
  }
  if (!imageSizes(space()).empty())
    for (formats::SubnetConfig &subnet : subnets)
      subnet.set("image_size", static_cast<double>(stepSize(step)));
  return subnets;
}

/// One size for all subnets of a step: the teacher sees the pictures of its
/// pupils.
int64_t OqatTrainer::stepSize(int64_t step) const {
  std::vector<int64_t> sizes = imageSizes(space());
  if (sizes.empty())
    return Selection(network.plan, maximalSubnet(space()), phase().bits)
        .imageSize();
  numerics::Random random(seedOf(kSize, step));
  if (random.uniform() < phase().fullSizeChance)
    return *std::max_element(sizes.begin(), sizes.end());
  return sizes[random.below(sizes.size())];
}

std::vector<int64_t> OqatTrainer::stepPictures(int64_t step) {
  int64_t epoch = step / stepsPerEpoch();
  if (epoch != orderEpoch)
    order = shuffledOrder(train.size(), seedOf(kOrder, epoch));
  orderEpoch = epoch;
  int64_t count = batchImages();
  auto first = order.begin() + step % stepsPerEpoch() * count;
  return {first, first + count};
}

/// This rank's part of the batch.
BatchRequest OqatTrainer::stepRequest(int64_t step) {
  BatchRequest whole{stepPictures(step), stepSize(step), seedOf(kViews, step)};
  auto [first, count] = ranks.share(whole.count());
  return whole.part(first, count);
}

/// Of all ranks.
int64_t OqatTrainer::batchImages() const {
  return std::min(phase().batch, train.size());
}

void OqatTrainer::stopOnNonFinite(const Program &program,
                                  const std::string &what) const {
  std::string layer = program.firstNonFinite();
  throw Error("phase " + phase().name + ", step " + std::to_string(step) +
              ": " + what + " is not finite" +
              (layer.empty() ? "" : ", first in layer '" + layer + "'"));
}

Targets OqatTrainer::teacherTargets(const Batch &batch) {
  RunMode mode;
  mode.ranks = &ranks;
  mode.batchImages = batchImages();
  Targets answer = teacher->answer(network, batch, stepSize(step), mode);
  if (answer.empty())
    throw Error("phase " + phase().name + ", step " + std::to_string(step) +
                ": the teacher's answer is not finite");
  return answer;
}

void OqatTrainer::trainStep(const Batch &batch) {
  int64_t images = static_cast<int64_t>(batch.labels.size());
  int64_t classes = network.plan.classes;
  Targets hard = labelTargets(batch.labels, classes, phase().labelSmoothing);
  parameters.zeroGradients();
  RunMode mode;
  mode.backward = true;
  mode.bfloat16Gradients = phase().bfloat16Gradients;
  mode.ranks = &ranks;
  mode.batchImages = batchImages();
  Targets taught = hard;
  if (teacher)
    taught = mixTargets(hard, teacherTargets(batch), phase().distill);
  int64_t smallest = phase().minimal;
  losses.clear();
  std::vector<formats::SubnetConfig> subnets = stepSubnets();
  SharedParameters *shared =
      onDevice.gpu ? &onDevice.gpu->share(parameters) : nullptr;
  if (shared)
    shared->begin(parameters);
  for (const formats::SubnetConfig &subnet : subnets) {
    bool isFirst = &subnet == &subnets.front();
    Selection selection(network.plan, subnet, phase().bits);
    Program program(onDevice, selection, parameters, mode, images);
    std::copy(batch.views.begin(), batch.views.end(), program.input());
    program.forward();
    bool isLargest = isFirst && phase().maximal;
    bool isTeacher = isLargest && !teacher;
    double loss = ranks.sumOf(crossEntropy(
        program.logits(), isTeacher ? hard : taught, images, classes,
        isLargest ? phase().largestWeight : phase().othersWeight,
        program.logitsGrad(), mode.batchImages));
    if (!std::isfinite(loss))
      stopOnNonFinite(program, "the loss");
    if (isFirst)
      lastLoss = loss;
    bool isSmallest = !isLargest && smallest-- > 0;
    losses[isLargest    ? "largest"
           : isSmallest ? "smallest"
                        : "random"] +=
        loss /
        static_cast<double>(isLargest || isSmallest ? 1 : phase().random);
    if (isTeacher)
      taught = mixTargets(hard, softmax(program.logits(), images, classes),
                          phase().distill);
    if (&subnet == &subnets.back())
      gradients.run(program, parameters, ranks);
    else
      program.backward();
  }
  if (shared)
    shared->end();
  updateParameters(parameters, phase(),
                   scheduleFactor(phase(), step, phaseSteps(phaseIndex)));
  if (average)
    updateAverage(*average, parameters, phase().ema);
}

} // namespace oqat::train
