//===- Oqat.cpp - Joint training of a supernet (OQAT) ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Oqat.h"
#include "train/Algo/Evaluate.h"
#include "train/Algo/Loss.h"
#include "train/Algo/Optimizer.h"
#include "train/Algo/StopSignal.h"
#include "train/Model/Steps.h"
#include "train/Model/Support.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace oqat::train {

using Clock = std::chrono::steady_clock;

static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

OqatTrainer::OqatTrainer(const Network &network, const Recipe &recipe,
                         Dataset train, const Dataset *validation,
                         std::string folder, std::string weights, int workers)
    : network(network), recipe(recipe), train(std::move(train)),
      validation(validation), folder(std::move(folder)),
      weights(std::move(weights)), workers(workers),
      fingerprint(this->train.fingerprint()),
      parameters(network.plan, recipe.seed) {}

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
  info.pictures = fingerprint;
  return info;
}

void OqatTrainer::resume() {
  removePartialFiles(folder);
  auto found = listCheckpoints(folder);
  for (auto it = found.rbegin(); it != found.rend(); ++it) {
    std::string error;
    auto file = openCheckpoint(it->second, error);
    if (!file) {
      progress.line(error + "; taking the checkpoint before it");
      continue;
    }
    goOn(it->second, takeCheckpoint(it->second, *file, parameters));
    return;
  }
  if (!found.empty())
    throw Error(folder + ": none of its " + std::to_string(found.size()) +
                " checkpoints can be taken");
}

/// Makes a checkpoint's place this run's.
void OqatTrainer::goOn(const std::string &path, const CheckpointInfo &from) {
  if (from.recipe != recipe.text)
    throw Error(path + ": was written with another recipe");
  if (from.phaseIndex >= static_cast<int64_t>(recipe.phases.size()))
    throw Error(path + ": phase " + std::to_string(from.phaseIndex) +
                " is not in the recipe");
  phaseIndex = from.phaseIndex;
  step = from.step;
  isInsidePhase = true;
  progress.line("resuming phase " + phase().name + " after step " +
                std::to_string(step) + ", from " + path);
  if (from.pictures != fingerprint)
    progress.line(path + ": was written with other training pictures; from "
                         "here on the run is not what it would have been");
}

bool OqatTrainer::run() {
  catchStopSignals();
  int64_t done = totalSteps();
  showUnreadable();
  log =
      std::make_unique<RunLog>(folder, done, [&](const formats::Json &record) {
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
  BatchRequest request;
  request.pictures = shuffledOrder(train.size(), seedOf(kFirstSteps, 0));
  request.pictures.resize(static_cast<size_t>(count));
  request.size = program.inputSize();
  request.seed = seedOf(kFirstSteps, 1);
  Batch batch = loadBatch(train, request);
  std::copy(batch.views.begin(), batch.views.end(), program.input());
  program.forward();
}

bool OqatTrainer::runPhase() {
  auto started = Clock::now(), saved = started, reported = started;
  int64_t first = step, steps = phaseSteps(phaseIndex), reportedStep = step;
  BatchLoader loader(train, workers, step, steps,
                     [this](int64_t number) { return stepRequest(number); });
  while (step < steps) {
    trainStep(loader.next());
    ++step;
    double perStep = secondsSince(started) / static_cast<double>(step - first);
    progress.update(phase().name, step, steps, describeSpeed(perStep, steps));
    if (step % 50 == 0 || step == steps) {
      recordStep(1e3 * secondsSince(reported) /
                 static_cast<double>(step - reportedStep));
      reported = Clock::now();
      reportedStep = step;
    }
    showUnreadable();
    bool isDue =
        (recipe.checkpointSeconds > 0 &&
         secondsSince(saved) >= recipe.checkpointSeconds) ||
        (recipe.checkpointSteps > 0 && step % recipe.checkpointSteps == 0);
    if (stopSignal()) {
      save();
      return false;
    }
    if (isDue && step < steps) {
      trySave();
      saved = Clock::now();
    }
  }
  if (first != step)
    save();
  progress.line(
      "phase " + phase().name + ": " + std::to_string(steps) + " steps, " +
      std::to_string(std::llround(secondsSince(started))) + " s in this run");
  return true;
}

std::string OqatTrainer::checkpoint() const {
  return checkpointPath(folder, totalSteps());
}

void OqatTrainer::save() {
  writeCheckpoint(checkpoint(), parameters, info(), true);
  pruneCheckpoints(folder, totalSteps(), recipe.keepCheckpoints);
}

/// A checkpoint that can't be written costs nothing yet: those before it are
/// there, and there may be room again at the next.
void OqatTrainer::trySave() {
  try {
    save();
  } catch (const Error &error) {
    progress.line("no checkpoint after step " + std::to_string(step) + ": " +
                  error.what());
  }
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
  showUnreadable();
  addRecord(record);
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
  if (!imageSizes(network.plan).empty())
    for (formats::SubnetConfig &subnet : subnets)
      subnet.set("image_size", static_cast<double>(stepSize(step)));
  return subnets;
}

/// One size for all subnets of a step: the teacher sees the pictures of its
/// pupils.
int64_t OqatTrainer::stepSize(int64_t step) const {
  std::vector<int64_t> sizes = imageSizes(network.plan);
  if (sizes.empty())
    return Selection(network.plan, maximalSubnet(network.plan), phase().bits)
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
  int64_t count = std::min(phase().batch, train.size());
  auto first = order.begin() + step % stepsPerEpoch() * count;
  return {first, first + count};
}

BatchRequest OqatTrainer::stepRequest(int64_t step) {
  return {stepPictures(step), stepSize(step), seedOf(kViews, step)};
}

void OqatTrainer::stopOnNonFinite(const Program &program,
                                  const std::string &what) const {
  std::string layer = program.firstNonFinite();
  throw Error("phase " + phase().name + ", step " + std::to_string(step) +
              ": " + what + " is not finite" +
              (layer.empty() ? "" : ", first in layer '" + layer + "'"));
}

void OqatTrainer::trainStep(const Batch &batch) {
  int64_t images = static_cast<int64_t>(batch.labels.size());
  int64_t classes = network.plan.classes;
  Targets hard = labelTargets(batch.labels, classes, phase().labelSmoothing);
  Targets taught = hard;
  parameters.zeroGradients();
  RunMode mode;
  mode.backward = true;
  bool isFirst = true;
  int64_t smallest = phase().minimal;
  losses.clear();
  for (const formats::SubnetConfig &subnet : stepSubnets()) {
    Selection selection(network.plan, subnet, phase().bits);
    Program program(network, selection, parameters, mode, images);
    std::copy(batch.views.begin(), batch.views.end(), program.input());
    program.forward();
    bool isTeacher = isFirst && phase().maximal;
    double loss = crossEntropy(
        program.logits(), isTeacher ? hard : taught, images, classes,
        isTeacher ? 1.0 : phase().othersWeight, program.logitsGrad());
    if (!std::isfinite(loss))
      stopOnNonFinite(program, "the loss");
    if (isFirst)
      lastLoss = loss;
    bool isSmallest = !isTeacher && smallest-- > 0;
    losses[isTeacher    ? "largest"
           : isSmallest ? "smallest"
                        : "random"] +=
        loss /
        static_cast<double>(isTeacher || isSmallest ? 1 : phase().random);
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
