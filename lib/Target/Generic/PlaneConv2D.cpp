//===- PlaneConv2D.cpp - 1x1 convolutions of 2 bits to planes -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With 64 pixels in a vector, three codes of each choose, of the row of a table
// that belongs to three weights of an output, the sum of their products. So
// outputs need not fill vectors, sums of one output have the same thresholds,
// which are a table too, and four codes leave as a byte:
//
//   indices   of each pixel, three codes a byte (PixelIndices)
//   sums      of some outputs for four vectors of pixels, in registers
//   codes     by the output's table; 0 where a row is filled up
//   planes    four codes a byte, four vectors of pixels in one
//
// A bias makes entries non-negative, and the actual weights prove that sums
// stay in bytes (LookupPlan).
//
//===----------------------------------------------------------------------===//

#include "ChannelRequantizer.h"
#include "NarrowRequantizer.h"
#include "PixelIndices.h"
#include "PlaneCodes.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// Sums in registers, and vectors of pixels that share the loads of a table.
constexpr int64_t kSums = 20, kMostVectors = 7;

constexpr int64_t kVector = PixelIndices::kVector,
                  kPackedBytes = kVector / PlaneLayout::kCodes;

struct PlaneTile {
  int64_t vectors, outputs, all;
  explicit PlaneTile(const PlaneLayout &layout)
      : all(PixelIndices::countVectors(layout)) {
    // For each output and row, a lookup and an addition, and for the whole tile
    // what it takes to load the row of the table.
    vectors = choosePixels(all, std::min(kMostVectors, all), /*perPixel=*/2,
                           /*perTile=*/3);
    outputs = std::min(kSums / vectors, layout.channels);
  }
};

class PlaneConv2DEmitter {
public:
  PlaneConv2DEmitter(const EmitContext &context, Conv2DOp op,
                     const LookupPlan &lookups)
      : target(context.target), frame(context.frame), builder(frame.builder),
        layout(*context.plan.resultPlanes), tile(layout), rows(lookups.rows),
        panelOutputs(context.plan.panel->tileOutputs),
        units(context.plan.units),
        type(builder.vectorOf(builder.getI8Type(), kVector)),
        indices(builder, frame, lookups, op.getInput().getType().getDimSize(3),
                layout, tile.vectors),
        requantizer(builder, context, NarrowRequantizer::findThresholds(op),
                    lookups.biases, lookups.highest),
        codes(builder, context, layout),
        table(frame.addBytes(makeTapTable(lookups, lookups.group))) {}

  void emit() {
    Share share = shareEvenly(builder, frame, units, tile.all);
    zeroPads(share);
    Value highest = builder.add(share.end, -tile.vectors);
    builder.loop(share.first, share.end, indices.getChunk(), [&](Value next) {
      Value start = builder.min(next, highest);
      Value count = builder.min(builder.sub(share.end, start),
                                builder.index(indices.getChunk()));
      indices.make(start, count);
      Value lastOutput = builder.index(layout.channels - tile.outputs);
      builder.loop(builder.index(0), builder.index(layout.channels),
                   tile.outputs, [&](Value output) {
                     emitOutputs(start, count, builder.min(output, lastOutput));
                   });
    });
  }

private:
  using Channels = SmallVector<ChannelRequantizer::Channel>;

  Value planeOf(Value output) {
    return builder.at(frame.result, builder.mul(output, layout.planeBytes()));
  }

  /// Above and below the picture, by those who have its first and last pixels.
  void zeroPads(const Share &share) {
    Value zero = builder.constant(type, 0);
    int64_t behind = layout.firstRow() + tile.all * kPackedBytes;
    auto fill = [&](int64_t begin, int64_t end) {
      builder.loop(builder.index(0), builder.index(layout.channels), 1,
                   [&](Value output) {
                     Value plane = planeOf(output);
                     for (int64_t byte = begin; byte < end; byte += kVector)
                       builder.storeFirst(zero, std::min(kVector, end - byte),
                                          builder.at(plane, byte));
                   });
    };
    auto is = [&](Value lhs, int64_t rhs) {
      return builder.create<arith::CmpIOp>(arith::CmpIPredicate::eq, lhs,
                                           builder.index(rhs));
    };
    builder.when(is(share.first, 0), [&] { fill(0, layout.firstRow()); });
    builder.when(is(share.end, tile.all),
                 [&] { fill(behind, layout.planeBytes()); });
  }

