//===- CostModel.h - What a fixed network costs -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The rules are in docs/Cost.md.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_ANALYSIS_COSTMODEL_H
#define OQAT_ANALYSIS_COSTMODEL_H

#include "oqat/Analysis/PackedLayers.h"

namespace mlir::oqat {

/// A layer as level 4 runs it, with the costs of all its operations.
struct LayerCost {
  PackedLayer layer;
  Cost cost;
};

struct NetworkCost {
  SmallVector<LayerCost> layers;
  /// The sum over the layers.
  Cost total;
  /// The most that the activations of one layer take.
  int64_t peakActivationBytes = 0;
};

/// The sum of `CostOpInterface` over a fixed network, layer by layer; an error
/// on the first operation whose shapes are open.
FailureOr<NetworkCost> computeCost(SupernetOp network);

/// One JSON object without a line end: {"macs":…,"parameters":…,"bops":…,
/// "weightBytes":…,"peakActivationBytes":…}
void printCost(raw_ostream &os, const NetworkCost &cost);

/// A table of all layers, with their sum in the last line.
void printCostPerLayer(raw_ostream &os, const NetworkCost &cost);

} // namespace mlir::oqat

#endif // OQAT_ANALYSIS_COSTMODEL_H
