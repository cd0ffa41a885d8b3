//===- SaveWeights.cpp - Parameter values to a safetensors file -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Writes every parameter under its name, so that what passes did to weights can
// be trained further: the inverse of --oqat-load-weights. The IR stays as it
// is.
//
// Before and after:
//   oqat.parameter @b0.dw.input_step kind step : tensor<f32> = dense<0.1> : …
// The file then holds the F32 tensor 'b0.dw.input_step' of shape [].
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "oqat/Formats/Safetensors.h"
#include "oqat/Interpreter/Parameters.h"
#include "oqat/Transforms/Passes.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_SAVEWEIGHTS
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;
namespace formats = ::oqat::formats;

namespace {
struct SaveWeights : mlir::oqat::impl::SaveWeightsBase<SaveWeights> {
  using SaveWeightsBase::SaveWeightsBase;

  void runOnOperation() override {
    formats::TensorFile weights;
    for (auto op : getOperation().getOps<ParameterOp>())
      if (failed(add(op, weights)))
        return signalPassFailure();
    std::string error;
    if (!formats::writeSafetensors(file, weights, error)) {
      emitError(getOperation().getLoc(), error);
      return signalPassFailure();
    }
    markAllAnalysesPreserved();
  }

private:
  LogicalResult add(ParameterOp op, formats::TensorFile &weights) {
    if (!op.getValueAttr())
      return op.emitOpError("expected a value for parameter '")
             << op.getSymName() << "'; run --oqat-load-weights";
    if (!isa<DenseElementsAttr>(op.getValueAttr()))
      return op.emitOpError("expected dense values of parameter '")
             << op.getSymName() << "'";
    weights.tensors[op.getSymName().str()] = formats::Tensor::make(
        op.getTensorType().getShape().vec(), floatsOf(op.getValueAttr()));
    return success();
  }
};
} // namespace
