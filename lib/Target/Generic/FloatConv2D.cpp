//===- FloatConv2D.cpp - Full-precision convolutions (N5, N8) -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vectors over output channels; every output adds its products in the order
// (ky, kx, ci). Taps outside the picture are left out, which is adding zeros: a
// sum that starts at +0 never becomes -0. Image bytes are normalized by a table
// per colour.
//
//===----------------------------------------------------------------------===//

#include "TileEpilogue.h"
#include "Tiles.h"

#include "oqat/Numerics/Input.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;
namespace numerics = ::oqat::numerics;

namespace {

constexpr int64_t kPixels = 4, kMaxVectors = 4, kUnrolledInputs = 4;

ArrayRef<int64_t> weightShape(FloatConv2DOp op) {
  return op.getWeights().getType().getShape();
}

class FloatConv2DEmitter {
public:
  FloatConv2DEmitter(const EmitContext &context, FloatConv2DOp op)
      : lanes(context.target.lanes), frame(context.frame),
        builder(frame.builder),
        geometry(op.getInput().getType(), op.getResult().getType(),
                 weightShape(op)[1], weightShape(op)[2], op.getStride()),
        paddedOutputs(roundUp(weightShape(op)[0], kPanelOutputs)),
        tiling(weightShape(op)[0], lanes, kMaxVectors),
        floats(builder.vectorOf(builder.getF32Type(), lanes)),
        epilogue(builder, context, op) {
    addWeights(op);
    if (op.getInputScaleAttr())
      addTable(op);
  }

  void emit() {
    builder.loop(frame.begin, frame.end, 1, [&](Value y) {
      tiling.forEach(builder, [&](ChannelTile tile) {
        forEachRowTile(builder, geometry, kPixels,
                       [&](RowTile pixels) { emitTile(tile, y, pixels); });
      });
    });
  }

private:
  /// As [ky][kx][ci][outputs].
  void addWeights(FloatConv2DOp op) {
    int64_t outputs = weightShape(op)[0];
    int64_t products = geometry.kernelH * geometry.kernelW * geometry.inC;
    SmallVector<float> values(products * paddedOutputs, 0.0f);
    auto source = op.getWeights().getValues<float>();
    for (int64_t n = 0; n < outputs; ++n)
      for (int64_t k = 0; k < products; ++k)
        values[k * paddedOutputs + n] = source[n * products + k];
    weights = frame.addConstants(values);
  }

  void addTable(FloatConv2DOp op) {
    SmallVector<float> values;
    auto scale = op.getInputScaleAttr().getValues<float>();
    auto bias = op.getInputBiasAttr().getValues<float>();
    for (int64_t c = 0; c < geometry.inC; ++c)
      for (int pixel = 0; pixel < 256; ++pixel)
        values.push_back(numerics::normalize(static_cast<uint8_t>(pixel),
                                             {scale[c], bias[c]}));
    table = frame.addConstants(values);
  }

  void emitTile(ChannelTile tile, Value y, RowTile pixels) {
    SmallVector<Value> zeros(pixels.pixels * tile.vectors,
                             builder.constant(floats, 0.0));
    SmallVector<Value> sums = forEachTapRow(
        builder, geometry, y, zeros,
        [&](Value ky, Value row, ValueRange carried) {
          return emitTapRow(tile, ky, row, pixels, SmallVector<Value>(carried));
        });
    epilogue.emit({sums, tile.vectors,
                   builder.add(builder.mul(y, geometry.outW), pixels.x),
                   tile.first, tile.lastCount});
  }

  SmallVector<Value> emitTapRow(ChannelTile tile, Value ky, Value row,
                                RowTile pixels, SmallVector<Value> sums) {
    Value column =
        builder.add(builder.mul(pixels.x, geometry.stride), -geometry.padW());
    Value start = builder.mul(
        builder.add(builder.mul(row, geometry.inW), column), geometry.inC);
    for (int64_t kx = 0; kx < geometry.kernelW; ++kx) {
      Value tap = builder.mul(
          builder.add(builder.mul(ky, geometry.kernelW), kx), geometry.inC);
      auto add = [&](Value channel, ValueRange carried) {
        return addChannel(tile, tap, start, kx, channel, pixels,
                          SmallVector<Value>(carried));
      };
      if (geometry.inC <= kUnrolledInputs) {
        for (int64_t c = 0; c < geometry.inC; ++c)
          sums = add(builder.index(c), sums);
      } else {
        sums = builder.loop(builder.index(0), builder.index(geometry.inC), 1,
                            sums, add);
      }
    }
    return sums;
  }

  /// Adds the products of one input channel of one tap.
  SmallVector<Value> addChannel(ChannelTile tile, Value tap, Value start,
                                int64_t kx, Value channel, RowTile pixels,
                                SmallVector<Value> sums) {
    Value row = builder.mul(builder.add(tap, channel), paddedOutputs);
    Value pointer =
        builder.at(weights, builder.mul(builder.add(row, tile.first), 4));
    SmallVector<Value> columns;
    for (int64_t v = 0; v < tile.vectors; ++v)
      columns.push_back(
          builder.load(floats, builder.at(pointer, v * lanes * 4)));
    for (int64_t p = 0; p < pixels.pixels; ++p) {
      if (!isInside(geometry, pixels, p, kx))
        continue;
      int64_t offset = (p * geometry.stride + kx) * geometry.inC;
      Value x = builder.splat(
          loadInput(builder.add(builder.add(start, offset), channel), channel),
          lanes);
      for (int64_t v = 0; v < tile.vectors; ++v) {
        Value &sum = sums[p * tile.vectors + v];
        Value product = builder.create<arith::MulFOp>(x, columns[v]);
        sum = builder.create<arith::AddFOp>(sum, product);
      }
    }
    return sums;
  }

  Value loadInput(Value element, Value channel) {
    if (!table)
      return builder.load(builder.getF32Type(),
                          builder.at(frame.input, builder.mul(element, 4)));
    Value byte =
        builder.load(builder.getI8Type(), builder.at(frame.input, element));
    Value entry =
        builder.add(builder.mul(channel, 256),
                    builder.create<arith::ExtUIOp>(builder.getI64Type(), byte));
    return builder.load(builder.getF32Type(),
                        builder.at(table, builder.mul(entry, 4)));
  }

  int64_t lanes;
  KernelFrame &frame;
  KernelBuilder builder;
  Geometry geometry;
  int64_t paddedOutputs;
  ChannelTiling tiling;
  VectorType floats;
  TileEpilogue epilogue;
  Value weights, table;
};

} // namespace

LayerPlan mlir::oqat::planFloatConv2D(const VectorTarget &target,
                                      FloatConv2DOp op) {
  LayerPlan plan;
  plan.units = op.getResult().getType().getDimSize(1);
  plan.kernel = "f32";
  return plan;
}

void mlir::oqat::emitFloatConv2D(EmitContext context, FloatConv2DOp op) {
  FloatConv2DEmitter(context, op).emit();
}
