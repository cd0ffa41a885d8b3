//===- Checkpoint.h - Training state in safetensors files -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Keys are the parameters' names, so that any checkpoint also serves as
// weights; optimizer state lies under "momentum/". Where a moving average of
// the parameters is kept, it has their names, and what training goes on from
// lies under "unaveraged/". Where training stands is in
// the metadata, sealed by a digest of the whole file. Random streams are
// functions of the seed and the position and need no state.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_CHECKPOINT_CHECKPOINT_H
#define OQAT_TRAIN_CHECKPOINT_CHECKPOINT_H

#include "oqat/Formats/Safetensors.h"
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
  /// What tells these training pictures from others.
  std::string pictures;
  /// What tells the phase's teacher from others, where it has one.
  std::string teacher;
};

void writeCheckpoint(const std::string &path, const Parameters &parameters,
                     const CheckpointInfo &info, bool withMomentum,
                     const Parameters *average = nullptr);

/// Reads a checkpoint, or weights that no trainer wrote, and checks the seal: a
/// damaged file is an error.
std::optional<formats::TensorFile> openCheckpoint(const std::string &path,
                                                  std::string &error);
/// Fills `parameters`; every one of them must be there with its shape (a step
/// may be a scalar or one element). With `average`, for training to go on: that
/// of the file, if it has one, and the parameters that it is of.
CheckpointInfo takeCheckpoint(const std::string &path,
                              const formats::TensorFile &file,
                              Parameters &parameters,
                              std::optional<Parameters> *average = nullptr);
/// Both; errors are thrown.
CheckpointInfo readCheckpoint(const std::string &path, Parameters &parameters);

/// The checkpoints `step-<number>.safetensors` of a run, by ascending number.
std::map<int64_t, std::string> listCheckpoints(const std::string &folder);
std::string checkpointPath(const std::string &folder, int64_t number);
/// Removes all checkpoints but the last `count` up to number `newest`.
void pruneCheckpoints(const std::string &folder, int64_t newest, int64_t count);
/// Removes what a killed run left half-written.
void removePartialFiles(const std::string &folder);

} // namespace oqat::train

#endif // OQAT_TRAIN_CHECKPOINT_CHECKPOINT_H
