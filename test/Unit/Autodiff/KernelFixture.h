//===- KernelFixture.h - Compiled kernels to call ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TEST_UNIT_AUTODIFF_KERNELFIXTURE_H
#define OQAT_TEST_UNIT_AUTODIFF_KERNELFIXTURE_H

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace oqat::test {

/// [images, pixels, channels].
struct Shape {
  int64_t images, pixels, channels;
  size_t elements() const {
    return static_cast<size_t>(images * pixels * channels);
  }
};

/// What goes into a kernel. Members that it doesn't use may be empty.
struct KernelInputs {
  Shape shape;
  std::vector<float> x, a, b, gate, residual, quant, grad;
};

struct KernelGradients {
  std::vector<float> dx, dresidual, da, db, dstep, dgate;
};

/// The compiled object, or the GPU's kernels in lockstep on this CPU.
enum class Device { CPU, GPU };

/// Calls of the kernels that the compiler makes of a network with every kind of
/// chain, built once per process. A GPU takes multiples of four channels.
std::vector<float> runForward(const std::string &kernel, const KernelInputs &in,
                              Device device = Device::CPU);
std::vector<int8_t> runForwardToCodes(const std::string &kernel,
                                      const KernelInputs &in,
                                      Device device = Device::CPU);
/// Sums start at zero.
KernelGradients runBackward(const std::string &kernel, const KernelInputs &in,
                            Device device = Device::CPU);

/// All kernels of that network.
const std::vector<std::string> &kernelNames();

} // namespace oqat::test

#endif // OQAT_TEST_UNIT_AUTODIFF_KERNELFIXTURE_H
