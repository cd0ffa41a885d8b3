// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernels of batch norm that every plan has, against this CPU.

#ifndef OQAT_BENCH_GPU_BATCH_NORM_H
#define OQAT_BENCH_GPU_BATCH_NORM_H

#include "measure.h"

namespace oqat::train {

/// Throws where the sums of integers, the factors or the gradient have other
/// bits than here, or the sums of floats are not those of f64.
void checkBatchNorm(CudaDevice &device, Launcher &kernels,
                    const DeviceShape &shape);
formats::Json measureBatchNorm(CudaDevice &device, Launcher &kernels,
                               const DeviceShape &shape, int rounds);

} // namespace oqat::train

#endif // OQAT_BENCH_GPU_BATCH_NORM_H
