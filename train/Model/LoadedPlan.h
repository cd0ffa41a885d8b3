//===- LoadedPlan.h - A plan with its kernels -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_LOADEDPLAN_H
#define OQAT_TRAIN_MODEL_LOADEDPLAN_H

#include "train/Model/Program.h"

#include <memory>
#include <string>

namespace oqat::train {

struct LoadedPlan {
  formats::Plan plan;
  std::unique_ptr<PlanKernels> kernels;

  Network network() const { return {plan, *kernels}; }
};

/// Reads `folder`/graph.json and opens its kernels.
LoadedPlan loadPlan(const std::string &folder);

/// Runs `oqat-compile module --emit=training-plan -o folder`, the one beside
/// this program or else the one on PATH, and waits for it. Code for GPUs is
/// left out unless it is wanted.
void compilePlan(const std::string &module, const std::string &folder,
                 bool withGpuCode = false);

/// The plan in folder `plan`; where that is empty, one made of `module` in a
/// temporary folder.
LoadedPlan openPlan(const std::string &module, const std::string &plan);

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_LOADEDPLAN_H
