//===- LayerMath.h - What layers compute on a GPU ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_GPU_LAYERMATH_H
#define OQAT_TRAIN_GPU_LAYERMATH_H

#include "train/Device/LayerLaunch.h"
#include "train/Gpu/Gpu.h"

namespace oqat::train {

void foldNorm(Gpu &gpu, bool areIntegers, int64_t channels,
              const DeviceNorm &norm, DevicePointer a, DevicePointer b,
              DevicePointer mean, DevicePointer variance,
              DevicePointer deviation);
void foldNormGradient(Gpu &gpu, int64_t channels, DevicePointer da,
                      DevicePointer db, DevicePointer mean,
                      DevicePointer deviation, DevicePointer a, double product,
                      double count, DevicePointer p, DevicePointer q,
                      DevicePointer gammaGrad, DevicePointer betaGrad);
void floatDot(Gpu &gpu, int64_t rows, int64_t depth, int64_t outputs,
              DevicePointer x, DevicePointer weights, DevicePointer bias,
              DevicePointer y);
void depthwise(Gpu &gpu, const DeviceDepthwise &shape, bool isCodes,
               DevicePointer x, DevicePointer weights, DevicePointer y);
void depthwiseInputGradient(Gpu &gpu, const DeviceDepthwise &shape,
                            DevicePointer grad, DevicePointer weights,
                            DevicePointer dx);
void depthwiseWeightGradient(Gpu &gpu, const DeviceDepthwise &shape,
                             bool isCodes, DevicePointer x, DevicePointer grad,
                             DevicePointer weightGrad);

} // namespace oqat::train

#endif // OQAT_TRAIN_GPU_LAYERMATH_H
