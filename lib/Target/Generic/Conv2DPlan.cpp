//===- Conv2DPlan.cpp - How a convolution is computed by dot products -----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Conv2DPlan.h"

using namespace mlir;
using namespace mlir::oqat;
using bitpack::Conv2DOp;

/// Whether a tap with so few channels wastes too much of its last group.
static bool gathersTaps(const DotProduct &dot, const Geometry &geometry) {
  constexpr int64_t kFewChannels = 16;
  return !geometry.isFlat() && geometry.inC < kFewChannels &&
         geometry.inC % dot.getGroup() != 0;
}

Conv2DDot::Conv2DDot(const VectorTarget &target, Conv2DOp op) {
  for (const std::unique_ptr<DotProduct> &candidate : target.dots) {
    dot = candidate.get();
    gathers = gathersTaps(*dot, geometryOf(op));
    segment = dot->getSegment(op, gathers);
    if (segment != 0)
      break;
  }
  sumsCodes =
      op.getOdd() && op.getWeightBits() == 8 && dot->getElementBytes() == 1;
}

Geometry Conv2DDot::getGeometry(Conv2DOp op) const {
  Geometry own = geometryOf(op);
  return gathers ? own.gathered() : own;
}

Conv2DTile::Conv2DTile(const VectorTarget &target, const Geometry &geometry,
                       int64_t outputs, const Conv2DDot &dot)
    : groups(dot.hasSegments() ? dot.segment : 1),
      channels(outputs, target.lanes,
               groups > 2 && !geometry.isVector()
                   ? 1
                   : maxTileVectors(target, geometry)),
      perPixel(channels.vectors + dot.sumsCodes),
      pixels(std::min<int64_t>(
          (target.registers - perPixel * groups - (dot.hasSegments() ? 3 : 2)) /
              perPixel,
          12)) {}

/// Threads share channels, groups of pixels or rows.
static int64_t countUnits(const Geometry &geometry, const Conv2DTile &tile) {
  int64_t pixels = geometry.outH * geometry.outW;
  if (geometry.isVector())
    return tile.channels.count();
  return geometry.isFlat() ? std::max<int64_t>(pixels / tile.pixels, 1)
                           : geometry.outH;
}

LayerPlan mlir::oqat::planConv2D(const VectorTarget &target, Conv2DOp op,
                                 AccumulatorBounds bounds) {
  Conv2DDot choice(target, op);
  const DotProduct &dot = *choice.dot;
  Geometry geometry = choice.getGeometry(op);
  int64_t outputs = op.getPictureType().getDimSize(3);
  Conv2DTile tile(target, geometry, outputs, choice);
  int64_t tileOutputs = tile.channels.vectors * target.lanes;
  LayerPlan plan;
  plan.accumulators = std::move(bounds);
  plan.panel = WeightPanel{outputs,
                           geometry.kernelH * geometry.kernelW,
                           geometry.inC,
                           static_cast<int64_t>(op.getWeightBits()),
                           dot.getGroup(),
                           tileOutputs,
                           dot.getElementBytes(),
                           op.getOdd() && !choice.sumsCodes};
  plan.units = countUnits(geometry, tile);
  llvm::raw_string_ostream name(plan.kernel);
  name << dot.getName();
  if (choice.hasSegments())
    name << choice.segment;
  name << '-' << (geometry.isVector() ? 1 : tile.pixels) << 'x' << tileOutputs;
  if (choice.gathers)
    name << "-gathered";
  return plan;
}
