//===- ChainReference.h - What a kernel must compute ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two references by the kernel's name: one in float from oqat/Numerics, whose
// bits the kernel must have, and one in double from the definitions, written
// without them.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TEST_UNIT_AUTODIFF_CHAINREFERENCE_H
#define OQAT_TEST_UNIT_AUTODIFF_CHAINREFERENCE_H

#include "KernelFixture.h"

namespace oqat::test {

/// "rescale_h_swish_quantize" to its stages.
std::vector<std::string> splitStages(const std::string &kernel);
bool hasStage(const std::string &kernel, const std::string &stage);

/// The value that the chain yields for element `i`, in float; a code where the
/// chain ends in a quantizer.
float forwardInFloat(const std::string &kernel, const KernelInputs &in,
                     size_t i);

/// Gradients as the kernel computes and adds them.
KernelGradients backwardInFloat(const std::string &kernel,
                                const KernelInputs &in);

/// Gradients from the definitions.
struct DoubleGradients {
  std::vector<double> dx, dresidual, da, db, dstep, dgate;
};
DoubleGradients backwardInDouble(const std::string &kernel,
                                 const KernelInputs &in);

/// How far element `i` is from a place where a derivative jumps.
double distanceToKink(const std::string &kernel, const KernelInputs &in,
                      size_t i);

} // namespace oqat::test

#endif // OQAT_TEST_UNIT_AUTODIFF_CHAINREFERENCE_H
