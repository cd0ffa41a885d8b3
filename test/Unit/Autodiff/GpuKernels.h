//===- GpuKernels.h - Kernels of a GPU on this CPU --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TEST_UNIT_AUTODIFF_GPUKERNELS_H
#define OQAT_TEST_UNIT_AUTODIFF_GPUKERNELS_H

#include "KernelFixture.h"
#include "train/Device/ChainLaunch.h"

namespace oqat::test {

/// The IR of the network that all kernels are of.
std::string buildNetwork();

/// What runs the network's GPU kernels: the lockstep interpreter. What it finds
/// wrong ends the process.
train::Launcher &getLauncher();

/// Launches of the network's GPU kernels as training makes them.
void forwardInLockstep(const std::string &kernel, KernelInputs &in, float *y,
                       int8_t *codes);
void backwardInLockstep(const std::string &kernel, KernelInputs &in,
                        KernelGradients &out);

} // namespace oqat::test

#endif // OQAT_TEST_UNIT_AUTODIFF_GPUKERNELS_H
