//===- ConvolutionCosts.cpp - Which kernel of a convolution is best -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Counts the instructions of a kernel's loops. With vectors of up to 256 bits a
// CPU is busy starting them, whatever they do; with 512 bits it is busy with
// products and lookups, of which one starts in a cycle, and two of anything
// else. Where two products start in a cycle, cycles of whole layers were
// measured, and the model is fitted to them (docs/Performance.md).
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
        isWide(target.lanes == 16), isPaired(target.productsPerCycle == 2),
        sumsShorts(StringRef(plan.kernel).starts_with("lookup16")),
        pixels(static_cast<double>(geometry.outH * geometry.outW)) {}

  double estimate() const {
    // With one product a cycle nothing was measured yet, so the count must
    // leave a margin.
    if (panel.winograd)
      return countWinograd() * (isWide && !isPaired ? 1.25 : 1.0);
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
      return !isPaired         ? 1.0
             : panel.taps == 1 ? kPairedProduct
                               : kPairedTapProduct;
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
            (isPaired ? kPairedFinish : other(kFinish)));
  }

  /// Sums of 16 bits are widened on the way; a table's row that serves one
  /// vector of outputs is bound by loading it.
  double lookup(int64_t vectors) const {
    if (isPaired)
      return sumsShorts ? 1.4 : vectors == 1 ? 1.6 : 1.2;
    if (isWide)
      return 1.25;
    return 2.0 + 1.0 / static_cast<double>(vectors) +
           3.0 / static_cast<double>(tilePixels(vectors));
  }

  double countLookups() const {
    int64_t bytes = target.lookupBytes();
    int64_t vectors = panel.tileOutputs / bytes;
    double outputs = static_cast<double>(ceilDiv(panel.outputs, bytes));
    double inputs = static_cast<double>(panel.inputs);
    double gather = isPaired && geometry.isFlat()
                        ? 0
                        : other(kGather + inputs * kGatherInput);
    return pixels *
           (outputs * (static_cast<double>(panel.getRows()) * lookup(vectors) +
                       (isPaired ? kPairedLookupFinish : other(2 * kFinish))) +
            gather);
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
    // What isn't in the second cache is read for every block of tiles; weights
    // of the only block are read ahead.
    double far =
        isPaired && panel.getBytes() > kNearBytes && shape.blocks > 1
            ? static_cast<double>(panel.getBytes() * shape.blocks) / kFarBytes
            : 0;
    return far +
           padded *
               (other(kLocate + chunks * kTransform) + outputs * products) +
           static_cast<double>(shape.all) * outputs *
               other(kTransformBack + 4 * kFinish);
  }

  /// Cycles of a product, and around the epilogue of a vector of outputs, where
  /// two products start in a cycle.
  static constexpr double kPairedProduct = 0.57, kPairedTapProduct = 0.62,
                          kPairedFinish = 3, kPairedLookupFinish = 8;
  /// Bytes of weights that stay near, and that come from afar in a cycle.
  static constexpr int64_t kNearBytes = 3 << 19;
  static constexpr double kFarBytes = 20;
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
  bool isWide, isPaired, sumsShorts;
  double pixels;
};

} // namespace

double mlir::oqat::estimateCost(const VectorTarget &target,
                                bitpack::Conv2DOp op, const LayerPlan &plan) {
  return CostModel(target, op, plan).estimate();
}
