//===- Optimizer.h - Stochastic gradient descent --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_ALGO_OPTIMIZER_H
#define OQAT_TRAIN_ALGO_OPTIMIZER_H

#include "train/Algo/Recipe.h"
#include "train/Model/Parameters.h"

namespace oqat::train {

/// The phase's learning rates at `step` of `steps` as a factor: a linear rise,
/// then half a cosine.
double scheduleFactor(const Phase &phase, int64_t step, int64_t steps);

/// One step of SGD with Nesterov momentum. Only the phase's decayed
/// kinds of parameters decay.
void updateParameters(Parameters &parameters, const Phase &phase,
                      double factor);

} // namespace oqat::train

#endif // OQAT_TRAIN_ALGO_OPTIMIZER_H
