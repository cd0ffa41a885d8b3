//===- Evaluate.h - Recalibration and exact evaluation of a subnet --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_ALGO_EVALUATE_H
#define OQAT_TRAIN_ALGO_EVALUATE_H

#include "train/Data/Batch.h"
#include "train/Model/Program.h"

#include <string>

namespace oqat::train {

/// OQAT.md section 7: running statistics become the mean over 20 batches of
/// 100 training views of each batch's mean and biased variance. They go into
/// the first entries of a copy; the rest of each tensor stays.
Parameters recalibrate(const Network &network, const Parameters &parameters,
                       const Selection &selection, const Dataset &train);

struct EvaluationResult {
  /// Pictures that can't be read are none of the images.
  int64_t images = 0, correct = 0, unreadable = 0;
  double top1() const {
    return images ? 100.0 * static_cast<double>(correct) /
                        static_cast<double>(images)
                  : 0;
  }
};

/// With running statistics, bit for bit what the compiled subnet computes.
/// Where `trace` is not empty, logits and digests of all codes go there.
EvaluationResult evaluate(const Network &network, Parameters &parameters,
                          const Selection &selection, const Dataset &dataset,
                          int64_t limit = 0, const std::string &trace = "",
                          const std::string &subnet = "");

} // namespace oqat::train

#endif // OQAT_TRAIN_ALGO_EVALUATE_H
