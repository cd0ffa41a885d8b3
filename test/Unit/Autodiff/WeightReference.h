//===- WeightReference.h - Weights of a subnet, element by element --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TEST_UNIT_AUTODIFF_WEIGHTREFERENCE_H
#define OQAT_TEST_UNIT_AUTODIFF_WEIGHTREFERENCE_H

#include "train/Model/PlanKernels.h"
#include <vector>

namespace oqat::test {

/// A shared weight [maxOut][from][from][maxIn], the part of it that a subnet
/// has, and what goes into both directions of a kernel.
struct WeightCase {
  int64_t maxOut, maxIn, from;
  int64_t out, in, to;
  bool transforms;
  int bits; // 32: not quantized
  float step = 1;
  std::vector<float> w, matrix, grad;
  // What there is before it is added to.
  std::vector<float> dw, dmatrix;
  double dstep = 0;

  bool quantizes() const { return bits < 32; }
  int64_t taps() const { return to * to; }
  size_t elements() const { return static_cast<size_t>(out * taps() * in); }
  std::vector<float> quant() const;
};

/// What both directions write; all of `dw`, also where nothing may be added.
struct WeightResults {
  std::vector<float> values, product, dproduct, dw, dmatrix;
  std::vector<int8_t> codes;
  double dstep = 0;
};

/// One element after the other.
WeightResults computeWeight(const WeightCase &c);
/// By a kernel of the plan.
WeightResults runWeight(const train::WeightKernel &kernel, WeightCase c);

} // namespace oqat::test

#endif // OQAT_TEST_UNIT_AUTODIFF_WEIGHTREFERENCE_H
