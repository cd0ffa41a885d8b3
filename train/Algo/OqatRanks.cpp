//===- OqatRanks.cpp - What the ranks of a training run agree on ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Digest.h"
#include "train/Algo/Oqat.h"
#include "train/Algo/StopSignal.h"

#include <csignal>

namespace oqat::train {

/// Before the first step: all have read their data, and the same.
void OqatTrainer::meetRanks() {
  if (ranks.isAlone())
    return;
  ranks.meet();
  std::string what =
      network.plan.network + "\n" + recipe.text + "\n" + fingerprint;
  ranks.expectSame(numerics::fnv1a64(what.data(), what.size()),
                   "network, recipe and training pictures");
  expectSameState();
  // What all found while they read the data is for the first one to say.
  if (!ranks.isFirst())
    for (const Dataset *dataset :
         {static_cast<const Dataset *>(&train), validation})
      if (dataset)
        dataset->unreadable->takeLines();
}

/// Ranks have the same bits after the same steps; if they ever don't, no
/// checkpoint is to be made of it.
void OqatTrainer::expectSameState() {
  if (ranks.isAlone())
    return;
  uint64_t digest = numerics::combineSeeds(static_cast<uint64_t>(phaseIndex),
                                           static_cast<uint64_t>(step));
  for (const Parameter &p : parameters.all())
    for (const at::Tensor &tensor : {p.value, p.momentum})
      digest = numerics::combineSeeds(
          digest, numerics::fnv1a64(tensor.data_ptr<float>(), tensor.nbytes()));
  if (average)
    digest = numerics::combineSeeds(digest, digestOf(*average));
  if (teacher) {
    const std::string &what = teacher->description();
    digest = numerics::combineSeeds(
        digest, numerics::fnv1a64(what.data(), what.size()));
  }
  ranks.expectSame(digest, "parameters after step " + std::to_string(step) +
                               " of phase '" + phase().name + "'");
}

/// Signals may reach one rank or all, and clocks differ: after every step the
/// ranks agree on whether they stop here, and whether the first one saves.
bool OqatTrainer::agreeToSave(bool isDue) {
  int signal = stopSignal();
  int64_t votes[] = {signal == SIGTERM, signal == SIGINT,
                     ranks.isFirst() && isDue};
  ranks.sum(votes, std::size(votes));
  stopped = votes[0] ? SIGTERM : votes[1] ? SIGINT : 0;
  return votes[2] != 0;
}

/// Those that ranks met later are counted by each that met them.
int64_t OqatTrainer::countUnreadable() {
  int64_t later = train.unreadable->count() - unreadableAtStart;
  ranks.sum(&later, 1);
  return unreadableAtStart + later;
}

} // namespace oqat::train
