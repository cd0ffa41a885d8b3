//===- Average.h - Moving averages of parameters --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_ALGO_AVERAGE_H
#define OQAT_TRAIN_ALGO_AVERAGE_H

#include "train/Model/Parameters.h"

namespace oqat::train {

/// average = average + (1 - decay) * (value - average) of every entry, in f32,
/// every operation rounded; so an entry that never changed equals its average.
void updateAverage(Parameters &average, const Parameters &parameters,
                   double decay);

} // namespace oqat::train

#endif // OQAT_TRAIN_ALGO_AVERAGE_H
