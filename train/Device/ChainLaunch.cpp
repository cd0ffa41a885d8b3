//===- ChainLaunch.cpp - Launches of the plan's GPU kernels ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Device/ChainLaunch.h"
#include "train/Device/LaunchParameters.h"

namespace oqat::train {
namespace {

using numerics::GpuGrid;
using numerics::kGpuVector;

/// A kernel without a gate takes all images as one: its grid is by pixels then.
DeviceShape flatten(const DeviceShape &shape, const DeviceOperands &in) {
  if (in.gate)
    return shape;
  return {1, shape.images * shape.pixels, shape.channels};
}

GpuGrid gridOf(const DeviceShape &shape) {
  return numerics::gpuGrid(shape.images, shape.pixels, shape.channels);
}
GpuGrid partialGridOf(const DeviceShape &shape) {
  return numerics::gpuPartialGrid(shape.images, shape.pixels, shape.channels);
}

void addOperands(LaunchParameters &parameters, const DeviceShape &shape,
                 const DeviceOperands &in) {
  int64_t vectors = shape.channels / kGpuVector;
  parameters.add(in.x, {shape.images, shape.pixels, vectors});
  parameters.add(in.a, {vectors});
  parameters.add(in.b, {vectors});
  parameters.add(in.gate, {shape.images, vectors});
  parameters.add(in.residual, {shape.images, shape.pixels, vectors});
  parameters.add(in.quant, {3});
}

/// Partial sums of one gradient.
size_t countPartials(const DeviceShape &shape) {
  return static_cast<size_t>(shape.images * partialGridOf(shape).gridY *
                             shape.channels);
}
size_t partialBytes(const DeviceShape &shape) {
  return sizeof(float) * countPartials(shape);
}
} // namespace

/// out[image][channel] += the sum of parts[image][...][channel].
void launchSum(Launcher &launcher, DevicePointer parts, int64_t images,
               int64_t rows, int64_t channels, DevicePointer out,
               const char *type) {
  int64_t vectors = channels / kGpuVector;
  LaunchParameters parameters;
  parameters.add(parts, {images, rows, vectors});
  parameters.add(out, {images, vectors});
  launcher.launch(std::string("sum_partials") + type,
                  numerics::gpuSumGrid(images, channels), parameters.list);
}

void launchForward(Launcher &launcher, const std::string &chain,
                   const DeviceShape &shape, const DeviceOperands &in,
                   DevicePointer y, DevicePointer codes) {
  DeviceShape flat = flatten(shape, in);
  int64_t vectors = flat.channels / kGpuVector;
  LaunchParameters parameters;
  addOperands(parameters, flat, in);
  parameters.add(y, {flat.images, flat.pixels, vectors});
  parameters.add(codes, {flat.images, flat.pixels, vectors});
  launcher.launch(chain + "_forward", gridOf(flat), parameters.list);
}

size_t statisticsWorkspace(const DeviceShape &shape) {
  return 2 * sizeof(double) * countPartials(flatten(shape, {}));
}

void launchStatistics(Launcher &launcher, bool areIntegers,
                      const DeviceShape &shape, DevicePointer x,
                      DevicePointer sums, DevicePointer squares,
                      DevicePointer workspace) {
  DeviceShape flat = flatten(shape, {});
  GpuGrid grid = partialGridOf(flat);
  int64_t vectors = flat.channels / kGpuVector;
  DevicePointer second = workspace + sizeof(double) * countPartials(flat);
  LaunchParameters parameters;
  parameters.add(x, {1, flat.pixels, vectors});
  parameters.add(workspace, {1, grid.gridY, vectors});
  parameters.add(second, {1, grid.gridY, vectors});
  launcher.launch(areIntegers ? "integer_statistics" : "float_statistics", grid,
                  parameters.list);
  const char *type = areIntegers ? "_i64" : "_f64";
  size_t bytes = sizeof(double) * static_cast<size_t>(flat.channels);
  bool areNeighbours = squares == sums + bytes;
  launchSum(launcher, workspace, areNeighbours ? 2 : 1, grid.gridY,
            flat.channels, sums, type);
  if (!areNeighbours)
    launchSum(launcher, second, 1, grid.gridY, flat.channels, squares, type);
}

void launchNormGradient(Launcher &launcher, const DeviceShape &shape,
                        DevicePointer dz, DevicePointer x, DevicePointer a,
                        DevicePointer p, DevicePointer q, DevicePointer out) {
  DeviceShape flat = flatten(shape, {});
  int64_t vectors = flat.channels / kGpuVector;
  LaunchParameters parameters;
  for (DevicePointer elements : {dz, x})
    parameters.add(elements, {1, flat.pixels, vectors});
  for (DevicePointer factors : {a, p, q})
    parameters.add(factors, {vectors});
  parameters.add(out, {1, flat.pixels, vectors});
  launcher.launch("norm_gradient", gridOf(flat), parameters.list);
}

size_t backwardWorkspace(const DeviceShape &shape, int sums) {
  // With a gate the images do not share blocks.
  return static_cast<size_t>(sums) *
         std::max(partialBytes(shape), partialBytes(flatten(shape, {})));
}

void launchBackward(Launcher &launcher, const std::string &chain,
                    const DeviceShape &shape, const DeviceOperands &in,
                    const DeviceGradients &out, DevicePointer workspace) {
  DeviceShape flat = flatten(shape, in);
  GpuGrid grid = partialGridOf(flat);
  int64_t vectors = flat.channels / kGpuVector;
  LaunchParameters parameters;
  addOperands(parameters, flat, in);
  for (DevicePointer elements : {out.grad, out.dx, out.dresidual})
    parameters.add(elements, {flat.images, flat.pixels, vectors});
  DevicePointer next = workspace;
  std::vector<DevicePointer> parts;
  for (DevicePointer sum : {out.da, out.db, out.dstep, out.dgate}) {
    parts.push_back(sum ? next : 0);
    if (sum) {
      parameters.add(next, {flat.images, grid.gridY, vectors});
      next += partialBytes(flat);
    } else if (parts.size() < 4) {
      // An argument that a kernel does not use keeps the rank it had.
      parameters.add(0, {0});
    } else {
      parameters.add(0, {0, 0});
    }
  }
  launcher.launch(chain + "_backward", grid, parameters.list);
  // Sums that follow one another are as images to `sum_partials`.
  const DevicePointer sums[] = {out.da, out.db, out.dstep};
  size_t bytes = sizeof(float) * static_cast<size_t>(flat.channels);
  for (size_t i = 0, count; i < 3; i += count) {
    for (count = 1; i + count < 3 && sums[i] && sums[i + count] &&
                    sums[i + count] == sums[i] + count * bytes;)
      ++count;
    if (sums[i])
      launchSum(launcher, parts[i], static_cast<int64_t>(count),
                flat.images * grid.gridY, flat.channels, sums[i]);
  }
  if (out.dgate)
    launchSum(launcher, parts[3], flat.images, grid.gridY, flat.channels,
              out.dgate);
}

} // namespace oqat::train
