//===- PhaseSpace.h - What the subnets of a phase are drawn from ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_ALGO_PHASESPACE_H
#define OQAT_TRAIN_ALGO_PHASESPACE_H

#include "oqat/Formats/Plan.h"
#include "train/Algo/Recipe.h"

namespace oqat::train {

/// A plan that has only choices, each with the values that the phase leaves it,
/// in the plan's order: for maximalSubnet() and those beside it.
formats::Plan phaseSpace(const formats::Plan &plan, const Phase &phase);

} // namespace oqat::train

#endif // OQAT_TRAIN_ALGO_PHASESPACE_H
