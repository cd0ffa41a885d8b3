//===- Oqat.cpp - Joint training of a supernet (OQAT) ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Oqat.h"
#include "train/Algo/Evaluate.h"
#include "train/Algo/Loss.h"
#include "train/Algo/Optimizer.h"
#include "train/Model/Steps.h"
#include "train/Model/Support.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>

namespace oqat::train {

using Clock = std::chrono::steady_clock;

static volatile std::sig_atomic_t stopRequested = 0;
static void requestStop(int) { stopRequested = 1; }

static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

OqatTrainer::OqatTrainer(const Network &network, const Recipe &recipe,
                         Dataset train, const Dataset *validation,
                         std::string folder, std::string weights)
    : network(network), recipe(recipe), train(std::move(train)),
      validation(validation), folder(std::move(folder)),
      weights(std::move(weights)), parameters(network.plan, recipe.seed) {}

int64_t OqatTrainer::stepsPerEpoch() const {
  return std::max<int64_t>(1, train.size() / phase().batch);
}

int64_t OqatTrainer::phaseSteps(int64_t index) const {
  const Phase &p = recipe.phases[static_cast<size_t>(index)];
  int64_t perEpoch = std::max<int64_t>(1, train.size() / p.batch);
  return std::llround(p.epochs * static_cast<double>(perEpoch));
}

int64_t OqatTrainer::totalSteps() const {
  int64_t total = step;
  for (int64_t i = 0; i < phaseIndex; ++i)
    total += phaseSteps(i);
  return total;
}

/// A stream per purpose, phase and number.
uint64_t OqatTrainer::seedOf(uint64_t purpose, int64_t number) const {
  uint64_t seed = numerics::combineSeeds(recipe.seed, purpose);
  seed = numerics::combineSeeds(seed, static_cast<uint64_t>(phaseIndex));
  return numerics::combineSeeds(seed, static_cast<uint64_t>(number));
}

enum Purpose : uint64_t {
  kOrder = 1,
  kViews,
  kSubnets,
  kSize,
  kFirstSteps,
  kBits
};

std::string OqatTrainer::phasePath(int64_t index) const {
  return folder + "/" + recipe.phases[static_cast<size_t>(index)].name +
         ".safetensors";
}

CheckpointInfo OqatTrainer::info() const {
  CheckpointInfo info;
  info.network = network.plan.network;
  info.phase = phase().name;
  info.phaseIndex = phaseIndex;
  info.step = step;
  info.bits = phase().bits;
  info.recipe = recipe.text;
  return info;
}

void OqatTrainer::resume() {
  removePartialFiles(folder);
  auto found = listCheckpoints(folder);
  if (found.empty())
    return;
  const std::string &path = found.rbegin()->second;
  CheckpointInfo info = readCheckpoint(path, parameters);
  if (info.recipe != recipe.text)
    throw Error(path + ": was written with another recipe");
  if (info.phaseIndex >= static_cast<int64_t>(recipe.phases.size()))
    throw Error(path + ": phase " + std::to_string(info.phaseIndex) +
                " is not in the recipe");
  phaseIndex = info.phaseIndex;
  step = info.step;
  isInsidePhase = true;
  progress.line("resuming phase " + phase().name + " after step " +
                std::to_string(step));
}

bool OqatTrainer::run() {
  std::signal(SIGTERM, requestStop);
  std::signal(SIGINT, requestStop);
  int64_t done = totalSteps();
  metrics = std::make_unique<Metrics>(
      folder + "/metrics.jsonl", [&](const formats::Json &record) {
        // The end of a phase is reported by whoever goes past it.
        int64_t at = record.value("totalSteps", int64_t(0));
        bool isEnd = record.value("event", "") == "phase";
        return isInsidePhase && (at < done || (at == done && !isEnd));
      });
  int64_t phases = static_cast<int64_t>(recipe.phases.size());
  for (; phaseIndex < phases; ++phaseIndex) {
    if (!isInsidePhase)
      startPhase();
    if (!runPhase())
      return false;
    finishPhase();
    isInsidePhase = false;
  }
  return true;
}

void OqatTrainer::startPhase() {
  step = 0;
  orderEpoch = -1;
  int64_t source = recipe.source(static_cast<size_t>(phaseIndex));
  if (source == Recipe::kScratch)
    parameters = Parameters(network.plan, recipe.seed);
  else
    startFrom(source == Recipe::kWeights ? weights : phasePath(source));
  for (Parameter &p : parameters.all())
    p.momentum.zero_();
  if (phase().bits != kFloatBits)
    initializeSteps();
  if (!phase().mixedBits.empty())
    completeSteps(network.plan, parameters, phase().mixedBits);
  isInsidePhase = true;
}

void OqatTrainer::startFrom(const std::string &path) {
  if (path.empty())
    throw Error("recipe: phase '" + phase().name +
                "' starts from weights: give --weights");
  int from = readCheckpoint(path, parameters).bits;
  if (from && from < phase().bits)
    throw Error(path + ": has " + std::to_string(from) + " bits, phase '" +
                phase().name + "' has more");
  // A file that no trainer wrote says no bits: its steps are meant as they are.
  if (from)
    inheritBits(network.plan, parameters, from, phase().bits);
}

/// LSQ's first steps, from the first batch through the largest subnet; steps
/// that are known stay.
void OqatTrainer::initializeSteps() {
  formats::SubnetConfig subnet = maximalSubnet(network.plan);
  Selection selection(network.plan, subnet, phase().bits);
  RunMode mode;
  mode.initializeSteps = true;
  int64_t count = std::min(phase().batch, train.size());
  Program program(network, selection, parameters, mode, count);
  std::vector<int64_t> pictures =
      shuffledOrder(train.size(), seedOf(kFirstSteps, 0));
  loadTrainingBatch(train, pictures.data(), count, program.inputSize(),
                    seedOf(kFirstSteps, 1), program.input());
  program.forward();
}

bool OqatTrainer::runPhase() {
  auto started = Clock::now(), saved = started, reported = started;
  int64_t first = step, steps = phaseSteps(phaseIndex), reportedStep = step;
  while (step < steps) {
    trainStep();
    ++step;
    double seconds = secondsSince(started);
    progress.update(
        phase().name, step, steps,
        "loss " + formats::Json(std::round(lastLoss * 1e4) / 1e4).dump() +
            "  " +
            std::to_string(std::llround(1e3 * seconds /
                                        static_cast<double>(step - first))) +
            " ms/step");
    if (step % 50 == 0 || step == steps) {
      metrics->add(
          {{"event", "train"},
           {"phase", phase().name},
           {"step", step},
           {"totalSteps", totalSteps()},
           {"loss", lastLoss},
           {"msPerStep", 1e3 * secondsSince(reported) /
                             static_cast<double>(step - reportedStep)}});
      reported = Clock::now();
      reportedStep = step;
    }
    bool isDue =
        (recipe.checkpointSeconds > 0 &&
         secondsSince(saved) >= recipe.checkpointSeconds) ||
        (recipe.checkpointSteps > 0 && step % recipe.checkpointSteps == 0);
    if (isDue || stopRequested) {
      save();
      saved = Clock::now();
    }
    if (stopRequested)
      return false;
  }
  if (first != step)
    save();
  progress.line(
      "phase " + phase().name + ": " + std::to_string(steps) + " steps, " +
      std::to_string(std::llround(secondsSince(started))) + " s in this run");
  return true;
}

void OqatTrainer::save() {
  writeCheckpoint(checkpointPath(folder, totalSteps()), parameters, info(),
                  true);
  pruneCheckpoints(folder);
}

void OqatTrainer::finishPhase() {
  writeCheckpoint(phasePath(phaseIndex), parameters, info(), false);
  if (!validation)
    return;
  formats::Json record = {{"event", "phase"},
                          {"phase", phase().name},
                          {"bits", phase().bits},
                          {"totalSteps", totalSteps()}};
  for (bool isLargest : {true, false}) {
    Selection selection(network.plan,
                        isLargest ? maximalSubnet(network.plan)
                                  : minimalSubnet(network.plan),
                        phase().bits);
    Parameters calibrated = recalibrate(network, parameters, selection, train);
    EvaluationResult result =
        evaluate(network, calibrated, selection, *validation);
    const char *which = isLargest ? "largest" : "smallest";
    record[which] = result.top1();
    progress.line("phase " + phase().name + ": " + which +
                  " subnet, validation top-1 " +
                  formats::Json(result.top1()).dump() + " %");
  }
  metrics->add(record);
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
    subnets.push_back(maximalSubnet(network.plan));
  if (phase().minimal)
    subnets.push_back(minimalSubnet(network.plan));
  numerics::Random bitsRandom(seedOf(kBits, step));
  for (int64_t i = 0; i < phase().random; ++i) {
    subnets.push_back(randomSubnet(network.plan, random));
    if (!phase().mixedBits.empty())
      mixBits(subnets.back(), bitsRandom);
  }
  std::vector<int64_t> sizes = imageSizes(network.plan);
  if (sizes.empty())
    return subnets;
  // One size for all: the teacher sees the pictures of its pupils.
  numerics::Random sizeRandom(seedOf(kSize, step));
  int64_t size = *std::max_element(sizes.begin(), sizes.end());
  if (sizeRandom.uniform() >= phase().fullSizeChance)
    size = sizes[sizeRandom.below(sizes.size())];
  for (formats::SubnetConfig &subnet : subnets)
    subnet.set("image_size", static_cast<double>(size));
  return subnets;
}

std::vector<int64_t> OqatTrainer::stepPictures() {
  int64_t epoch = step / stepsPerEpoch();
  if (epoch != orderEpoch)
    order = shuffledOrder(train.size(), seedOf(kOrder, epoch));
  orderEpoch = epoch;
  int64_t count = std::min(phase().batch, train.size());
  auto first = order.begin() + step % stepsPerEpoch() * count;
  return {first, first + count};
}

void OqatTrainer::stopOnNonFinite(const Program &program,
                                  const std::string &what) const {
  std::string layer = program.firstNonFinite();
  throw Error("phase " + phase().name + ", step " + std::to_string(step) +
              ": " + what + " is not finite" +
              (layer.empty() ? "" : ", first in layer '" + layer + "'"));
}

void OqatTrainer::trainStep() {
  std::vector<int64_t> pictures = stepPictures();
  int64_t images = static_cast<int64_t>(pictures.size());
  int64_t classes = network.plan.classes;
  std::vector<int64_t> labels;
  for (int64_t i : pictures)
    labels.push_back(train.labels[static_cast<size_t>(i)]);
  Targets hard = labelTargets(labels, classes, phase().labelSmoothing);
  Targets taught = hard;
  std::vector<uint8_t> views;
  parameters.zeroGradients();
  RunMode mode;
  mode.backward = true;
  bool isFirst = true;
  for (const formats::SubnetConfig &subnet : stepSubnets()) {
    Selection selection(network.plan, subnet, phase().bits);
    Program program(network, selection, parameters, mode, images);
    int64_t size = program.inputSize();
    if (views.empty()) {
      views.resize(static_cast<size_t>(images * size * size * 3));
      loadTrainingBatch(train, pictures.data(), images, size,
                        seedOf(kViews, step), views.data());
    }
    std::copy(views.begin(), views.end(), program.input());
    program.forward();
    bool isTeacher = isFirst && phase().maximal;
    double loss = crossEntropy(
        program.logits(), isTeacher ? hard : taught, images, classes,
        isTeacher ? 1.0 : phase().othersWeight, program.logitsGrad());
    if (!std::isfinite(loss))
      stopOnNonFinite(program, "the loss");
    if (isFirst)
      lastLoss = loss;
    if (isTeacher)
      taught = mixTargets(hard, softmax(program.logits(), images, classes),
                          phase().distill);
    program.backward();
    isFirst = false;
  }
  updateParameters(parameters, phase(),
                   scheduleFactor(phase(), step, phaseSteps(phaseIndex)));
}

} // namespace oqat::train
