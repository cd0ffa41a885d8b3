//===- LayerLaunch.cpp - Launches of what layers need ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Device/LayerLaunch.h"
#include "oqat/Numerics/GpuLayers.h"
#include "train/Device/LaunchParameters.h"

namespace oqat::train {

using numerics::kGpuVector;

/// One thread per vector of channels.
static void launchPerChannel(Launcher &launcher, const std::string &kernel,
                             int64_t channels,
                             std::initializer_list<double> scalars,
                             std::initializer_list<DevicePointer> vectors) {
  LaunchParameters parameters;
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
  LaunchParameters parameters;
  parameters.add(x, {rows, depth});
  parameters.add(weights, {depth, vectors});
  parameters.add(bias, {vectors});
  parameters.add(y, {rows, vectors});
  launcher.launch("float_dot_" +
                      std::to_string(numerics::gpuDotRows(rows, channels)),
                  numerics::gpuDotGrid(rows, channels), parameters.list);
}

static int64_t strip(const DeviceDepthwise &shape) {
  return numerics::gpuDepthwiseStrip(shape.kernel, shape.stride);
}
static std::string nameOf(const char *base, const DeviceDepthwise &shape,
                          bool isCodes) {
  return base + std::to_string(shape.kernel) + "_" +
         std::to_string(shape.stride) + (isCodes ? "_codes" : "");
}
static void addInput(LaunchParameters &parameters, const DeviceDepthwise &shape,
                     DevicePointer x) {
  parameters.add(x, {shape.images, shape.height,
                     shape.width * (shape.channels / kGpuVector)});
}
static void addOutput(LaunchParameters &parameters,
                      const DeviceDepthwise &shape, DevicePointer y) {
  parameters.add(y, {shape.images, shape.outHeight,
                     shape.outWidth * (shape.channels / kGpuVector)});
}
static int64_t countTaps(const DeviceDepthwise &shape) {
  return shape.kernel * shape.kernel;
}

void launchDepthwise(Launcher &launcher, const DeviceDepthwise &shape,
                     bool isCodes, DevicePointer x, DevicePointer weights,
                     DevicePointer y) {
  LaunchParameters parameters;
  addInput(parameters, shape, x);
  parameters.add(weights, {countTaps(shape), shape.channels / kGpuVector});
  addOutput(parameters, shape, y);
  launcher.launch(nameOf("depthwise_", shape, isCodes),
                  numerics::gpuDepthwiseGrid(shape.images, shape.outHeight,
                                             shape.outWidth, shape.channels,
                                             strip(shape)),
                  parameters.list);
}

void launchDepthwiseInputGradient(Launcher &launcher,
                                  const DeviceDepthwise &shape,
                                  DevicePointer grad, DevicePointer weights,
                                  DevicePointer dx) {
  LaunchParameters parameters;
  addOutput(parameters, shape, grad);
  parameters.add(weights, {countTaps(shape), shape.channels / kGpuVector});
  addInput(parameters, shape, dx);
  launcher.launch(nameOf("depthwise_input_gradient_", shape, /*isCodes=*/false),
                  numerics::gpuDepthwiseGrid(
                      shape.images, shape.height, shape.width, shape.channels,
                      numerics::gpuGradientStrip(shape.kernel, shape.stride)),
                  parameters.list);
}

static numerics::GpuGrid weightGrid(const DeviceDepthwise &shape) {
  return numerics::gpuWeightGrid(shape.images, shape.outHeight, shape.outWidth,
                                 shape.channels, shape.kernel, strip(shape));
}

void launchDepthwiseWeightGradient(Launcher &launcher,
                                   const DeviceDepthwise &shape, bool isCodes,
                                   DevicePointer x, DevicePointer grad,
                                   DevicePointer weightGrad,
                                   DevicePointer workspace) {
  numerics::GpuGrid grid = weightGrid(shape);
  LaunchParameters parameters;
  addInput(parameters, shape, x);
  addOutput(parameters, shape, grad);
  parameters.add(workspace,
                 {grid.gridX, countTaps(shape), shape.channels / kGpuVector});
  launcher.launch(nameOf("depthwise_weight_gradient_", shape, isCodes), grid,
                  parameters.list);
  launchSum(launcher, workspace, 1, grid.gridX,
            countTaps(shape) * shape.channels, weightGrad);
}

size_t depthwiseWeightWorkspace(const DeviceDepthwise &shape) {
  return sizeof(float) * static_cast<size_t>(weightGrid(shape).gridX *
                                             countTaps(shape) * shape.channels);
}

} // namespace oqat::train
