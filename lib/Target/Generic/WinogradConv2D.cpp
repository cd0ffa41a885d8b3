//===- WinogradConv2D.cpp - 3x3 convolutions by minimal filtering ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile of 2x2 outputs takes 16 products per input channel instead of 36: the
// 4x4 codes it reads and the weights are transformed (numerics::winogradInput),
// multiplied position by position, and the sums transformed back.
//
// A block of tiles at a time: their codes become 16 matrices [tile][channel] in
// unsigned bytes, moved there by an offset per position; for each tile of
// output channels, 16 matrix products give sums [position][tile][channel] in
// words, and these the accumulators. <net>_prepare transforms the weights.
//
// Outside the picture lies the zero point. What it and the offsets add is a
// constant per output of a tile and channel. All of this is arithmetic modulo
// 2^32 (codes: 2^8), of which the plan proves the result, four times the
// accumulator.
//
//===----------------------------------------------------------------------===//

#include "ReadAhead.h"
#include "TileEpilogue.h"
#include "WinogradInput.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;
namespace numerics = ::oqat::numerics;

namespace {

constexpr int64_t kPositions = numerics::kWinogradPositions;
constexpr int64_t kOutputRows = numerics::kWinogradOutputs;

class WinogradEmitter {
public:
  WinogradEmitter(const EmitContext &context, Conv2DOp op,
                  WinogradPlan winograd)
      : target(context.target), frame(context.frame), builder(frame.builder),
        plan(std::move(winograd)), dot(*plan.dot), geometry(geometryOf(op)),
        panel(*context.plan.panel),
        shape(target, dot.getCodeBytes(), geometry, panel.outputs,
              panel.tileOutputs / target.lanes),
        sumBytes(shape.channels.vectors * target.lanes * 4),
        input(frame, geometry, shape, plan, op.getInputZeroPoint(),
              target.lanes),
        ahead(context, builder, shape.countRuns()),
        epilogue(builder, context, op) {
    planes = builder.allocate(kPositions * planeBytes());
    products = builder.allocate(kPositions * shape.block * sumBytes);
    addConstants();
  }

  /// Units are the tiles of channels of the first block, of the second, ...
  void emit() {
    Value count = builder.index(shape.channels.count());
    Value zero = builder.index(0);
    Value first = builder.create<arith::DivUIOp>(frame.begin, count);
    Value last = builder.create<arith::DivUIOp>(
        builder.add(frame.end, shape.channels.count() - 1), count);
    builder.loop(first, last, 1, [&](Value block) {
      Value start = builder.mul(block, shape.block);
      builder.loop(zero, builder.index(shape.block), 1, [&](Value place) {
        input.emit(builder, builder.add(start, place),
                   builder.at(planes, builder.mul(place, shape.rowBytes)));
      });
      Value unit = builder.mul(block, shape.channels.count());
      Value begin = builder.max(builder.sub(frame.begin, unit), zero);
      Value end = builder.min(builder.sub(frame.end, unit), count);
      shape.channels.forEach(
          builder,
          [&](ChannelTile tile) {
            multiply(tile, block);
            Value tiles =
                builder.min(builder.sub(builder.index(shape.all), start),
                            builder.index(shape.block));
            builder.loop(zero, tiles, 1, [&](Value place) {
              finish(tile, builder.add(start, place), place);
            });
          },
          begin, end);
    });
  }

private:
  using Accumulators = SmallVector<Value>;
  /// The accumulators of a tile's pixels, of a vector of channels.
  using Outputs = std::array<Value, kOutputRows * kOutputRows>;

  VectorType words() {
    return builder.vectorOf(builder.getI32Type(), target.lanes);
  }

  int64_t paddedOutputs() const {
    return roundUp(panel.outputs, kPanelOutputs);
  }

  void addConstants() {
    SmallVector<int32_t> padded;
    for (int64_t first = 0; first < kOutputRows * kOutputRows * panel.outputs;
         first += panel.outputs) {
      auto row = ArrayRef(plan.constants).slice(first, panel.outputs);
      padded.append(row.begin(), row.end());
      padded.resize(roundUp(padded.size(), kPanelOutputs), 0);
    }
    constants = frame.addBytes(
        ArrayRef(reinterpret_cast<const uint8_t *>(padded.data()),
                 padded.size() * sizeof(int32_t)));
  }

  int64_t planeBytes() const { return shape.block * shape.rowBytes; }

  //===--------------------------------------------------------------------===//
  // Products
  //===--------------------------------------------------------------------===//

