//===- Checkpoint.h - Training state in safetensors files -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Keys are the parameters' names, so that any checkpoint also serves as
// weights; optimizer state lies under "momentum/". Where training stands is in
// the metadata. Random streams are functions of the seed and the position and
// need no state.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_CHECKPOINT_CHECKPOINT_H
#define OQAT_TRAIN_CHECKPOINT_CHECKPOINT_H

#include "train/Model/Parameters.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace oqat::train {

struct CheckpointInfo {
  std::string network, phase;
  int64_t phaseIndex = 0;
  /// Steps done in the phase.
  int64_t step = 0;
  int bits = 0;
  /// The recipe's text.
  std::string recipe;
  /// Of an export: the subnet whose batch statistics it holds.
  std::string subnet;
};

void writeCheckpoint(const std::string &path, const Parameters &parameters,
                     const CheckpointInfo &info, bool withMomentum);

/// Fills `parameters`; every one of them must be there with its shape (a step
/// may be a scalar or one element).
CheckpointInfo readCheckpoint(const std::string &path, Parameters &parameters);

/// The checkpoints `step-<number>.safetensors` of a run, by ascending number.
std::map<int64_t, std::string> listCheckpoints(const std::string &folder);
std::string checkpointPath(const std::string &folder, int64_t number);
/// Removes all but the last two checkpoints, and what a killed run left
/// half-written.
void pruneCheckpoints(const std::string &folder);
void removePartialFiles(const std::string &folder);

} // namespace oqat::train

#endif // OQAT_TRAIN_CHECKPOINT_CHECKPOINT_H
