//===- ConvolutionCosts.cpp - Which kernel of a convolution is best -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Counts the instructions of a kernel's loops. With vectors of up to 256 bits a
// CPU is busy starting them, whatever they do; with 512 bits it is busy with
// products and lookups, of which one starts in a cycle, and two of anything
// else (docs/Performance.md has what was measured).
//
//===----------------------------------------------------------------------===//

#include "ConvolutionCosts.h"
#include "WinogradPlan.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

namespace {

class CostModel {
public:
  CostModel(const VectorTarget &target, bitpack::Conv2DOp op,
            const LayerPlan &plan)
      : target(target), geometry(geometryOf(op)), panel(*plan.panel),
        isWide(target.lanes == 16),
        pixels(static_cast<double>(geometry.outH * geometry.outW)) {}

  double estimate() const {
    // With 512 bits nothing was measured yet, so the count must leave a margin.
    if (panel.winograd)
      return countWinograd() * (isWide ? 1.25 : 1.0);
    return panel.fieldBits != 0 ? countLookups() : countDirect();
  }

private:
  /// Anything but products, lookups and their sums.
  double other(double instructions) const {
    return isWide ? instructions / 2 : instructions;
  }

  /// Products of one group with one vector of outputs, in a register tile.
  double product(int64_t vectors, int64_t tilePixels) const {
    if (isWide)
      return 1.0;
    return 2.0 + 1.0 / static_cast<double>(vectors) +
           1.0 / static_cast<double>(tilePixels);
  }

  int64_t tilePixels(int64_t vectors) const {
    return std::min<int64_t>((target.registers - vectors - 2) / vectors, 12);
  }

  /// The share of taps that lie in the picture.
  double shareInside() const {
    auto of = [](int64_t extent) {
      double e = static_cast<double>(extent);
      return (3.0 * e - 2.0) / (3.0 * e);
    };
    return of(geometry.outH) * of(geometry.outW);
  }

  double countDirect() const {
    int64_t vectors = panel.tileOutputs / target.lanes;
    double outputs = static_cast<double>(ceilDiv(panel.outputs, target.lanes));
    double groups = static_cast<double>(panel.taps * panel.getRows());
    return pixels * outputs *
           (groups * (panel.taps == 1 ? 1 : shareInside()) *
                product(vectors, tilePixels(vectors)) +
            other(kFinish));
  }

  double countLookups() const {
    int64_t bytes = target.lookupBytes();
    int64_t vectors = panel.tileOutputs / bytes;
    double outputs = static_cast<double>(ceilDiv(panel.outputs, bytes));
    double lookup = isWide ? 1.25
                           : 2.0 + 1.0 / static_cast<double>(vectors) +
                                 3.0 / static_cast<double>(tilePixels(vectors));
    double inputs = static_cast<double>(panel.inputs);
    return pixels * (outputs * (static_cast<double>(panel.getRows()) * lookup +
                                other(2 * kFinish)) +
                     other(kGather + inputs * kGatherInput));
  }

  double countWinograd() const {
    int64_t vectors = panel.tileOutputs / target.lanes;
    // Codes take no more bytes than weights.
    WinogradShape shape(target, panel.elementBytes, geometry, panel.outputs,
                        vectors);
    double outputs = static_cast<double>(ceilDiv(panel.outputs, target.lanes));
    double chunks = static_cast<double>(shape.rowBytes / (4 * target.lanes));
    double groups = static_cast<double>(panel.getRows());
    double products =
        numerics::kWinogradPositions *
        (groups * (product(vectors, shape.pixels) + other(kWidenGroup)) +
         other(kWidenSum));
    double padded = static_cast<double>(shape.blocks * shape.block);
    return padded *
               (other(kLocate + chunks * kTransform) + outputs * products) +
           static_cast<double>(shape.all) * outputs *
               other(kTransformBack + 4 * kFinish);
  }

  /// Per pixel and vector of outputs, around the epilogue.
  static constexpr double kFinish = 12;
  /// Of lookups: per pixel, and per input of a tap.
  static constexpr double kGather = 60, kGatherInput = 0.375;
  /// Of minimal filtering: per tile, and per vector of its codes.
  static constexpr double kLocate = 90, kTransform = 80;
  /// Per position and vector of outputs; where sums of 16 bits must be widened
  /// on the way, that is about every 16 groups.
  static constexpr double kWidenSum = 4, kWidenGroup = 4.0 / 16;
  /// Per tile and vector of outputs.
  static constexpr double kTransformBack = 40;

  const VectorTarget &target;
  Geometry geometry;
  const WeightPanel &panel;
  bool isWide;
  double pixels;
};

} // namespace

double mlir::oqat::estimateCost(const VectorTarget &target,
                                bitpack::Conv2DOp op, const LayerPlan &plan) {
  return CostModel(target, op, plan).estimate();
}
