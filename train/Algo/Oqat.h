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
// killed one would have done.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_ALGO_OQAT_H
#define OQAT_TRAIN_ALGO_OQAT_H

#include "train/Algo/Recipe.h"
#include "train/Checkpoint/Checkpoint.h"
#include "train/Data/Dataset.h"
#include "train/Model/Program.h"
#include "train/Report/Report.h"

#include <memory>
#include <string>

namespace oqat::train {

class OqatTrainer {
public:
  OqatTrainer(const Network &network, const Recipe &recipe, Dataset train,
              const Dataset *validation, std::string folder,
              std::string weights = "");

  /// Continues after the newest checkpoint of the folder, if there is one.
  void resume();
  /// Trains what is left; false when a signal asked to stop (a checkpoint is
  /// then written).
  bool run();

private:
  const Network &network;
  const Recipe &recipe;
  Dataset train;
  const Dataset *validation;
  std::string folder;
  /// What phases from "weights" start from.
  std::string weights;
  Parameters parameters;
  int64_t phaseIndex = 0, step = 0;
  bool isInsidePhase = false;
  Progress progress;
  std::unique_ptr<Metrics> metrics;
  double lastLoss = 0;
  std::vector<int64_t> order;
  int64_t orderEpoch = -1;

  const Phase &phase() const {
    return recipe.phases[static_cast<size_t>(phaseIndex)];
  }
  int64_t stepsPerEpoch() const;
  int64_t phaseSteps(int64_t index) const;
  int64_t totalSteps() const;
  uint64_t seedOf(uint64_t purpose, int64_t number) const;

  void startPhase();
  void startFrom(const std::string &path);
  bool runPhase();
  void finishPhase();
  void trainStep();
  std::vector<formats::SubnetConfig> stepSubnets() const;
  void mixBits(formats::SubnetConfig &subnet, numerics::Random &random) const;
  std::vector<int64_t> stepPictures();
  void initializeSteps();
  void save();
  std::string phasePath(int64_t index) const;
  CheckpointInfo info() const;
  [[noreturn]] void stopOnNonFinite(const Program &program,
                                    const std::string &what) const;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_ALGO_OQAT_H
