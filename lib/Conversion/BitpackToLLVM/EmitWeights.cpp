//===- EmitWeights.cpp - The packed weights of a network ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionBuilder.h"

using namespace mlir;
using namespace mlir::oqat;

std::string mlir::oqat::getWeightSymbol(const NetworkPlan &plan) {
  bitpack::NetworkOp network = plan.network;
  return (network.getSymName() + ".weights").str();
}

void mlir::oqat::emitWeights(ModuleOp module, const NetworkPlan &plan) {
  auto type =
      RankedTensorType::get({static_cast<int64_t>(plan.packedWeights.size())},
                            IntegerType::get(module.getContext(), 8));
  createConstant(
      module, getWeightSymbol(plan),
      DenseElementsAttr::get(type, ArrayRef<uint8_t>(plan.packedWeights)))
      .setSection(".rodata.oqat.weights");
}

void mlir::oqat::declareKernelsAndWeights(ModuleOp module,
                                          const NetworkPlan &plan) {
  MLIRContext *context = module.getContext();
  loadKernelDialects(context);
  auto builder = OpBuilder::atBlockBegin(module.getBody());
  builder.create<LLVM::GlobalOp>(
      module.getLoc(),
      LLVM::LLVMArrayType::get(builder.getI8Type(), plan.packedWeights.size()),
      /*isConstant=*/true, LLVM::Linkage::External, getWeightSymbol(plan),
      Attribute(), /*alignment=*/kAlignment);
  for (const PlannedLayer &layer : plan.layers)
    builder.create<LLVM::LLVMFuncOp>(module.getLoc(), layer.symbol,
                                     kernelType(context));
}
