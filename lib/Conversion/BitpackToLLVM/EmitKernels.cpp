//===- EmitKernels.cpp - One function per layer ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionBuilder.h"
#include "oqat/Conversion/NetworkPlan.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/Base64.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// What the kernels of a module read besides tensors and weights. A constant is
/// called by its contents, so that equal ones, as tables that many layers use,
/// are one in a module and in an object.
class KernelConstants {
public:
  explicit KernelConstants(ModuleOp module) : module(module) {}

  template <typename T>
  Value add(KernelBuilder builder, Type element, ArrayRef<T> values) {
    SmallVector<T> padded(values);
    // Kernels may read a vector past the end.
    padded.append(kAlignment / sizeof(T), T());
    ArrayRef bytes(reinterpret_cast<const uint8_t *>(padded.data()),
                   padded.size() * sizeof(T));
    std::string symbol = "oqat.data." + nameOf(bytes);
    if (symbols.insert(symbol).second) {
      auto type =
          RankedTensorType::get({static_cast<int64_t>(padded.size())}, element);
      auto global = createConstant(
          module, symbol, DenseElementsAttr::get(type, ArrayRef<T>(padded)));
      global.setLinkage(LLVM::Linkage::LinkonceODR);
      global.setVisibility_(LLVM::Visibility::Hidden);
    }
    return addressOf(builder, symbol);
  }

private:
  /// The digest in 16 letters: an object has hundreds of such names.
  static std::string nameOf(ArrayRef<uint8_t> bytes) {
    std::string name = llvm::encodeBase64(llvm::BLAKE3::hash<12>(bytes));
    std::replace(name.begin(), name.end(), '+', '$');
    std::replace(name.begin(), name.end(), '/', '_');
    return name;
  }

  ModuleOp module;
  llvm::StringSet<> symbols;
};

} // namespace

static LLVM::LLVMFuncOp emitKernel(ModuleOp module, LayerOpInterface op,
                                   const LayerPlan &plan,
                                   const KernelTarget &target, StringRef symbol,
                                   KernelConstants &constants) {
  MLIRContext *context = module.getContext();
  LLVM::LLVMFuncOp function =
      createFunction(module, op.getLoc(), symbol, kernelType(context));
  for (unsigned i = 0; i < kKernelPointers; ++i)
    function.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                        UnitAttr::get(context));
  ImplicitLocOpBuilder builder(op.getLoc(), context);
  Block *entry = function.addEntryBlock(builder);
  builder.setInsertionPointToEnd(entry);
  auto addConstants = [&](ArrayRef<float> values) {
    return constants.add(KernelBuilder(builder), builder.getF32Type(), values);
  };
  auto addBytes = [&](ArrayRef<uint8_t> values) {
    return constants.add(KernelBuilder(builder), builder.getI8Type(), values);
  };
  KernelFrame frame{builder,
                    entry->getArgument(0),
                    entry->getArgument(1),
                    entry->getArgument(2),
                    entry->getArgument(3),
                    entry->getArgument(4),
                    entry->getArgument(5),
                    entry->getArgument(6),
                    entry->getArgument(7),
                    entry->getArgument(8),
                    addConstants,
                    addBytes};
  target.emit(op, plan, frame);
  builder.create<LLVM::ReturnOp>(ValueRange());
  return function;
}

void mlir::oqat::emitKernels(ModuleOp module, const NetworkPlan &plan) {
  KernelConstants constants(module);
  for (const PlannedLayer &layer : plan.layers)
    emitKernel(module, layer.op, layer.plan, *plan.target, layer.symbol,
               constants);
}

void mlir::oqat::emitIsolatedKernel(ModuleOp module, const LayerPlan &plan,
                                    const KernelTarget &target,
                                    StringRef symbol) {
  loadKernelDialects(module.getContext());
  auto layer = *module.getOps<LayerOpInterface>().begin();
  auto isolated = llvm::to_vector(
      llvm::map_range(*module.getBody(), [](Operation &op) { return &op; }));
  KernelConstants constants(module);
  LLVM::LLVMFuncOp function =
      emitKernel(module, layer, plan, target, symbol, constants);
  function.setLinkage(LLVM::Linkage::External);
  function.setVisibility_(LLVM::Visibility::Hidden);
  for (Operation *op : llvm::reverse(isolated))
    op->erase();
}