  /// The sums [position][tile][channel] of one tile of channels.
  void multiply(ChannelTile tile, Value block) {
    Value index = builder.create<arith::DivUIOp>(
        tile.first, builder.index(panel.tileOutputs));
    index = builder.add(builder.mul(block, shape.channels.count()), index);
    int64_t groups = panel.getRows();
    Value zero = builder.index(0);
    Value weights = builder.at(frame.panel,
                               builder.mul(tile.first, panel.getOutputBytes()));
    auto multiplySegment = [&](Value position, Value first, bool isFirst) {
      Value last =
          builder.min(builder.add(first, plan.segment), builder.index(groups));
      builder.loop(zero, builder.index(shape.block), shape.pixels,
                   [&](Value place) {
                     startRun(index, position, place);
                     emitRegisterTile(tile, weights, position, place, first,
                                      last, isFirst);
                   });
    };
    builder.loop(zero, builder.index(kPositions), 1, [&](Value position) {
      multiplySegment(position, zero, /*isFirst=*/true);
      if (plan.segment < groups)
        builder.loop(builder.index(plan.segment), builder.index(groups),
                     plan.segment, [&](Value first) {
                       multiplySegment(position, first, /*isFirst=*/false);
                     });
    });
  }

  void startRun(Value tile, Value position, Value place) {
    ahead.start([&] {
      Value matrix = builder.add(builder.mul(tile, kPositions), position);
      return builder.add(
          builder.mul(matrix, shape.block / shape.pixels),
          builder.create<arith::DivUIOp>(place, builder.index(shape.pixels)));
    });
  }

  /// Groups [first, last) of `pixels` tiles from `place` on.
  void emitRegisterTile(ChannelTile tile, Value weights, Value position,
                        Value place, Value first, Value last, bool isFirst) {
    int64_t outputBytes = panel.group * panel.elementBytes;
    int64_t groupBytes = panel.tileOutputs * outputBytes;
    Value columns = builder.at(
        weights, builder.mul(position, panel.getRows() * groupBytes));
    Value index = builder.add(builder.mul(position, shape.block), place);
    Value codes = builder.at(planes, builder.mul(index, shape.rowBytes));
    auto body = [&](Value group, ValueRange carried) {
      Accumulators next(carried);
      ahead.emit(group);
      Value row = builder.at(columns, builder.mul(group, groupBytes));
      SmallVector<Value> loaded;
      for (int64_t v = 0; v < tile.vectors; ++v)
        loaded.push_back(dot.loadWeights(
            builder, builder.at(row, v * target.lanes * outputBytes)));
      Value here = builder.at(
          codes, builder.mul(group, panel.group * dot.getCodeBytes()));
      for (int64_t p = 0; p < shape.pixels; ++p) {
        Value a = dot.loadCodes(builder, builder.at(here, p * shape.rowBytes));
        for (int64_t v = 0; v < tile.vectors; ++v) {
          Value &sum = next[p * tile.vectors + v];
          sum = dot.add(builder, sum, a, loaded[v]);
        }
      }
      return next;
    };
    Accumulators sums =
        builder.loop(first, last, 1,
                     Accumulators(shape.pixels * tile.vectors,
                                  builder.constant(dot.getSumType(builder), 0)),
                     body);
    Value goal = builder.at(products, builder.mul(index, sumBytes));
    for (auto [i, sum] : llvm::enumerate(sums)) {
      Value place = builder.at(goal, i / tile.vectors * sumBytes +
                                         i % tile.vectors * target.lanes * 4);
      Value whole = dot.widen(builder, sum);
      if (!isFirst)
        whole =
            builder.create<arith::AddIOp>(whole, builder.load(words(), place));
      builder.store(whole, place);
    }
  }

  //===--------------------------------------------------------------------===//
  // Accumulators
  //===--------------------------------------------------------------------===//

