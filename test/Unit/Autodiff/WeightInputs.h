//===- WeightInputs.h - Weights that are drawn ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TEST_UNIT_AUTODIFF_WEIGHTINPUTS_H
#define OQAT_TEST_UNIT_AUTODIFF_WEIGHTINPUTS_H

#include "WeightReference.h"
#include "oqat/Numerics/Random.h"
#include <functional>

namespace oqat::test {

/// Eighths of `unit`, where clip edges, ties and zeros are frequent, or any.
std::vector<float> drawWeights(numerics::Random &random, int64_t count,
                               float unit, bool isOnGrid);

WeightCase drawCase(numerics::Random &random, bool transforms, int bits);
std::string describe(const WeightCase &c);

/// Gradients of weights that are not quantized: differences of small integers
/// are exact. Of each about `checks` entries.
using RunWeight = std::function<WeightResults(const WeightCase &)>;
void expectDifferences(const RunWeight &run, size_t checks = 50);

} // namespace oqat::test

#endif // OQAT_TEST_UNIT_AUTODIFF_WEIGHTINPUTS_H
