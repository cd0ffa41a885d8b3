//===- Conv2DPlan.cpp - How a convolution is computed by dot products -----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Conv2DPlan.h"

#include "ReadAhead.h"
#include "oqat/Numerics/Bounds.h"

#include <numeric>

using namespace mlir;
using namespace mlir::oqat;
using bitpack::Conv2DOp;

/// Whether a tap with so few channels wastes too much of its last group.
static bool gathersTaps(const DotProduct &dot, const Geometry &geometry) {
  constexpr int64_t kFewChannels = 16;
  return !geometry.isFlat() && geometry.inC < kFewChannels &&
         geometry.inC % dot.getGroup() != 0;
}

/// Whether copying rows with their border, which costs less than gathering the
/// taps of each pixel, is worth the products of what fills up each row's last
/// group.
static bool takesBands(const DotProduct &dot, const Geometry &geometry,
                       int64_t outputs) {
  constexpr int64_t kFewProducts = 4; // measured: docs/Performance.md
  auto countGroups = [&](const Geometry &product) {
    return product.kernelH * ceilDiv(product.inC, dot.getGroup());
  };
  int64_t more =
      countGroups(geometry.banded()) - countGroups(geometry.gathered());
  return dot.sumsInPlace() &&
         more * ceilDiv(outputs, dot.lanes) <= kFewProducts;
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
  bands = gathers &&
          takesBands(*dot, geometryOf(op), op.getPictureType().getDimSize(3));
  if (bands)
    gathers = false;
}

Geometry Conv2DDot::getGeometry(Conv2DOp op) const {
  Geometry own = geometryOf(op);
  return gathers ? own.gathered() : bands ? own.banded() : own;
}

/// Weights of a segment's groups fill registers as accumulators do.
static int64_t bestVectors(const VectorTarget &target, const Geometry &geometry,
                           int64_t groups) {
  return groups > 2 && !geometry.isVector() ? 1
                                            : maxTileVectors(target, geometry);
}

Conv2DTile::Conv2DTile(const VectorTarget &target, const Geometry &geometry,
                       int64_t outputs, const Conv2DDot &dot, int64_t vectors)
    : groups(dot.hasSegments() ? dot.segment : 1),
      channels(outputs, target.lanes,
               vectors != 0 ? vectors : bestVectors(target, geometry, groups)),
      perPixel(channels.vectors + dot.sumsCodes),
      pixels(std::clamp<int64_t>(
          (target.registers - perPixel * groups - (dot.hasSegments() ? 3 : 2)) /
              perPixel,
          1, 12)) {
  // Rows are cut evenly; all pixels of a matrix product are one row.
  int64_t inputGroups = ceilDiv(geometry.inC, dot.dot->getGroup());
  if (geometry.isFlat())
    pixels = choosePixels(geometry.outH * geometry.outW, inputGroups, *dot.dot);
  else if (dot.bands)
    pixels =
        choosePixels(geometry.outW, geometry.kernelH * inputGroups, *dot.dot);
}

/// Of as many pixels as fit, those that cover all with the fewest instructions:
/// a group of inputs takes its products, their sums unless these are in words,
/// its codes and weights, and the epilogue four for each vector, of which it
/// packs four at a time (PackedStore), some twice where pixels aren't even.
int64_t Conv2DTile::choosePixels(int64_t all, int64_t inputGroups,
                                 const DotProduct &dot) const {
  constexpr int64_t kPerPack = 4, kFinish = 4;
  int64_t perProduct = dot.sumsInPlace() ? 1 : 2;
  int64_t packed = kPerPack / std::gcd(channels.vectors, kPerPack);
  return oqat::choosePixels(pixels, [&](int64_t count) {
    int64_t products = count * (perProduct * perPixel + 1) + perPixel;
    int64_t epilogue = roundUp(count, packed) * channels.vectors * kFinish;
    return ceilDiv(all, count) * (inputGroups * products + epilogue);
  });
}

/// Threads share channels, groups of pixels or rows.
static int64_t countUnits(const Geometry &geometry, const Conv2DTile &tile) {
  int64_t pixels = geometry.outH * geometry.outW;
  if (geometry.isVector())
    return tile.channels.count();
  return geometry.isFlat() ? std::max<int64_t>(pixels / tile.pixels, 1)
                           : geometry.outH;
}

/// Whether two outputs share bytes of the panel: where each weight is used once
/// and most of them come from afar, taking them apart costs nothing. The kernel
/// adds 16 times the products.
static bool pairsOutputs(const WeightPanel &panel, const Geometry &geometry,
                         const Conv2DDot &choice, int64_t lanes,
                         const AccumulatorBounds &bounds) {
  constexpr int64_t kManyBytes = 256 * 1024, kBits = 4;
  ::oqat::numerics::Interval scaled = {bounds.layer.lo * 16,
                                       bounds.layer.hi * 16};
  return geometry.isVector() && choice.dot->sumsInPlace() &&
         panel.elementBytes == 1 && panel.bits <= kBits && !panel.odd &&
         !choice.sumsCodes && panel.getBytes() >= kManyBytes &&
         panel.tileOutputs % (2 * lanes) == 0 &&
         ::oqat::numerics::fitsBits(scaled, 32);
}

LayerPlan mlir::oqat::planConv2D(const VectorTarget &target, Conv2DOp op,
                                 AccumulatorBounds bounds, int64_t vectors) {
  Conv2DDot choice(target, op);
  const DotProduct &dot = *choice.dot;
  Geometry geometry = choice.getGeometry(op);
  int64_t outputs = op.getPictureType().getDimSize(3);
  Conv2DTile tile(target, geometry, outputs, choice, vectors);
  int64_t tileOutputs = tile.channels.vectors * target.lanes;
  LayerPlan plan;
  plan.panel = WeightPanel{outputs,
                           geometry.kernelH * geometry.kernelW,
                           geometry.inC,
                           static_cast<int64_t>(op.getWeightBits()),
                           dot.getGroup(),
                           tileOutputs,
                           dot.getElementBytes(),
                           op.getOdd() && !choice.sumsCodes};
  plan.panel->pairsOutputs =
      op.getInputZeroPoint() == 0 &&
      pairsOutputs(*plan.panel, geometry, choice, target.lanes, bounds);
  plan.accumulators = std::move(bounds);
  plan.units = countUnits(geometry, tile);
  // A tile's pixels meet all of its weights before the next tile.
  if (!geometry.isVector() && !choice.gathers && !choice.bands) {
    plan.readsPanelOnce = true;
    int64_t groups = plan.panel->taps * plan.panel->getRows();
    planReadAhead(plan, tile.countRuns(geometry), groups / tile.groups);
  }
  llvm::raw_string_ostream name(plan.kernel);
  name << dot.getName();
  if (choice.hasSegments())
    name << choice.segment;
  name << '-' << (geometry.isVector() ? 1 : tile.pixels) << 'x' << tileOutputs;
  if (choice.gathers)
    name << "-gathered";
  if (choice.bands)
    name << "-bands";
  if (plan.panel->pairsOutputs)
    name << "-nibbles";
  return plan;
}
