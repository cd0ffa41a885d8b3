//===- OqatToBitpack.cpp - Integer networks to packed layers --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Before:
//   %acc = oqat.conv2d %q, %wc stride 1 : (...) -> tensor<1x8x8x64xi32>
//   %z = oqat.rescale %acc scale dense<...> bias dense<...> ...
//   %a = oqat.activation relu %z : tensor<1x8x8x64xf32>
//   %c = oqat.quantize %a step 0.25 name "b1.dw.input" ...
// After:
//   %c = bitpack.conv2d "b1.ib" %q weights dense<"0x..."> bits 2 kernel [1, 1]
//     stride 1 scale dense<...> bias dense<...> activation relu
//     quantize "b1.dw.input" reciprocal 4.0 : ...
//
// Needs an integer network with annotated value bounds. Gives one
// `bitpack.network` and no `oqat` operation. Limits: a tensor's codes have
// one zero point, depthwise convolutions are quantized.
//
//===----------------------------------------------------------------------===//

#include "LowerLayers.h"
#include "oqat/Conversion/Passes.h"

#include "mlir/Transforms/DialectConversion.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_CONVERTOQATTOBITPACK
#include "oqat/Conversion/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;

static LogicalResult lowerNetwork(SupernetOp source) {
  FunctionType type = source.getFunctionType();
  auto isStatic = [](Type value) {
    return cast<RankedTensorType>(value).hasStaticShape();
  };
  if (source.getSpaceAttr() || !llvm::all_of(type.getInputs(), isStatic))
    return source.emitOpError("expected a fixed network, but its choices are "
                              "open");
  OpBuilder builder(source);
  auto network = builder.create<bitpack::NetworkOp>(
      source.getLoc(), source.getSymName(), type, /*arg_attrs=*/ArrayAttr(),
      /*res_attrs=*/ArrayAttr());
  if (source.getSubnetAttr())
    network->setAttr("subnet", source.getSubnetAttr());
  network.getBody().emplaceBlock().addArgument(type.getInput(0),
                                               source.getLoc());
  if (failed(LayerLowering(source, network).run()))
    return failure();
  source.erase();
  return success();
}

namespace {

struct ConvertOqatToBitpack
    : public mlir::oqat::impl::ConvertOqatToBitpackBase<ConvertOqatToBitpack> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    for (auto network : llvm::to_vector(module.getOps<SupernetOp>()))
      if (failed(lowerNetwork(network)))
        return signalPassFailure();
    // What layers need of these is in the layers now.
    for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
      if (isa<ParameterOp, SpaceOp>(op))
        op.erase();
    ConversionTarget target(getContext());
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    target.addIllegalDialect<OqatDialect>();
    if (failed(applyPartialConversion(module, target,
                                      RewritePatternSet(&getContext()))))
      signalPassFailure();
  }
};

} // namespace
