//===- BatchNorm.h - Batch norm of accumulators -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A convolution sums its accumulators and their squares, the chain after it
// makes mean and variance of them (N12), and backward takes the gradient
// through both. `convolved` is the result of a convolution.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_BATCHNORM_H
#define OQAT_TRAIN_MODEL_BATCHNORM_H

#include "train/Model/Operations.h"

namespace oqat::train {

/// Makes place for the sums of a pass, if somebody wants them. Accumulators are
/// at most `bound` from zero.
void makeSums(Value &convolved, const BuildContext &context, double bound);
void clearSums(Value &convolved, const Chunk &chunk);
/// `rows` of the chunk's accumulators from `x` on.
void addSums(Value &convolved, const Chunk &chunk, const float *x,
             int64_t rows);

/// Mean and variance over the whole batch.
void takeBatchStatistics(Value &convolved, const BuildContext &context);
void takeRunningStatistics(Value &convolved, const BuildContext &context);

/// Gradients of gamma and beta, and the factors of normGradient.
void foldNormGradient(Value &convolved, const BuildContext &context);

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_BATCHNORM_H
