//===- Conv2D.cpp - Quantized convolutions --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A register tile of some pixels times some vectors of output channels; channel
// tiles outermost, so that their panel stays in the first-level cache. A 1x1
// convolution of stride 1 sees the picture as one row.
//
//===----------------------------------------------------------------------===//

#include "Epilogue.h"
#include "Tiles.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// The register tile: what accumulators leave room for, at most 12 pixels.
struct TileShape {
  TileShape(const VectorTarget &target, int64_t outputs)
      : channels(outputs, target.lanes, target.registers >= 32 ? 4 : 2),
        pixels(std::min<int64_t>(
            (target.registers - channels.vectors - 2) / channels.vectors, 12)) {
  }
  ChannelTiling channels;
  int64_t pixels;
};

Geometry geometryOf(Conv2DOp op) {
  return Geometry(op.getInput().getType(), op.getResult().getType(),
                  op.getKernel()[0], op.getKernel()[1], op.getStride());
}

bool isFlat(const Geometry &geometry) {
  return geometry.kernelH == 1 && geometry.kernelW == 1 && geometry.stride == 1;
}

class Conv2DEmitter {
public:
  Conv2DEmitter(const EmitContext &context, Conv2DOp op)
      : target(context.target), plan(context.plan), frame(context.frame),
        builder(frame.builder), geometry(geometryOf(op)),
        panel(*context.plan.panel), shape(target, panel.outputs),
        epilogue(builder, context, op) {}

  void emit() {
    shape.channels.forEach(builder, [&](ChannelTile tile) {
      if (isFlat(geometry))
        return emitFlat(tile);
      builder.loop(frame.begin, frame.end, 1, [&](Value y) {
        forEachRowTile(builder, geometry, shape.pixels,
                       [&](RowTile pixels) { emitRowTile(tile, y, pixels); });
      });
    });
  }

private:
  using Accumulators = SmallVector<Value>; // [pixel][vector]

  Accumulators zeros(int64_t pixels, int64_t vectors) {
    Value zero = builder.constant(
        builder.vectorOf(builder.getI32Type(), target.lanes), 0);
    return Accumulators(pixels * vectors, zero);
  }

  /// Units are groups of `pixels` pixels; the last one takes the rest too.
  void emitFlat(ChannelTile tile) {
    int64_t all = geometry.outH * geometry.outW;
    int64_t pixels = std::min(shape.pixels, all);
    Value first = builder.mul(frame.begin, pixels);
    Value isLast = builder.create<arith::CmpIOp>(
        arith::CmpIPredicate::eq, frame.end, builder.index(plan.units));
    Value end = builder.create<arith::SelectOp>(isLast, builder.index(all),
                                                builder.mul(frame.end, pixels));
    Value highest = builder.add(end, -pixels);
    builder.loop(first, end, pixels, [&](Value next) {
      Value pixel = builder.min(next, highest);
      Value base = builder.at(frame.input, builder.mul(pixel, geometry.inC));
      SmallVector<Value> codes;
      for (int64_t p = 0; p < pixels; ++p)
        codes.push_back(builder.at(base, p * geometry.inC));
      finish(tile, pixel,
             accumulate(tile, zeros(pixels, tile.vectors), codes,
                        builder.index(0)));
    });
  }

  void emitRowTile(ChannelTile tile, Value y, RowTile pixels) {
    Accumulators sums = forEachTapRow(
        builder, geometry, y, zeros(pixels.pixels, tile.vectors),
        [&](Value ky, Value row, ValueRange carried) {
          return emitTapRow(tile, ky, row, pixels, Accumulators(carried));
        });
    Value pixel = builder.add(builder.mul(y, geometry.outW), pixels.x);
    finish(tile, pixel, sums);
  }

