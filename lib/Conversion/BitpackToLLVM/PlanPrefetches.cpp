//===- PlanPrefetches.cpp - What kernels prefetch while they run ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Panels lie one behind the other in the order of their layers. From the last
// layer to the first, those panels are waiting that no kernel has prefetched
// yet: each kernel takes as many of them as it can, those that are needed last,
// and leaves the others to the ones before it:
//
//   panels    | conv | reduce | expand | conv | mix | classifier |
//   conv                                             ~~~~~~~~~~~~
//   the first                 ~~~~~~~~~~~~~~~~~~~~~~
//
// What would fall out of the cache before it is used isn't waiting. A panel
// that is too large to be there is prefetched by its own kernel, tile by tile.
//
//===----------------------------------------------------------------------===//

#include "oqat/Conversion/NetworkPlan.h"

using namespace mlir;
using namespace mlir::oqat;

/// What a prefetch brings.
static constexpr int64_t kLineBytes = 64;
/// How many bytes of a second-level cache are for panels that wait.
static constexpr int64_t kPanelBytes = 768 * 1024;

/// Lets a kernel prefetch `bytes` from `offset` on, as many at a time as it
/// takes for them to be the last ones when it ends.
static void prefetch(PlannedLayer &layer, int64_t offset, int64_t bytes) {
  layer.aheadOffset = offset;
  if (layer.plan.prefetches != 0)
    layer.aheadStep =
        (bytes + layer.plan.prefetches - 1) / layer.plan.prefetches;
}

void mlir::oqat::planPrefetches(NetworkPlan &plan) {
  // What is waiting, of `prepared`; it begins where the next panel does.
  int64_t begin = plan.preparedBytes, end = begin;
  for (PlannedLayer &layer : llvm::reverse(plan.layers)) {
    const auto &panel = layer.plan.panel;
    if (!panel)
      continue;
    int64_t own = layer.panelOffset;
    int64_t most = layer.plan.prefetches * kLineBytes;
    if (panel->getBytes() > kPanelBytes && layer.plan.readsPanelOnce) {
      begin = own + panel->tileOutputs * panel->getOutputBytes();
      prefetch(layer, begin, std::min(most, end - begin));
      end = begin;
    } else {
      int64_t bytes = std::min(most, end - begin);
      end -= bytes;
      prefetch(layer, bytes == 0 ? own : end, bytes);
    }
    begin = own;
    end = std::min(end, begin + kPanelBytes);
  }
}
