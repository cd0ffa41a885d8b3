//===- FoldBatchNorm.cpp - Batch norm into the rescale --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Puts everything affine behind a layer into one `oqat.rescale` (N1): the steps
// of a quantized layer, and batch norm or a bias where there is one.
//
// Before:
//   %d = oqat.dequantize %acc input_step 0.25 weight_step 0.5 : ...
//   %y = oqat.batch_norm %d gamma @g beta @b mean @m variance @v : ...
// After:
//   %y = oqat.rescale %acc scale dense<...> : ... bias dense<...> : ... : ...
//
// Needs a network after --oqat-freeze-quantizers; gives one without batch norm
// and bias, their parameters and `oqat.dequantize`. Trained weight codes never
// change, so a negative gamma is a negative scale.
//
//===----------------------------------------------------------------------===//

#include "Utils.h"

#include "dialects/oqat/Oqat.h"
#include "oqat/Interpreter/Parameters.h"
#include "oqat/Transforms/Passes.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_FOLDBATCHNORM
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

namespace {
struct FoldBatchNorm : mlir::oqat::impl::FoldBatchNormBase<FoldBatchNorm> {
  void runOnOperation() override;
};
} // namespace

/// Replaces `op` by a rescale of `input`.
static void replaceByRescale(IRRewriter &rewriter, Operation *op, Value input,
                             ArrayRef<numerics::Rescale> maps) {
  SmallVector<float> scale, bias;
  for (numerics::Rescale map : maps) {
    scale.push_back(map.a);
    bias.push_back(map.b);
  }
  auto type = RankedTensorType::get(static_cast<int64_t>(maps.size()),
                                    rewriter.getF32Type());
  rewriter.setInsertionPoint(op);
  rewriter.replaceOpWithNewOp<RescaleOp>(
      op, op->getResult(0).getType(), input,
      DenseFPElementsAttr::get(type, ArrayRef<float>(scale)),
      DenseFPElementsAttr::get(type, ArrayRef<float>(bias)));
}

static int64_t channelsOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape().back();
}

static LogicalResult foldNorm(IRRewriter &rewriter, BatchNormOp op,
                              SymbolTableCollection &symbols) {
  Value input = op.getInput();
  SmallVector<double> products = {1.0};
  if (auto dequantize = input.getDefiningOp<DequantizeOp>()) {
    products = dequantize.getStepProducts();
    input = dequantize.getInput();
  }
  FailureOr<std::vector<numerics::Rescale>> maps =
      foldedBatchNorm(op, channelsOf(input), products, symbols);
  if (failed(maps))
    return failure();
  replaceByRescale(rewriter, op, input, *maps);
  return success();
}

/// A of N1 without batch norm, of one channel.
static float stepScale(ArrayRef<double> products, int64_t channel) {
  return static_cast<float>(products[channel % products.size()]);
}

static void foldSteps(IRRewriter &rewriter, DequantizeOp op) {
  SmallVector<double> products = op.getStepProducts();
  SmallVector<numerics::Rescale> maps;
  for (int64_t c = 0; c < channelsOf(op.getInput()); ++c)
    maps.push_back({stepScale(products, c), 0.0f});
  replaceByRescale(rewriter, op, op.getInput(), maps);
}

/// A bias behind anything but a quantized layer is added as it is: a scale of 1
/// changes no value.
static LogicalResult foldBias(IRRewriter &rewriter, BiasOp op,
                              SymbolTableCollection &symbols) {
  Value input = op.getInput();
  FailureOr<std::vector<float>> bias =
      activeVector(op, op.getParameterAttr(), channelsOf(input), symbols);
  if (failed(bias))
    return failure();
  SmallVector<double> products = {1.0};
  if (auto dequantize = input.getDefiningOp<DequantizeOp>()) {
    products = dequantize.getStepProducts();
    input = dequantize.getInput();
  }
  SmallVector<numerics::Rescale> maps;
  for (auto [c, value] : llvm::enumerate(*bias))
    maps.push_back({stepScale(products, static_cast<int64_t>(c)), value});
  replaceByRescale(rewriter, op, input, maps);
  return success();
}

static void eraseFoldedParameters(ModuleOp module) {
  eraseUnusedParameters(module, [](ParameterOp parameter) {
    return llvm::is_contained({ParameterKind::Gamma, ParameterKind::Beta,
                               ParameterKind::Mean, ParameterKind::Variance,
                               ParameterKind::Bias},
                              parameter.getKind());
  });
}

void FoldBatchNorm::runOnOperation() {
  SymbolTableCollection symbols;
  IRRewriter rewriter(&getContext());
  SmallVector<BatchNormOp> norms;
  SmallVector<BiasOp> biases;
  SmallVector<DequantizeOp> dequantizes;
  for (auto network : getOperation().getOps<SupernetOp>()) {
    WalkResult result = network.walk([&](Operation *op) -> WalkResult {
      if (isa<FakeQuantizeOp>(op))
        return op->emitOpError("expected frozen quantizers; run "
                               "--oqat-freeze-quantizers");
      if (auto norm = dyn_cast<BatchNormOp>(op))
        norms.push_back(norm);
      if (auto bias = dyn_cast<BiasOp>(op))
        biases.push_back(bias);
      if (auto dequantize = dyn_cast<DequantizeOp>(op))
        dequantizes.push_back(dequantize);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
  }
  for (BatchNormOp op : norms)
    if (failed(foldNorm(rewriter, op, symbols)))
      return signalPassFailure();
  for (BiasOp op : biases)
    if (failed(foldBias(rewriter, op, symbols)))
      return signalPassFailure();
  for (DequantizeOp op : dequantizes) {
    if (op.use_empty())
      rewriter.eraseOp(op);
    else
      foldSteps(rewriter, op);
  }
  eraseFoldedParameters(getOperation());
}
