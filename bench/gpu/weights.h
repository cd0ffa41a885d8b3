// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernels that make weights of subnets, against this CPU's.

#ifndef OQAT_BENCH_GPU_WEIGHTS_H
#define OQAT_BENCH_GPU_WEIGHTS_H

#include "measure.h"
#include "train/Device/WeightLaunch.h"
#include "train/Model/PlanKernels.h"

namespace oqat::train {

/// Filters [to][to][in], the centre and the first `out` and `in`, of a shared
/// weight [maxOut][from][from][maxIn].
struct WeightShape {
  int64_t maxOut, maxIn, from, out, in, to;
};

/// One of a plan's kernels of weights.
struct WeightKind {
  std::string name;
  bool transforms, quantizes;
};

/// Throws where codes, values or gradients of elements have other bits than the
/// plan's kernels for CPUs, sums are others, or differ the second time.
void checkWeights(CudaDevice &device, Launcher &kernels,
                  const WeightKernel &host, const WeightKind &kind,
                  const WeightShape &shape);
formats::Json measureWeights(CudaDevice &device, Launcher &kernels,
                             const WeightKind &kind, const WeightShape &shape,
                             int rounds);

} // namespace oqat::train

#endif // OQAT_BENCH_GPU_WEIGHTS_H
