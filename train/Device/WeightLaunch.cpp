//===- WeightLaunch.cpp - Launches of the kernels of weights --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Device/WeightLaunch.h"
#include "oqat/Formats/Plan.h"
#include "oqat/Numerics/GpuLayers.h"
#include "train/Device/LaunchParameters.h"

namespace oqat::train {

using numerics::GpuGrid;

DeviceWeight DeviceWeight::dense(DevicePointer data,
                                 const std::array<int64_t, 4> &sizes) {
  return {data,
          0,
          sizes,
          {sizes[1] * sizes[2] * sizes[3], sizes[2] * sizes[3], sizes[3], 1}};
}

DeviceWeight DeviceWeight::centre(DevicePointer data, int64_t from,
                                  int64_t inputs,
                                  const std::array<int64_t, 4> &sizes) {
  int64_t margin = (from - sizes[1]) / 2;
  return {data,
          margin * (from + 1) * inputs,
          sizes,
          {from * from * inputs, from * inputs, inputs, 1}};
}

static void add(LaunchParameters &parameters, const DeviceWeight &weight) {
  parameters.add(weight.data, weight.offset, weight.sizes.data(),
                 weight.strides.data(), weight.sizes.size());
}

/// What kernels of both directions begin with.
static LaunchParameters operandsOf(const DeviceWeightOperands &in) {
  LaunchParameters parameters;
  int64_t taps = in.w.sizes[1] * in.w.sizes[2];
  add(parameters, in.w);
  parameters.add(in.matrix, {taps, taps});
  parameters.add(in.quant, {3});
  add(parameters, DeviceWeight::dense(in.product, in.w.sizes));
  return parameters;
}

static std::string nameOf(bool transforms, bool quantizes,
                          const char *direction) {
  return formats::weightKernelName(transforms, quantizes) + direction;
}

void launchWeight(Launcher &launcher, const DeviceWeightOperands &in,
                  const DeviceWeight &values, DevicePointer codes) {
  LaunchParameters parameters = operandsOf(in);
  add(parameters, values);
  add(parameters, DeviceWeight::dense(codes, values.sizes));
  launcher.launch(nameOf(in.matrix, in.quant, "_forward"),
                  numerics::gpuElementGrid(values.elements()), parameters.list);
}

/// One element after the other: all of the way back, or without a quantizer.
static void launchElements(Launcher &launcher, const DeviceWeightOperands &in,
                           const DeviceWeight &grad, const DeviceWeight &dw,
                           DevicePointer parts, const GpuGrid &grid) {
  LaunchParameters parameters = operandsOf(in);
  add(parameters, grad);
  add(parameters, dw);
  parameters.add(parts, {grid.gridX});
  launcher.launch(nameOf(in.matrix, in.quant, "_backward"), grid,
                  parameters.list);
}

static void launchStepGradient(Launcher &launcher, DevicePointer parts,
                               int64_t count,
                               const DeviceWeightGradients &out) {
  LaunchParameters parameters;
  parameters.add(out.stepScale);
  parameters.add(out.entry);
  parameters.add(parts, {count});
  parameters.add(out.dsteps, {out.entries});
  launcher.launch("weight_step_gradient", GpuGrid(), parameters.list);
}

static void launchMatrixGradient(Launcher &launcher, const DeviceWeight &w,
                                 const DeviceWeight &grad,
                                 DevicePointer dmatrix) {
  int64_t taps = w.sizes[1] * w.sizes[2];
  LaunchParameters parameters;
  add(parameters, w);
  add(parameters, grad);
  parameters.add(dmatrix, {taps, taps});
  GpuGrid grid;
  grid.gridX = taps * taps;
  launcher.launch("weight_matrix_gradient", grid, parameters.list);
}

void launchWeightGradient(Launcher &launcher, const DeviceWeightOperands &in,
                          const DeviceWeight &grad,
                          const DeviceWeightGradients &out,
                          DevicePointer workspace) {
  GpuGrid grid = numerics::gpuElementGrid(grad.elements());
  launchElements(launcher, in, grad, out.dw, in.quant ? workspace : 0, grid);
  if (in.quant)
    launchStepGradient(launcher, workspace, grid.gridX, out);
  if (!in.matrix)
    return;
  DeviceWeight ofProduct = grad;
  if (in.quant) {
    ofProduct = DeviceWeight::dense(in.product, grad.sizes);
    DeviceWeightOperands transform{in.w, in.matrix};
    launchElements(launcher, transform, ofProduct, out.dw, /*parts=*/0, grid);
  }
  launchMatrixGradient(launcher, in.w, ofProduct, out.dmatrix);
}

size_t weightWorkspace(int64_t elements) {
  return sizeof(double) *
         static_cast<size_t>(numerics::gpuElementGrid(elements).gridX);
}

void launchAccumulatorEnds(Launcher &launcher, const DeviceWeight &codes,
                           int64_t lowest, int64_t highest,
                           DevicePointer ends) {
  LaunchParameters parameters;
  parameters.add(lowest);
  parameters.add(highest);
  add(parameters, codes);
  parameters.add(ends, {2, codes.sizes[0]});
  GpuGrid grid;
  grid.gridX = (codes.sizes[0] + numerics::kGpuWarps - 1) / numerics::kGpuWarps;
  launcher.launch("accumulator_ends", grid, parameters.list);
}

} // namespace oqat::train
