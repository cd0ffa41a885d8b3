//===- OqatLog.cpp - What training says while it runs ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Printable.h"
#include "train/Algo/Optimizer.h"
#include "train/Algo/Oqat.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace oqat::train {

static std::string whole(double value) {
  return std::to_string(std::llround(value));
}

/// Numbers of the last step, beside its bar.
std::string OqatTrainer::describeSpeed(double secondsPerStep,
                                       int64_t steps) const {
  double images = static_cast<double>(std::min(phase().batch, train.size()));
  std::string loss = formats::Json(std::round(lastLoss * 1e4) / 1e4).dump();
  return "loss " + loss + "  " + whole(images / secondsPerStep) +
         " images/s  " + whole(1e3 * secondsPerStep) + " ms/step  " +
         Progress::duration(secondsPerStep *
                            static_cast<double>(steps - step)) +
         " left";
}

void OqatTrainer::recordStep(double msPerStep) {
  double factor = scheduleFactor(phase(), step - 1, phaseSteps(phaseIndex));
  int64_t images = std::min(phase().batch, train.size());
  addRecord(
      {{"event", "train"},
       {"phase", phase().name},
       {"step", step},
       {"totalSteps", totalSteps()},
       {"loss", lastLoss},
       {"losses", losses},
       {"learningRate", phase().lr * factor},
       {"stepLearningRate", phase().stepLr * factor},
       {"imageSize", stepSize(step - 1)},
       {"unreadable", countUnreadable()},
       {"msPerStep", msPerStep},
       {"imagesPerSecond", 1e3 * static_cast<double>(images) / msPerStep}});
}

/// A record that can't be written waits, and training goes on.
void OqatTrainer::addRecord(const formats::Json &record) {
  std::string error;
  if (!log)
    return;
  if (!log->add(record, error))
    progress.line(error + "; it waits for the next record");
}

void OqatTrainer::showUnreadable() {
  for (const Dataset *dataset :
       {static_cast<const Dataset *>(&train), validation})
    if (dataset)
      for (const std::string &line : dataset->unreadable->takeLines())
        ranks.isFirst() ? progress.line(line)
                        : void(std::fprintf(stderr, "oqat-train: %s%s\n",
                                            ranks.prefix().c_str(),
                                            formats::printable(line).c_str()));
}

} // namespace oqat::train
