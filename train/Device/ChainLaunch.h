//===- ChainLaunch.h - Launches of the plan's GPU kernels -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The calling convention of `gpu.module @kernels`
// (lib/Conversion/KernelsToGPU): arguments in the order of
// oqat/Autodiff/Kernels.h, memrefs of vectors of four channels spread into
// eight-byte parameters, the grid of oqat/Numerics/GpuGrid.h.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DEVICE_CHAINLAUNCH_H
#define OQAT_TRAIN_DEVICE_CHAINLAUNCH_H

#include "oqat/Numerics/GpuGrid.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace oqat::train {

/// An address on the device; 0 where a kernel has no such operand. Aligned to
/// 16 bytes.
using DevicePointer = uint64_t;

/// What runs kernels: the CUDA driver, or a test.
class Launcher {
public:
  virtual ~Launcher() = default;
  /// Starts `kernel` after all that was started before.
  virtual void launch(const std::string &kernel, const numerics::GpuGrid &grid,
                      const std::vector<uint64_t> &parameters) = 0;
};

/// [images, pixels, channels], dense; channels a multiple of kGpuVector.
struct DeviceShape {
  int64_t images = 0, pixels = 0, channels = 0;
};

/// f32: x and residual as the shape, a and b [channels], gate [images,
/// channels], quant r, Qn, Qp.
struct DeviceOperands {
  DevicePointer x = 0, a = 0, b = 0, gate = 0, residual = 0, quant = 0;
};

/// f32: grad, dx and dresidual as the shape, which are written; da, db and
/// dstep [channels] and dgate [images, channels], which are added to.
struct DeviceGradients {
  DevicePointer grad = 0, dx = 0, dresidual = 0, da = 0, db = 0, dstep = 0,
                dgate = 0;
};

/// Adds the sums over images and pixels of x and of its square to `sums` and
/// `squares`, [channels] each: i64 of f32 that hold integers, or f64 of any.
/// A launch less where squares lie right behind the sums.
void launchStatistics(Launcher &launcher, bool areIntegers,
                      const DeviceShape &shape, DevicePointer x,
                      DevicePointer sums, DevicePointer squares,
                      DevicePointer workspace);
/// Bytes that it needs.
size_t statisticsWorkspace(const DeviceShape &shape);

/// out = a * dz + p * x + q, of f32: dz, x and out as the shape, the others
/// [channels].
void launchNormGradient(Launcher &launcher, const DeviceShape &shape,
                        DevicePointer dz, DevicePointer x, DevicePointer a,
                        DevicePointer p, DevicePointer q, DevicePointer out);

/// Runs `<chain>_forward`, which writes `y` (f32) or `codes` (a byte each).
void launchForward(Launcher &launcher, const std::string &chain,
                   const DeviceShape &shape, const DeviceOperands &in,
                   DevicePointer y, DevicePointer codes);

/// Bytes of memory that a backward launch with `sums` of da, db, dstep and
/// dgate needs.
size_t backwardWorkspace(const DeviceShape &shape, int sums);

/// Runs `<chain>_backward`, then `sum_partials` for every sum that `out` has,
/// together for those of da, db and dstep that lie right behind one another.
void launchBackward(Launcher &launcher, const std::string &chain,
                    const DeviceShape &shape, const DeviceOperands &in,
                    const DeviceGradients &out, DevicePointer workspace);

} // namespace oqat::train

#endif // OQAT_TRAIN_DEVICE_CHAINLAUNCH_H
