//===- BuildTrainingKernels.cpp - Kernels of all chains -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Adds a forward and a backward function for every distinct chain of pointwise
// operations between the convolutions of the module's supernet, and for what
// cuts, transforms and quantizes their weights.
//
// Before:
//   %1 = oqat.batch_norm %0 ... ; %2 = oqat.activation relu %1 ...
//   %3 = oqat.fake_quantize %2 ...
// After, beside the unchanged supernet:
//   func.func @rescale_relu_quantize_forward(%x: memref<?x?x?xf32>, ...) {
//     linalg.generic ... // x * a + b, max, * r, clamp, round
//
// Needs one elastic or fixed `oqat.supernet` (levels 1 and 2). Gives functions
// in the form that oqat/Autodiff/Kernels.h and WeightKernels.h describe.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "oqat/Autodiff/Kernels.h"
#include "oqat/Autodiff/Passes.h"
#include "oqat/Autodiff/PointwiseChains.h"
#include "oqat/Autodiff/WeightKernels.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_BUILDTRAININGKERNELS
#include "oqat/Autodiff/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;

namespace {
struct BuildTrainingKernels
    : public mlir::oqat::impl::BuildTrainingKernelsBase<BuildTrainingKernels> {
  using BuildTrainingKernelsBase::BuildTrainingKernelsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<PointwiseKernel> kernels;
    SmallVector<WeightKernel> weightKernels;
    for (SupernetOp net : module.getOps<SupernetOp>()) {
      FailureOr<SmallVector<PointwiseChain, 0>> chains =
          findPointwiseChains(net);
      if (failed(chains))
        return signalPassFailure();
      numChains += chains->size();
      collectKernels(*chains, kernels);
      collectWeightKernels(net, weightKernels);
    }
    numKernels += kernels.size() + weightKernels.size();
    for (const PointwiseKernel &kernel : kernels)
      if (failed(build(kernel.name, kernel.stages.front(),
                       ArrayRef(kernel.stages))))
        return signalPassFailure();
    for (const WeightKernel &kernel : weightKernels)
      if (failed(build(kernel.getName(), module, kernel)))
        return signalPassFailure();
  }

  /// Both directions of a kernel, where `first` stands.
  template <typename Kernel>
  LogicalResult build(const std::string &name, Operation *first,
                      const Kernel &kernel) {
    ModuleOp module = getOperation();
    OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
    for (bool forward : {true, false}) {
      std::string symbol = name + (forward ? "_forward" : "_backward");
      if (Operation *other = module.lookupSymbol(symbol))
        return other->emitOpError("has the name of a training kernel");
      if (forward)
        buildForwardKernel(builder, first->getLoc(), symbol, kernel);
      else
        buildBackwardKernel(builder, first->getLoc(), symbol, kernel);
    }
    return success();
  }
};
} // namespace
