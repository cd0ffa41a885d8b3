//===- NetworkPlan.h - Where everything of a network lies -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_CONVERSION_NETWORKPLAN_H
#define OQAT_CONVERSION_NETWORKPLAN_H

#include "oqat/Conversion/KernelTarget.h"

#include "mlir/IR/BuiltinOps.h"

namespace mlir::oqat {

inline constexpr int64_t kAlignment = 64;

inline int64_t alignUp(int64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

struct PlannedLayer {
  bitpack::LayerOpInterface op;
  LayerPlan plan;
  /// The kernel's function.
  std::string symbol;
  /// Where its packed weights, its panel and its result lie, from the start of
  /// the weight section, of `prepared` and of `scratch`.
  int64_t packedOffset = 0, panelOffset = 0, resultOffset = 0;
  /// Where a result in planes is made bytes for who follows a run.
  int64_t reportOffset = 0;
  /// KernelFrame::ahead from the start of `prepared`, and its step.
  int64_t aheadOffset = 0, aheadStep = 0;
};

struct NetworkPlan {
  bitpack::NetworkOp network;
  const KernelTarget *target;
  std::vector<PlannedLayer> layers;
  llvm::DenseMap<Value, size_t> producers;
  Value image, logits;
  std::vector<uint8_t> packedWeights;
  int64_t preparedBytes = 0, scratchBytes = 0;

  /// The name and the bytes of the tensor that a layer makes.
  std::string tensorName(const PlannedLayer &layer) const;
  static int64_t tensorBytes(Value tensor);
  /// Those that it takes between its layers.
  int64_t storedBytes(Value tensor) const;
  /// Whether any tensor lies in planes.
  bool hasPlanes() const;
  /// Where LayerPlan::sharedBytes start, from a result on.
  static int64_t sharedOffset(Value result) {
    return alignUp(tensorBytes(result));
  }
};

/// The one network of a module, or a diagnostic on the module.
FailureOr<bitpack::NetworkOp> getOnlyNetwork(ModuleOp module);

FailureOr<NetworkPlan> planNetwork(bitpack::NetworkOp network,
                                   const KernelTarget &target,
                                   StringRef preferKernels);

/// Places the results of all layers in the arena, and says how large it is.
void planArena(NetworkPlan &plan);

/// Shares out what kernels prefetch, once all panels have their places.
void planPrefetches(NetworkPlan &plan);

/// The dictionary `oqat.network`.
DictionaryAttr describeNetwork(const NetworkPlan &plan);

//===----------------------------------------------------------------------===//
// A network in one module
//===----------------------------------------------------------------------===//

/// One function per layer and the constants they use.
void emitKernels(ModuleOp module, const NetworkPlan &plan);

/// The packed weights.
void emitWeights(ModuleOp module, const NetworkPlan &plan);

/// <net>_prepare and <net>_run.
void emitEntryPoints(ModuleOp module, const NetworkPlan &plan);

//===----------------------------------------------------------------------===//
// A network in pieces
//===----------------------------------------------------------------------===//

/// The symbol of the packed weights.
std::string getWeightSymbol(const NetworkPlan &plan);

/// Declares what emitEntryPoints() uses where it is in other modules.
void declareKernelsAndWeights(ModuleOp module, const NetworkPlan &plan);

/// All of a layer that its kernel depends on, as the bytecode of a module:
/// without names and places, its operands made of nothing.
std::string isolateLayer(bitpack::LayerOpInterface layer);

/// Replaces the isolated layer of a module by its kernel, the hidden function
/// `symbol`.
void emitIsolatedKernel(ModuleOp module, const LayerPlan &plan,
                        const KernelTarget &target, StringRef symbol);

/// Adds the hidden function `symbol`, which unpacks a layer's weights into such
/// a panel: (packed, panel, outputs, taps, inputs, outputs of a tile, rows).
void emitIsolatedUnpack(ModuleOp module, const WeightPanel &panel,
                        StringRef symbol);

} // namespace mlir::oqat

#endif // OQAT_CONVERSION_NETWORKPLAN_H
