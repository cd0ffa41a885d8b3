//===- Optimizer.cpp - Stochastic gradient descent ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Optimizer.h"
#include "train/Model/Selection.h"
#include "train/Model/Support.h"

#include <algorithm>
#include <cmath>

namespace oqat::train {

double scheduleFactor(const Phase &phase, int64_t step, int64_t steps) {
  double position = static_cast<double>(step);
  double rise = phase.warmup * static_cast<double>(steps);
  if (position < rise)
    return phase.warmupFrom +
           (1 - phase.warmupFrom) * ((position + 1) / (rise + 1));
  double rest = static_cast<double>(steps) - rise;
  double fraction = rest > 0 ? (position - rise) / rest : 1;
  return 0.5 * (1 + std::cos(M_PI * fraction));
}

static void update(Parameter &p, float lr, float momentum, float decay) {
  float *w = p.data(), *v = p.momentum.data_ptr<float>();
  const float *g = p.gradData();
  int64_t count = p.value.numel();
  for (int64_t i = 0; i < count; ++i) {
    float grad = g[i] + decay * w[i];
    v[i] = momentum * v[i] + grad;
    w[i] = w[i] - lr * (grad + momentum * v[i]);
  }
}

void updateParameters(Parameters &parameters, const Phase &phase,
                      double factor) {
  auto &all = parameters.all();
  forEach(static_cast<int64_t>(all.size()), [&](int64_t i) {
    Parameter &p = all[static_cast<size_t>(i)];
    if (!p.isTrained() || (p.kind == "step" && phase.bits == kFloatBits))
      return;
    double lr = p.kind == "step" ? phase.stepLr : phase.lr;
    const auto &decayed = phase.decayed;
    bool isDecayed =
        std::find(decayed.begin(), decayed.end(), p.kind) != decayed.end();
    double decay = isDecayed ? phase.weightDecay : 0;
    update(p, static_cast<float>(lr * factor),
           static_cast<float>(phase.momentum), static_cast<float>(decay));
  });
}

} // namespace oqat::train
