//===- LayerLaunch.cpp - Launches of what layers need ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Device/LayerLaunch.h"
#include "oqat/Numerics/GpuLayers.h"
#include "train/Device/Parameters.h"

namespace oqat::train {

using numerics::kGpuVector;

/// One thread per vector of channels.
static void launchPerChannel(Launcher &launcher, const std::string &kernel,
                             int64_t channels,
                             std::initializer_list<double> scalars,
                             std::initializer_list<DevicePointer> vectors) {
  Parameters parameters;
  for (double scalar : scalars)
    parameters.add(scalar);
  for (DevicePointer vector : vectors)
    parameters.add(vector, {1, 1, channels / kGpuVector});
  launcher.launch(kernel, numerics::gpuGrid(1, 1, channels), parameters.list);
}

void launchFoldNorm(Launcher &launcher, bool areIntegers, int64_t channels,
                    const DeviceNorm &norm, DevicePointer a, DevicePointer b,
                    DevicePointer mean, DevicePointer variance,
                    DevicePointer deviation) {
  launchPerChannel(launcher,
                   areIntegers ? "integer_fold_norm" : "float_fold_norm",
                   channels, {norm.product, norm.count, norm.eps},
                   {norm.sums, norm.squares, norm.gamma, norm.beta, a, b, mean,
                    variance, deviation});
}

void launchFoldNormGradient(Launcher &launcher, int64_t channels,
                            DevicePointer da, DevicePointer db,
                            DevicePointer mean, DevicePointer deviation,
                            DevicePointer a, double product, double count,
                            DevicePointer p, DevicePointer q,
                            DevicePointer gammaGrad, DevicePointer betaGrad) {
  launchPerChannel(launcher, "fold_norm_gradient", channels, {product, count},
                   {da, db, mean, deviation, a, p, q, gammaGrad, betaGrad});
}

void launchFloatDot(Launcher &launcher, int64_t rows, int64_t depth,
                    int64_t outputs, DevicePointer x, DevicePointer weights,
                    DevicePointer bias, DevicePointer y) {
  int64_t vectors = (outputs + kGpuVector - 1) / kGpuVector;
  int64_t channels = vectors * kGpuVector;
  Parameters parameters;
  parameters.add(x, {rows, depth});
  parameters.add(weights, {depth, vectors});
  parameters.add(bias, {vectors});
  parameters.add(y, {rows, vectors});
  launcher.launch("float_dot_" +
                      std::to_string(numerics::gpuDotRows(rows, channels)),
                  numerics::gpuDotGrid(rows, channels), parameters.list);
}

} // namespace oqat::train
