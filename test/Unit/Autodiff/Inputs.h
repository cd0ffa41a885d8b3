//===- Inputs.h - What goes into a kernel and what comes out ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TEST_UNIT_AUTODIFF_INPUTS_H
#define OQAT_TEST_UNIT_AUTODIFF_INPUTS_H

#include "ChainReference.h"

namespace oqat::test {

/// Seeded inputs; every element at least `margin` away from a kink. A margin
/// that some draws of an element don't reach fails the test.
KernelInputs makeInputs(const std::string &kernel, const Shape &shape,
                        unsigned seed, double margin);

void expectSameBits(const std::vector<float> &got,
                    const std::vector<float> &expected, const char *what);
/// To the rounding of sums in float.
void expectNear(const std::vector<float> &got,
                const std::vector<double> &expected, const char *what);

} // namespace oqat::test

#endif // OQAT_TEST_UNIT_AUTODIFF_INPUTS_H