  Accumulators emitTapRow(ChannelTile tile, Value ky, Value row, RowTile pixels,
                          Accumulators sums) {
    Value column =
        builder.add(builder.mul(pixels.x, geometry.stride), -geometry.padW());
    Value start = builder.add(builder.mul(row, geometry.inW), column);
    Value base = builder.at(frame.input, builder.mul(start, geometry.inC));
    for (int64_t kx = 0; kx < geometry.kernelW; ++kx) {
      SmallVector<Value> codes(pixels.pixels);
      bool any = false;
      for (int64_t p = 0; p < pixels.pixels; ++p)
        if (isInside(geometry, pixels, p, kx)) {
          int64_t offset = (p * geometry.stride + kx) * geometry.inC;
          codes[p] = builder.at(base, offset);
          any = true;
        }
      if (any)
        sums = accumulate(tile, sums, codes,
                          builder.add(builder.mul(ky, geometry.kernelW), kx));
    }
    return sums;
  }

  /// Adds tap `tap` of the pixels whose codes are given.
  Accumulators accumulate(ChannelTile tile, Accumulators sums,
                          ArrayRef<Value> codes, Value tap) {
    int64_t groups = ceilDiv(panel.inputs, panel.group);
    int64_t outputBytes = panel.group * panel.elementBytes;
    int64_t groupBytes = panel.paddedOutputs * outputBytes;
    Value weights = builder.at(
        frame.panel, builder.add(builder.mul(tap, groups * groupBytes),
                                 builder.mul(tile.first, outputBytes)));
    auto body = [&](Value group, ValueRange carried) {
      Accumulators next(carried);
      Value row = builder.at(weights, builder.mul(group, groupBytes));
      SmallVector<Value> columns;
      for (int64_t v = 0; v < tile.vectors; ++v)
        columns.push_back(target.loadWeights(
            builder, builder.at(row, v * target.lanes * outputBytes)));
      Value offset = builder.mul(group, panel.group);
      for (auto [p, pointer] : llvm::enumerate(codes)) {
        if (!pointer)
          continue;
        Value a = target.loadCodes(builder, builder.at(pointer, offset));
        for (int64_t v = 0; v < tile.vectors; ++v) {
          Value &sum = next[p * tile.vectors + v];
          sum = target.dot(builder, sum, a, columns[v]);
        }
      }
      return next;
    };
    return builder.loop(builder.index(0), builder.index(groups), 1, sums, body);
  }

  void finish(ChannelTile tile, Value pixel, const Accumulators &sums) {
    int64_t pixels = sums.size() / tile.vectors;
    for (int64_t v = 0; v < tile.vectors; ++v) {
      bool last = v + 1 == tile.vectors;
      Value channel = builder.add(tile.first, v * target.lanes);
      for (int64_t p = 0; p < pixels; ++p)
        epilogue.emit(sums[p * tile.vectors + v], builder.add(pixel, p),
                      channel, last ? tile.lastCount : target.lanes);
    }
  }

  const VectorTarget &target;
  const LayerPlan &plan;
  KernelFrame &frame;
  KernelBuilder builder;
  Geometry geometry;
  const WeightPanel &panel;
  TileShape shape;
  Epilogue epilogue;
};

} // namespace

LayerPlan mlir::oqat::planConv2D(const VectorTarget &target, Conv2DOp op,
                                 AccumulatorBounds bounds) {
  Geometry geometry = geometryOf(op);
  int64_t outputs = op.getResult().getType().getDimSize(3);
  TileShape shape(target, outputs);
  LayerPlan plan;
  plan.accumulators = std::move(bounds);
  plan.panel = WeightPanel{outputs,
                           geometry.kernelH * geometry.kernelW,
                           geometry.inC,
                           static_cast<int64_t>(op.getWeightBits()),
                           target.dotGroup(),
                           roundUp(outputs, kPanelOutputs),
                           target.dotElementBytes()};
  plan.units =
      isFlat(geometry)
          ? std::max<int64_t>(geometry.outH * geometry.outW / shape.pixels, 1)
          : geometry.outH;
  plan.kernel = (target.dotName() + "-" + Twine(shape.pixels) + "x" +
                 Twine(shape.channels.vectors * target.lanes))
                    .str();
  return plan;
}

void mlir::oqat::emitConv2D(EmitContext context, Conv2DOp op) {
  Conv2DEmitter(context, op).emit();
}
