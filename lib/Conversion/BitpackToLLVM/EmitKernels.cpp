//===- EmitKernels.cpp - One function per layer ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionBuilder.h"
#include "NetworkPlan.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// The floats of all kernels, as one constant of the object.
class ConstantPool {
public:
  ConstantPool(ModuleOp module, StringRef symbol)
      : module(module), symbol(symbol.str()) {}

  Value add(KernelBuilder builder, ArrayRef<float> more) {
    int64_t offset = alignUp(values.size() * 4);
    values.resize(offset / 4, 0.0f);
    values.append(more.begin(), more.end());
    // Kernels may read a vector past the end.
    values.resize(values.size() + kAlignment / 4, 0.0f);
    return builder.at(addressOf(builder, symbol), offset);
  }

  void emit() {
    if (values.empty())
      return;
    Builder builder(module.getContext());
    auto type = RankedTensorType::get({static_cast<int64_t>(values.size())},
                                      builder.getF32Type());
    createConstant(module, symbol,
                   DenseElementsAttr::get(type, ArrayRef<float>(values)), "");
  }

private:
  ModuleOp module;
  std::string symbol;
  SmallVector<float, 0> values;
};

} // namespace

void mlir::oqat::emitKernels(ModuleOp module, const NetworkPlan &plan) {
  NetworkOp network = plan.network;
  ConstantPool constants(module, (network.getSymName() + ".floats").str());
  for (const PlannedLayer &layer : plan.layers) {
    LayerOpInterface op = layer.op;
    LLVM::LLVMFuncOp function = createFunction(
        module, op.getLoc(), layer.symbol, kernelType(module.getContext()));
    for (unsigned i = 0; i < kKernelPointers; ++i)
      function.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                          UnitAttr::get(module.getContext()));
    ImplicitLocOpBuilder builder(op.getLoc(), module.getContext());
    Block *entry = function.addEntryBlock(builder);
    builder.setInsertionPointToEnd(entry);
    auto addConstants = [&](ArrayRef<float> values) {
      return constants.add(KernelBuilder(builder), values);
    };
    KernelFrame frame{builder,
                      entry->getArgument(0),
                      entry->getArgument(1),
                      entry->getArgument(2),
                      entry->getArgument(3),
                      entry->getArgument(4),
                      entry->getArgument(5),
                      entry->getArgument(6),
                      addConstants};
    plan.target->emit(op, layer.plan, frame);
    builder.create<LLVM::ReturnOp>(ValueRange());
  }
  constants.emit();
}
