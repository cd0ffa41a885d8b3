//===- Passes.td - Passes that derive gradients ------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_AUTODIFF_PASSES_TD
#define OQAT_AUTODIFF_PASSES_TD

include "mlir/Pass/PassBase.td"

def BuildTrainingKernels
    : Pass<"oqat-build-training-kernels", "::mlir::ModuleOp"> {
  let summary = "write the fused kernels that train the supernet";
  let description = [{
    Finds the chains of pointwise operations of the module's supernet and adds,
    for every distinct chain, a forward and a backward function: one
    `linalg.generic` each over (image, pixel, channel). A chain that ends in a
    quantizer also yields its float form without it. The weights of
    convolutions have kernels of loops that cut them to a subnet, transform and
    quantize them, and take their gradient back. The supernet stays as it is.
    The functions' interface is described in `oqat/Autodiff/Kernels.h` and
    `oqat/Autodiff/WeightKernels.h`.

    The bodies come from `DifferentiableOpInterface`, so a new pointwise
    operation needs no change here.
  }];
  let statistics = [
    Statistic<"numChains", "num-chains", "Number of pointwise chains found">,
    Statistic<"numKernels", "num-kernels", "Number of distinct kernels">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"
  ];
}

#endif // OQAT_AUTODIFF_PASSES_TD
