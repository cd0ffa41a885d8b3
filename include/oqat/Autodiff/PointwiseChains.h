//===- PointwiseChains.h - Regions between convolutions ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A chain is a maximal run of pointwise operations in which every value but
// the last has one use. It becomes one kernel.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_AUTODIFF_POINTWISECHAINS_H
#define OQAT_AUTODIFF_POINTWISECHAINS_H

#include "dialects/oqat/Oqat.h"

namespace mlir::oqat {

struct PointwiseChain {
  /// In order. A quantized convolution is a stage where it rescales its own
  /// accumulator because no batch norm does.
  SmallVector<DifferentiableOpInterface, 4> stages;
  /// What flows in; for a chain that starts with a convolution, its result.
  Value input;
  /// The second operand of an `oqat.add` stage.
  Value residual;

  Operation *getFirst() const {
    return DifferentiableOpInterface(stages.front()).getOperation();
  }
  Operation *getLast() const {
    return DifferentiableOpInterface(stages.back()).getOperation();
  }
  bool endsInQuantizer() const;
  /// The stages without a final quantizer.
  ArrayRef<DifferentiableOpInterface> getFloatStages() const;
};

/// The names of the stages, joined: `rescale_relu_quantize`.
std::string getKernelName(ArrayRef<DifferentiableOpInterface> stages);

/// The chains of a supernet in the order of their last operations. Quantizers
/// of weights belong to their convolution and are in no chain.
FailureOr<SmallVector<PointwiseChain, 0>> findPointwiseChains(SupernetOp net);

/// A kernel to be built: its name and the stages that make its body.
struct PointwiseKernel {
  std::string name;
  SmallVector<DifferentiableOpInterface, 4> stages;
};

/// Adds the distinct kernels of chains, in order of first appearance: one per
/// chain, and its float form.
void collectKernels(ArrayRef<PointwiseChain> chains,
                    SmallVectorImpl<PointwiseKernel> &kernels);

} // namespace mlir::oqat

#endif // OQAT_AUTODIFF_POINTWISECHAINS_H
