//===- Average.cpp - Moving averages of parameters ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Average.h"
#include "train/Model/Support.h"

namespace oqat::train {

void updateAverage(Parameters &average, const Parameters &parameters,
                   double decay) {
  float share = static_cast<float>(1 - decay);
  auto &all = average.all();
  forEach(static_cast<int64_t>(all.size()), [&](int64_t i) {
    const Parameter &p = parameters.all()[static_cast<size_t>(i)];
    float *to = all[static_cast<size_t>(i)].data();
    const float *from = p.data();
    for (int64_t n = 0, count = p.value.numel(); n < count; ++n)
      to[n] = to[n] + share * (from[n] - to[n]);
  });
}

} // namespace oqat::train
