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
/// the first entries of a copy; the rest of each tensor stays. Ranks take
/// batches in turns, and all get what one alone would.
Parameters recalibrate(const Network &network, const Parameters &parameters,
                       const Selection &selection, const Dataset &train,
                       Communicator &ranks = aloneRank());

struct EvaluationResult {
  /// Pictures that can't be read are none of the images.
  int64_t images = 0, correct = 0, unreadable = 0;
  double top1() const {
    return images ? 100.0 * static_cast<double>(correct) /
                        static_cast<double>(images)
                  : 0;
  }
};

struct EvaluationMode {
  /// Of the first so many pictures; 0: of all.
  int64_t limit = 0;
  /// Where logits and digests of all codes go, and the subnet's name in there;
  /// empty: nowhere.
  std::string trace, subnet;
  /// With a trace, of one.
  Communicator *ranks = &aloneRank();
};

/// With running statistics, bit for bit what the compiled subnet computes.
/// Ranks take batches in turns and get the same result.
EvaluationResult evaluate(const Network &network, Parameters &parameters,
                          const Selection &selection, const Dataset &dataset,
                          const EvaluationMode &mode = {});

} // namespace oqat::train

#endif // OQAT_TRAIN_ALGO_EVALUATE_H
