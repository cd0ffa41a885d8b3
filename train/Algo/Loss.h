//===- Loss.h - Losses on logits ------------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_ALGO_LOSS_H
#define OQAT_TRAIN_ALGO_LOSS_H

#include <cstdint>
#include <vector>

namespace oqat::train {

/// Rows of `images` x `classes`, each with sum 1.
using Targets = std::vector<float>;

/// One class each, with `smoothing` spread over all.
Targets labelTargets(const std::vector<int64_t> &labels, int64_t classes,
                     double smoothing);
Targets softmax(const float *logits, int64_t images, int64_t classes);
/// (1 - weight) * x + weight * y.
Targets mixTargets(const Targets &x, const Targets &y, double weight);

/// Mean cross-entropy; writes weight times its gradient. Of pictures that are a
/// part of a batch of `batchImages`, what they add to the batch's mean.
double crossEntropy(const float *logits, const Targets &targets, int64_t images,
                    int64_t classes, double weight, float *grad,
                    int64_t batchImages = 0);

/// Pictures whose largest logit, the first of equals, is their label's.
int64_t countCorrect(const float *logits, const int64_t *labels, int64_t images,
                     int64_t classes);

} // namespace oqat::train

#endif // OQAT_TRAIN_ALGO_LOSS_H
