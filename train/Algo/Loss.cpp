//===- Loss.cpp - Losses on logits ----------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Loss.h"

#include <algorithm>
#include <cmath>

namespace oqat::train {

Targets labelTargets(const std::vector<int64_t> &labels, int64_t classes,
                     double smoothing) {
  float rest = static_cast<float>(smoothing / static_cast<double>(classes));
  Targets targets(labels.size() * static_cast<size_t>(classes), rest);
  for (size_t i = 0; i < labels.size(); ++i)
    targets[i * static_cast<size_t>(classes) +
            static_cast<size_t>(labels[i])] +=
        static_cast<float>(1.0 - smoothing);
  return targets;
}

Targets softmax(const float *logits, int64_t images, int64_t classes) {
  Targets result(static_cast<size_t>(images * classes));
  for (int64_t i = 0; i < images; ++i) {
    const float *row = logits + i * classes;
    double most = *std::max_element(row, row + classes), sum = 0;
    for (int64_t c = 0; c < classes; ++c)
      sum += std::exp(static_cast<double>(row[c]) - most);
    for (int64_t c = 0; c < classes; ++c)
      result[static_cast<size_t>(i * classes + c)] = static_cast<float>(
          std::exp(static_cast<double>(row[c]) - most) / sum);
  }
  return result;
}

Targets mixTargets(const Targets &x, const Targets &y, double weight) {
  Targets result(x.size());
  for (size_t i = 0; i < x.size(); ++i)
    result[i] = static_cast<float>((1.0 - weight) * static_cast<double>(x[i]) +
                                   weight * static_cast<double>(y[i]));
  return result;
}

double crossEntropy(const float *logits, const Targets &targets, int64_t images,
                    int64_t classes, double weight, float *grad,
                    int64_t batchImages) {
  double loss = 0;
  double count = static_cast<double>(batchImages ? batchImages : images);
  Targets probabilities = softmax(logits, images, classes);
  for (int64_t i = 0; i < images; ++i) {
    const float *row = logits + i * classes;
    double most = *std::max_element(row, row + classes), sum = 0;
    for (int64_t c = 0; c < classes; ++c)
      sum += std::exp(static_cast<double>(row[c]) - most);
    double logSum = most + std::log(sum);
    for (int64_t c = 0; c < classes; ++c) {
      size_t at = static_cast<size_t>(i * classes + c);
      double target = static_cast<double>(targets[at]);
      loss -= target * (static_cast<double>(row[c]) - logSum);
      grad[at] = static_cast<float>(
          weight * (static_cast<double>(probabilities[at]) - target) / count);
    }
  }
  return loss / count;
}

int64_t countCorrect(const float *logits, const int64_t *labels, int64_t images,
                     int64_t classes) {
  int64_t correct = 0;
  for (int64_t i = 0; i < images; ++i) {
    const float *row = logits + i * classes;
    correct += std::max_element(row, row + classes) - row == labels[i];
  }
  return correct;
}

} // namespace oqat::train
