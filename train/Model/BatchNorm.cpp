//===- BatchNorm.cpp - Batch norm of accumulators -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/BatchNorm.h"
#include "train/Dist/BatchSums.h"
#include "train/Kernels/Kernels.h"

#include <algorithm>

namespace oqat::train {

/// f64 holds integers to there.
static constexpr double kExactDouble = 0x1p53;

/// Of the whole batch.
static double rowsOf(const Value &convolved, const BuildContext &context) {
  return static_cast<double>(context.batchImages * convolved.pixels());
}

/// N12 wants sums of squares exact.
void makeSums(Value &convolved, const BuildContext &context, double bound) {
  Accumulator &a = *convolved.accumulator;
  if (!a.wantsStatistics)
    return;
  bool isWide = rowsOf(convolved, context) * bound * bound >= kExactDouble;
  a.sums.resize(static_cast<size_t>(context.chunks * convolved.channels));
  a.squares.resize(a.sums.size());
  a.wideSquares.resize(isWide ? a.sums.size() : 0);
}

void clearSums(Value &convolved, const Chunk &chunk) {
  Accumulator &a = *convolved.accumulator;
  if (!a.wantsStatistics)
    return;
  int64_t n = convolved.channels, first = chunk.index * n;
  std::fill_n(a.sums.data() + first, n, 0.0);
  std::fill_n(a.squares.data() + first, n, 0.0);
  if (!a.wideSquares.empty())
    std::fill_n(a.wideSquares.data() + first, n, int64_t(0));
}

void addSums(Value &convolved, const Chunk &chunk, const float *x,
             int64_t rows) {
  Accumulator &a = *convolved.accumulator;
  if (!a.wantsStatistics)
    return;
  int64_t n = convolved.channels, first = chunk.index * n;
  kernels().channelSums(x, rows, n, a.sums.data() + first,
                        a.squares.data() + first);
  if (a.wideSquares.empty())
    return;
  int64_t *wide = a.wideSquares.data() + first;
  for (int64_t i = 0; i < rows * n; ++i) {
    int64_t value = static_cast<int64_t>(x[i]);
    wide[i % n] += value * value;
  }
}

static void resizeStatistics(Value &convolved) {
  Accumulator &a = *convolved.accumulator;
  for (std::vector<double> *values : {&a.mean, &a.variance, &a.deviation})
    values->assign(static_cast<size_t>(convolved.channels), 0);
}

void takeBatchStatistics(Value &convolved, const BuildContext &context) {
  resizeStatistics(convolved);
  Accumulator &a = *convolved.accumulator;
  double count = rowsOf(convolved, context);
  BatchSums sums =
      batchSums(a, convolved.channels, context.chunks, *context.mode.ranks);
  for (size_t i = 0; i < a.mean.size(); ++i) {
    double mean = sums.sums[i] / count;
    double variance = (sums.squares[i] - sums.sums[i] * mean) / count;
    a.mean[i] = mean * a.product;
    a.variance[i] = std::max(variance, 0.0) * a.product * a.product;
  }
}

void takeRunningStatistics(Value &convolved, const BuildContext &context) {
  resizeStatistics(convolved);
  Accumulator &a = *convolved.accumulator;
  const float *mean = context.parameters[a.norm->mean].data();
  const float *variance = context.parameters[a.norm->variance].data();
  for (size_t i = 0; i < a.mean.size(); ++i) {
    a.mean[i] = static_cast<double>(mean[i]);
    a.variance[i] = static_cast<double>(variance[i]);
  }
}

/// All in f64.
void foldNormGradient(Value &convolved, const BuildContext &context) {
  Accumulator &a = *convolved.accumulator;
  int64_t n = convolved.channels;
  double count = rowsOf(convolved, context);
  std::vector<double> sums = batchSums({a.da, a.db}, *context.mode.ranks);
  bool isFirst = context.mode.ranks->isFirst();
  a.gradScale = makeFloats({2, n});
  float *p = a.gradScale.data_ptr<float>(), *q = p + n;
  const float *factors = a.a.data_ptr<float>();
  for (int64_t c = 0; c < n; ++c) {
    double da = sums[static_cast<size_t>(c)];
    double db = sums[static_cast<size_t>(n + c)];
    double mean = a.mean[static_cast<size_t>(c)];
    double reciprocal = 1.0 / a.deviation[static_cast<size_t>(c)];
    double gammaGrad = reciprocal * (a.product * da - mean * db);
    // These are the whole batch's already; the sum over ranks has them once.
    if (isFirst) {
      a.gamma->gradData()[c] += static_cast<float>(gammaGrad);
      a.beta->gradData()[c] += static_cast<float>(db);
    }
    double scale = static_cast<double>(factors[c]) / count;
    p[c] = static_cast<float>(-scale * gammaGrad * a.product * reciprocal);
    q[c] = static_cast<float>(scale * (gammaGrad * mean * reciprocal - db));
  }
}

} // namespace oqat::train