  /// Of outputs from `first` on, `count` vectors of pixels from `start` on.
  void emitOutputs(Value start, Value count, Value first) {
    Channels channels;
    for (int64_t o = 0; o < tile.outputs; ++o)
      channels.push_back(requantizer.start(builder.add(first, o)));
    Value highest = builder.add(count, -tile.vectors);
    builder.loop(builder.index(0), count, tile.vectors, [&](Value next) {
      Value place = builder.min(next, highest);
      SmallVector<Value> sums = lookUp(first, place);
      Value vector = builder.add(start, place);
      SmallVector<Value> masks = codes.loadMasks(vector, tile.vectors);
      for (int64_t o = 0; o < tile.outputs; ++o) {
        SmallVector<Value> own;
        for (int64_t v = 0; v < tile.vectors; ++v)
          own.push_back(
              requantizer.emit(channels[o], sums[o * tile.vectors + v]));
        Value goal = builder.at(
            builder.at(planeOf(builder.add(first, o)), layout.firstRow()),
            builder.mul(vector, kPackedBytes));
        codes.store(own, masks, goal);
      }
    });
  }

  /// Sums [output][vector].
  SmallVector<Value> lookUp(Value first, Value place) {
    SmallVector<Value> zeros(tile.outputs * tile.vectors,
                             builder.constant(type, 1));
    return builder.loop(
        builder.index(0), builder.index(rows), 1, zeros,
        [&](Value row, ValueRange carried) {
          SmallVector<Value> sums(carried), pixels;
          Value own = builder.at(
              frame.panel, builder.add(builder.mul(row, panelOutputs), first));
          for (int64_t v = 0; v < tile.vectors; ++v)
            pixels.push_back(indices.load(row, builder.add(place, v)));
          for (int64_t o = 0; o < tile.outputs; ++o) {
            Value weights = builder.at(own, o);
            Value offset = builder.create<arith::ShLIOp>(
                builder.create<arith::ExtUIOp>(
                    builder.getI64Type(),
                    builder.load(builder.getI8Type(), weights)),
                builder.index(llvm::Log2_64(kVector)));
            Value entries = builder.load(type, builder.at(table, offset));
            for (int64_t v = 0; v < tile.vectors; ++v) {
              Value &sum = sums[o * tile.vectors + v];
              sum = target.addLookup(builder, sum, entries, pixels[v]);
            }
          }
          return sums;
        });
  }

  const VectorTarget &target;
  KernelFrame &frame;
  KernelBuilder builder;
  PlaneLayout layout;
  PlaneTile tile;
  int64_t rows, panelOutputs, units;
  VectorType type;
  PixelIndices indices;
  ChannelRequantizer requantizer;
  PlaneCodes codes;
  Value table;
};

} // namespace

std::optional<LayerPlan>
mlir::oqat::planPlaneConv2D(const VectorTarget &target, Conv2DOp op,
                            const AccumulatorBounds &bounds, int64_t padRows) {
  constexpr int64_t kFewThresholds = (1 << PlaneLayout::kCodeBits) - 1;
  if (!target.selectsBits() || !geometryOf(op).isFlat() ||
      op.getResult().getType().getRank() != 4)
    return {};
  ThresholdsAttr thresholds = NarrowRequantizer::findThresholds(op);
  if (!thresholds ||
      thresholds.getValues().getType().getShape()[1] > kFewThresholds)
    return {};
  std::optional<LookupPlan> lookups = planLookups(target, op);
  if (!lookups || !lookups->isShort())
    return {};
  LayerPlan plan;
  plan.resultPlanes.emplace(op.getResult().getType(), padRows);
  plan.accumulators = bounds;
  plan.usesTable = true;
  plan.panel = WeightPanel{plan.resultPlanes->channels,
                           /*taps=*/1,
                           op.getInput().getType().getDimSize(3),
                           static_cast<int64_t>(op.getWeightBits()),
                           lookups->group,
                           roundUp(plan.resultPlanes->channels, kPanelOutputs),
                           /*elementBytes=*/1};
  plan.panel->fieldBits = PlaneLayout::kCodeBits;
  PlaneTile tile(*plan.resultPlanes);
  plan.units = countEvenUnits(tile.all, tile.vectors);
  plan.kernel = (kPlanarPrefix + "-" + Twine(tile.vectors * kVector) + "x" +
                 Twine(tile.outputs) + "-pad" + Twine(padRows))
                    .str();
  return plan;
}

void mlir::oqat::emitPlaneConv2D(EmitContext context, Conv2DOp op) {
  PlaneConv2DEmitter(context, op, *planLookups(context.target, op)).emit();
}
