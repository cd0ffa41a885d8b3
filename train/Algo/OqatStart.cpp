//===- OqatStart.cpp - What a phase starts from ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Oqat.h"
#include "train/Algo/SortChannels.h"
#include "train/Model/Steps.h"
#include "train/Model/Support.h"

#include <algorithm>

namespace oqat::train {

void OqatTrainer::startPhase() {
  step = 0;
  orderEpoch = -1;
  int64_t source = recipe.source(static_cast<size_t>(phaseIndex));
  if (source == Recipe::kScratch)
    parameters = Parameters(network.plan, recipe.seed);
  else
    startFrom(source == Recipe::kWeights ? files.weights : phasePath(source));
  for (Parameter &p : parameters.all())
    p.momentum.zero_();
  if (phase().sortChannels)
    sortChannels();
  loadTeacher();
  if (phase().bits != kFloatBits)
    initializeSteps();
  if (!phase().mixedBits.empty())
    completeSteps(network.plan, parameters, phase().mixedBits);
  average.reset();
  if (phase().ema > 0)
    average = parameters.copyOfValues();
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

/// The smallest value of every choice that this phase's sources have trained.
void OqatTrainer::sortChannels() {
  std::map<std::string, double> trained;
  for (int64_t i = recipe.source(static_cast<size_t>(phaseIndex)); i >= 0;
       i = recipe.source(static_cast<size_t>(i)))
    for (const formats::PlanChoice &choice :
         spaces[static_cast<size_t>(i)].choices) {
      double least =
          *std::min_element(choice.values.begin(), choice.values.end());
      auto [it, isNew] = trained.try_emplace(choice.name, least);
      it->second = std::min(it->second, least);
    }
  train::sortChannels(network.plan, parameters, trained);
}

} // namespace oqat::train
