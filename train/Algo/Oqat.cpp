//===- Oqat.cpp - Joint training of a supernet (OQAT) ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Oqat.h"
#include "train/Algo/Evaluate.h"
#include "train/Algo/PhaseSpace.h"
#include "train/Algo/StopSignal.h"
#include "train/Model/Support.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>

namespace oqat::train {

using Clock = std::chrono::steady_clock;

static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

OqatTrainer::OqatTrainer(const Network &network, const Recipe &recipe,
                         Dataset train, const Dataset *validation,
                         RunFiles files, int workers, Communicator &ranks,
                         Gpu *gpu)
    : network(network), onDevice{network.plan, network.kernels, gpu},
      recipe(recipe), train(std::move(train)), validation(validation),
      files(std::move(files)), workers(workers), ranks(ranks),
      fingerprint(this->train.fingerprint()),
      parameters(network.plan, recipe.seed), progress(!ranks.isFirst()),
      unreadableAtStart(this->train.unreadable->count()) {
  for (const Phase &phase : recipe.phases) {
    spaces.push_back(phaseSpace(network.plan, phase));
    if (phase.teacher == "given" && this->files.teacher.empty())
      throw Error("recipe: phase '" + phase.name +
                  "' has a given teacher: give --teacher");
    if (std::min(phase.batch, this->train.size()) < ranks.size())
      throw Error("recipe: phase '" + phase.name +
                  "': expected a batch of at least a picture for each of " +
                  std::to_string(ranks.size()) + " ranks, but got " +
                  std::to_string(std::min(phase.batch, this->train.size())));
  }
}

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

std::string OqatTrainer::phasePath(int64_t index) const {
  return files.folder + "/" + recipe.phases[static_cast<size_t>(index)].name +
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
  if (teacher)
    info.teacher = teacher->description();
  return info;
}

void OqatTrainer::resume() {
  if (ranks.isFirst())
    removePartialFiles(files.folder);
  auto found = listCheckpoints(files.folder);
  for (auto it = found.rbegin(); it != found.rend(); ++it) {
    std::string error;
    auto file = openCheckpoint(it->second, error);
    if (!file) {
      progress.line(error + "; taking the checkpoint before it");
      continue;
    }
    goOn(it->second, takeCheckpoint(it->second, *file, parameters, &average));
    return;
  }
  if (!found.empty())
    throw Error(files.folder + ": none of its " + std::to_string(found.size()) +
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
  loadTeacher();
  if (from.teacher != info().teacher)
    progress.line(path + ": was written with another teacher; from here on the "
                         "run is not what it would have been");
}

bool OqatTrainer::run() {
  catchStopSignals();
  int64_t done = totalSteps();
  meetRanks();
  showUnreadable();
  if (ranks.isFirst())
    log = std::make_unique<RunLog>(
        files.folder, done, [&](const formats::Json &record) {
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
    bool isSaved = agreeToSave(isDue && step < steps);
    if (stopped) {
      save();
      return false;
    }
    if (isSaved) {
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
  return checkpointPath(files.folder, totalSteps());
}

void OqatTrainer::save() {
  expectSameState();
  if (ranks.isFirst())
    writeStep();
  ranks.meetFirst();
}

void OqatTrainer::writeStep() {
  writeCheckpoint(checkpoint(), parameters, info(), true,
                  average ? &*average : nullptr);
  pruneCheckpoints(files.folder, totalSteps(), recipe.keepCheckpoints);
}

/// A checkpoint that can't be written costs nothing yet: those before it are
/// there, and there may be room again at the next.
void OqatTrainer::trySave() {
  expectSameState();
  try {
    if (ranks.isFirst())
      writeStep();
  } catch (const Error &error) {
    progress.line("no checkpoint after step " + std::to_string(step) + ": " +
                  error.what());
  }
  ranks.meetFirst();
}

void OqatTrainer::finishPhase() {
  if (ranks.isFirst())
    writeCheckpoint(phasePath(phaseIndex), result(), info(), false);
  // Another phase may start from that file.
  ranks.meetFirst();
  if (!validation)
    return;
  formats::Json record = {{"event", "phase"},
                          {"phase", phase().name},
                          {"bits", phase().bits},
                          {"totalSteps", totalSteps()}};
  for (bool isLargest : {true, false}) {
    Selection selection(network.plan,
                        isLargest ? maximalSubnet(space())
                                  : minimalSubnet(space()),
                        phase().bits);
    Parameters calibrated =
        recalibrate(network, result(), selection, train, ranks);
    EvaluationMode mode;
    mode.ranks = &ranks;
    EvaluationResult result =
        evaluate(network, calibrated, selection, *validation, mode);
    const char *which = isLargest ? "largest" : "smallest";
    record[which] = result.top1();
    progress.line("phase " + phase().name + ": " + which +
                  " subnet, validation top-1 " +
                  formats::Json(result.top1()).dump() + " %");
  }
  showUnreadable();
  addRecord(record);
}

} // namespace oqat::train
