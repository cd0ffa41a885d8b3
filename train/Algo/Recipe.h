//===- Recipe.h - What to train, in which order ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A recipe is a JSON file (train/recipes/*.json) with a list of phases. Each
// phase trains the supernet at one bit-width, starting from scratch or from
// the result of an earlier phase.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_ALGO_RECIPE_H
#define OQAT_TRAIN_ALGO_RECIPE_H

#include "oqat/Image/Augment.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace oqat::train {

struct Phase {
  std::string name;
  /// "scratch", "previous", "weights" (the file that the command line names)
  /// or the name of an earlier phase. From one with
  /// more bits the steps are doubled per bit, except entries that it trained
  /// already; from a float one (bits 32) they are initialised on the first
  /// batch.
  std::string from = "scratch";
  int bits = 4;
  /// Mixed precision: what the layers of the random subnets draw their bits
  /// from, weights and activations separately. The largest and the smallest
  /// subnet keep `bits`; empty: so do the random ones.
  std::vector<int> mixedBits;
  /// Puts important channels of elastic widths first before the phase begins;
  /// those beyond the smallest width that phases before it have trained stay.
  bool sortChannels = false;
  /// Values that subnets are drawn from, by the keys of a subnet; a key that is
  /// absent: all of its space. The largest and the smallest subnet of the phase
  /// are the extremes of these.
  std::map<std::string, std::vector<double>> choices;
  double epochs = 1;
  int64_t batch = 128;
  double lr = 0.1, stepLr = 0.01, weightDecay = 1e-4, momentum = 0.9;
  /// Kinds of parameters with weight decay.
  std::vector<std::string> decayed = {"weight"};
  /// Part of the phase with a linear rise from `warmupFrom` of the learning
  /// rates; a half cosine to 0 follows. "warmupEpochs" in a recipe adds epochs
  /// of such a rise to `epochs`.
  double warmup = 0.05, warmupFrom = 0;
  double labelSmoothing = 0.1;
  /// Subnets of a step; the largest comes first and teaches the others.
  int64_t maximal = 1, minimal = 1, random = 1;
  /// Share of the teacher in the targets of the others.
  double distill = 0.5;
  /// "largest": that of the step. Else the largest subnet of the whole space at
  /// the bits of a checkpoint, which then teaches all subnets of a step:
  /// "given" (the file that the command line names) or an earlier phase's name.
  std::string teacher = "largest";
  /// Weights of the loss of the largest and of each of the others.
  double largestWeight = 1, othersWeight = 1;
  /// Of the exponential moving average of all parameters that the phase's
  /// result holds; 0: it holds the parameters themselves.
  double ema = 0;
  /// Whether dense layers multiply gradients in bfloat16 ("gradients":
  /// "bfloat16"), with sums and results in float32; forward is the same bits.
  bool bfloat16Gradients = false;
  /// Chance of the largest picture size; else uniform over all sizes.
  double fullSizeChance = 0;
};

struct Recipe {
  uint64_t seed = 0;
  /// Training pictures kept aside as the validation split.
  int64_t holdOut = 0;
  /// Average times between checkpoints; 0 switches one off.
  double checkpointSeconds = 30;
  int64_t checkpointSteps = 0;
  /// Older ones are removed.
  int64_t keepCheckpoints = 2;
  /// How training and recalibration see pictures.
  image::Augmentation augmentation;
  std::vector<Phase> phases;
  /// The file's content, kept in checkpoints.
  std::string text;

  /// Index of the phase that `phases[index]` starts from, or one of these.
  int64_t source(size_t index) const;
  static constexpr int64_t kScratch = -1, kWeights = -2;
  /// Likewise of the phase that teaches `phases[index]`.
  int64_t teacher(size_t index) const;
  static constexpr int64_t kLargest = -1, kGiven = -2;
};

Recipe readRecipe(const std::string &path);
Recipe parseRecipe(const std::string &text, const std::string &place);

} // namespace oqat::train

#endif // OQAT_TRAIN_ALGO_RECIPE_H
