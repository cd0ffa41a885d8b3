//===- Oqat.h - Joint training of a supernet (OQAT) -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs the phases of a recipe. A step trains the largest, the smallest and some
// random subnets on the same pictures; their gradients add up (the sandwich
// rule), and the largest teaches the others. All random choices are functions
// of the seed, the phase and the step, so that a resumed run repeats what the
// killed one would have done. Ranks take parts of every batch, lying one after
// the other, and do the same steps; the first one writes and talks.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_ALGO_OQAT_H
#define OQAT_TRAIN_ALGO_OQAT_H

#include "train/Algo/OqatTeacher.h"
#include "train/Algo/Recipe.h"
#include "train/Checkpoint/Checkpoint.h"
#include "train/Data/BatchLoader.h"
#include "train/Dist/GradientSum.h"
#include "train/Model/Program.h"
#include "train/Report/Progress.h"
#include "train/Report/RunLog.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace oqat::train {

/// Where a run lies, and what phases from "weights" and of a "given" teacher
/// take.
struct RunFiles {
  std::string folder, weights, teacher;
};

class OqatTrainer {
public:
  /// `workers` threads make batches ahead. Steps run on `gpu`, where there is
  /// one, all else on the CPU.
  OqatTrainer(const Network &network, const Recipe &recipe, Dataset train,
              const Dataset *validation, RunFiles files, int workers,
              Communicator &ranks, Gpu *gpu = nullptr);

  /// Continues after the newest checkpoint of the folder, if there is one.
  void resume();
  /// Trains what is left; false when a signal asked to stop: the step is then
  /// done and checkpoint() is written.
  bool run();
  /// That signal, which one of the ranks got.
  int stoppedBy() const { return stopped; }

  /// Where a checkpoint of the steps done so far lies.
  std::string checkpoint() const;

private:
  const Network &network;
  /// Of steps.
  Network onDevice;
  const Recipe &recipe;
  /// What the subnets of each phase are drawn from.
  std::vector<formats::Plan> spaces;
  Dataset train;
  const Dataset *validation;
  RunFiles files;
  int workers;
  Communicator &ranks;
  GradientSum gradients;
  int stopped = 0;
  /// Of the training pictures.
  std::string fingerprint;
  Parameters parameters;
  /// Their moving average, in phases that want it.
  std::optional<Parameters> average;
  std::optional<Teacher> teacher;
  int64_t phaseIndex = 0, step = 0;
  bool isInsidePhase = false;
  Progress progress;
  std::unique_ptr<RunLog> log;
  /// Pictures that were known not to be readable when the run began.
  int64_t unreadableAtStart = 0;
  /// Of the last step: its first subnet's, then "largest", "smallest" and
  /// "random" (their mean).
  double lastLoss = 0;
  std::map<std::string, double> losses;
  std::vector<int64_t> order;
  int64_t orderEpoch = -1;

  const Phase &phase() const {
    return recipe.phases[static_cast<size_t>(phaseIndex)];
  }
  const formats::Plan &space() const {
    return spaces[static_cast<size_t>(phaseIndex)];
  }
  int64_t stepsPerEpoch() const;
  int64_t phaseSteps(int64_t index) const;
  int64_t totalSteps() const;
  /// Purposes of random streams; the files of finished runs depend on them.
  enum Purpose : uint64_t {
    kOrder = 1,
    kViews,
    kSubnets,
    kSize,
    kFirstSteps,
    kBits
  };
  /// A stream per purpose, phase and number.
  uint64_t seedOf(Purpose purpose, int64_t number) const;

  void meetRanks();
  void expectSameState();
  bool agreeToSave(bool isDue);
  void startPhase();
  void startFrom(const std::string &path);
  void sortChannels();
  void loadTeacher();
  bool runPhase();
  void addRecord(const formats::Json &record);
  void showUnreadable();
  int64_t countUnreadable();
  std::string describeSpeed(double secondsPerStep, int64_t steps) const;
  void recordStep(double msPerStep);
  void finishPhase();
  std::vector<float> teacherTargets(const Batch &batch);
  void trainStep(const Batch &batch);
  int64_t batchImages() const;
  int64_t stepSize(int64_t step) const;
  std::vector<formats::SubnetConfig> stepSubnets() const;
  void mixBits(formats::SubnetConfig &subnet, numerics::Random &random) const;
  std::vector<int64_t> stepPictures(int64_t step);
  BatchRequest stepRequest(int64_t step);
  void initializeSteps();
  void initializeSteps(const formats::SubnetConfig &subnet);
  void goOn(const std::string &path, const CheckpointInfo &from);
  /// What evaluation and the phase's result take.
  Parameters &result() { return average ? *average : parameters; }
  void save();
  void trySave();
  void writeStep();
  std::string phasePath(int64_t index) const;
  CheckpointInfo info() const;
  [[noreturn]] void stopOnNonFinite(const Program &program,
                                    const std::string &what) const;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_ALGO_OQAT_H
