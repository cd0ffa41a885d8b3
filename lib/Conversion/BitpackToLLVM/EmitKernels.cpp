//===- EmitKernels.cpp - One function per layer ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionBuilder.h"
#include "NetworkPlan.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// What all kernels read besides tensors and weights, as one constant of the
/// object per type.
template <typename T>
class ConstantPool {
public:
  ConstantPool(ModuleOp module, const Twine &symbol)
      : module(module), symbol(symbol.str()) {}

  /// Equal arrays, as tables that many layers use, share their place.
  Value add(KernelBuilder builder, ArrayRef<T> more) {
    StringRef bytes(reinterpret_cast<const char *>(more.data()),
                    more.size() * sizeof(T));
    auto [place, isNew] =
        places.try_emplace(bytes, alignUp(values.size() * sizeof(T)));
    int64_t offset = place->second;
    if (!isNew)
      return builder.at(addressOf(builder, symbol), offset);
    values.resize(offset / sizeof(T), T());
    values.append(more.begin(), more.end());
    // Kernels may read a vector past the end.
    values.resize(values.size() + kAlignment / sizeof(T), T());
    return builder.at(addressOf(builder, symbol), offset);
  }

  void emit(Type element) {
    if (values.empty())
      return;
    auto type =
        RankedTensorType::get({static_cast<int64_t>(values.size())}, element);
    createConstant(module, symbol,
                   DenseElementsAttr::get(type, ArrayRef<T>(values)), "");
  }

private:
  ModuleOp module;
  std::string symbol;
  SmallVector<T, 0> values;
  llvm::StringMap<int64_t> places;
};

} // namespace

void mlir::oqat::emitKernels(ModuleOp module, const NetworkPlan &plan) {
  NetworkOp network = plan.network;
  ConstantPool<float> floats(module, network.getSymName() + ".floats");
  ConstantPool<uint8_t> bytes(module, network.getSymName() + ".bytes");
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
      return floats.add(KernelBuilder(builder), values);
    };
    auto addBytes = [&](ArrayRef<uint8_t> values) {
      return bytes.add(KernelBuilder(builder), values);
    };
    KernelFrame frame{builder,
                      entry->getArgument(0),
                      entry->getArgument(1),
                      entry->getArgument(2),
                      entry->getArgument(3),
                      entry->getArgument(4),
                      entry->getArgument(5),
                      entry->getArgument(6),
                      addConstants,
                      addBytes};
    plan.target->emit(op, layer.plan, frame);
    builder.create<LLVM::ReturnOp>(ValueRange());
  }
  Builder builder(module.getContext());
  bytes.emit(builder.getI8Type());
  floats.emit(builder.getF32Type());
}