  /// The outputs of tile `index`, whose sums are row `place`.
  void finish(ChannelTile tile, Value index, Value place) {
    Value width = builder.index(shape.tilesX);
    Value y =
        builder.mul(builder.create<arith::DivUIOp>(index, width), kOutputRows);
    Value x =
        builder.mul(builder.create<arith::RemUIOp>(index, width), kOutputRows);
    Value sums = builder.at(products, builder.mul(place, sumBytes));
    SmallVector<Outputs> outputs;
    for (int64_t v = 0; v < tile.vectors; ++v)
      outputs.push_back(
          transformBack(builder.at(sums, v * target.lanes * 4),
                        builder.add(tile.first, v * target.lanes)));
    for (int64_t i = 0; i < kOutputRows; ++i)
      whenInside(builder.add(y, i), geometry.outH, i, [&](Value row) {
        Value pixel = builder.add(builder.mul(row, geometry.outW), x);
        auto emitColumns = [&](int64_t count) {
          TileSums result{{}, tile.vectors, pixel, tile.first, tile.lastCount};
          for (int64_t j = 0; j < count; ++j)
            for (const Outputs &own : outputs)
              result.values.push_back(own[i * kOutputRows + j]);
          epilogue.emit(std::move(result));
        };
        if (geometry.outW % kOutputRows == 0)
          return emitColumns(kOutputRows);
        builder.when(
            builder.isBelow(x, geometry.outW - 1),
            [&] { emitColumns(kOutputRows); }, [&] { emitColumns(1); });
      });
  }

  /// The accumulators of a tile, of the vector of channels from `channel` on,
  /// whose sums at the first position are at `sums`.
  Outputs transformBack(Value sums, Value channel) {
    std::array<Value, kPositions> loaded;
    for (int64_t position = 0; position < kPositions; ++position)
      loaded[position] = builder.load(
          words(), builder.at(sums, position * shape.block * sumBytes));
    Outputs outputs = numerics::winogradOutput(loaded, builder);
    for (auto [output, sum] : llvm::enumerate(outputs))
      sum = descale(sum, output, channel);
    return outputs;
  }

  /// The last row of tiles may lie half outside.
  void whenInside(Value value, int64_t bound, int64_t offset,
                  llvm::function_ref<void(Value)> body) {
    if (offset == 0 || bound % kOutputRows == 0)
      return body(value);
    builder.when(builder.isBelow(value, bound), [&] { body(value); });
  }

  Value descale(Value sum, int64_t output, Value channel) {
    Value row = builder.at(constants, output * paddedOutputs() * 4);
    Value constant =
        builder.load(words(), builder.at(row, builder.mul(channel, 4)));
    return builder.create<arith::ShRSIOp>(
        builder.create<arith::AddIOp>(sum, constant),
        builder.constant(words(), llvm::Log2_64(numerics::kWinogradScale)));
  }

  const VectorTarget &target;
  KernelFrame &frame;
  KernelBuilder builder;
  WinogradPlan plan;
  const DotProduct &dot;
  Geometry geometry;
  const WeightPanel &panel;
  WinogradShape shape;
  int64_t sumBytes;
  WinogradInput input;
  ReadAhead ahead;
  TileEpilogue epilogue;
  Value planes, products, constants;
};

} // namespace

std::optional<LayerPlan>
mlir::oqat::planWinogradConv2D(const VectorTarget &target, Conv2DOp op,
                               const AccumulatorBounds &bounds,
                               int64_t vectors) {
  // Four times the accumulator must fit as well.
  numerics::Interval scaled = {bounds.layer.lo * numerics::kWinogradScale,
                               bounds.layer.hi * numerics::kWinogradScale};
  std::optional<WinogradPlan> winograd = planWinograd(target, op);
  if (!winograd || !numerics::fitsBits(scaled, 32))
    return {};
  int64_t outputs = op.getPictureType().getDimSize(3);
  const DotProduct &dot = *winograd->dot;
  Geometry geometry = geometryOf(op);
  WinogradShape shape(target, dot.getCodeBytes(), geometry, outputs, vectors);
  LayerPlan plan;
  plan.accumulators = bounds;
  plan.panel = WeightPanel{outputs,
                           kPositions,
                           geometry.inC,
                           static_cast<int64_t>(op.getWeightBits()),
                           dot.getGroup(),
                           shape.channels.vectors * target.lanes,
                           dot.getElementBytes(),
                           op.getOdd()};
  plan.panel->winograd = true;
  plan.units = shape.blocks * shape.channels.count();
  plan.readsPanelOnce = shape.blocks == 1;
  planReadAhead(plan, shape.countRuns(), plan.panel->getRows());
  plan.kernel = ("winograd-" + dot.getName() + "-" + Twine(shape.pixels) + "x" +
                 Twine(shape.channels.vectors * target.lanes))
                    .str();
  return plan;
}

void mlir::oqat::emitWinogradConv2D(EmitContext context, Conv2DOp op) {
  WinogradEmitter(context, op, *planWinograd(context.target, op)).emit();
}
