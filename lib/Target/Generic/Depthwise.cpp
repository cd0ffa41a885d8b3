//===- Depthwise.cpp - Quantized depthwise convolutions -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vectors over channels, some pixels of a row at a time, so that they share the
// loads of weights and, at stride 1, of codes. Sums stay in 16 bits where the
// weights prove that none can leave them.
//
//===----------------------------------------------------------------------===//

#include "TileEpilogue.h"
#include "Tiles.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

constexpr int64_t kPixels = 4;
constexpr int64_t kWeightBytes = 2;

int64_t tapsOf(DepthwiseConv2DOp op) {
  return op.getKernel()[0] * op.getKernel()[1];
}

/// Whether every accumulator fits 16 bits, by the actual weights. Sums on the
/// way there may wrap.
bool fitsShort(const LayerPlan &plan) { return plan.accumulators->bits == 16; }

class DepthwiseEmitter {
public:
  DepthwiseEmitter(const EmitContext &context, DepthwiseConv2DOp op)
      : lanes(context.target.lanes), frame(context.frame),
        builder(frame.builder),
        geometry(op.getInput().getType(), op.getResult().getType(),
                 op.getKernel()[0], op.getKernel()[1], op.getStride()),
        panel(*context.plan.panel), zeroPoint(op.getInputZeroPoint()),
        isShort(fitsShort(context.plan)),
        sumType(isShort ? builder.getI16Type() : builder.getI32Type()),
        epilogue(builder, context, op, sumType.getIntOrFloatBitWidth()) {}

  void emit() {
    ChannelTiling tiling(geometry.inC, lanes, isShort ? 2 : 1);
    builder.loop(frame.begin, frame.end, 1, [&](Value y) {
      tiling.forEach(builder, [&](ChannelTile tile) {
        forEachRowTile(builder, geometry, kPixels,
                       [&](RowTile pixels) { emitTile(tile, y, pixels); });
      });
    });
  }

private:
  VectorType vectorOf(Type element, ChannelTile tile) {
    return builder.vectorOf(element, tile.vectors * lanes);
  }

  void emitTile(ChannelTile tile, Value y, RowTile pixels) {
    Value zero = builder.constant(vectorOf(sumType, tile), 0);
    SmallVector<Value> sums = forEachTapRow(
        builder, geometry, y, SmallVector<Value>(pixels.pixels, zero),
        [&](Value ky, Value row, ValueRange carried) {
          return emitTapRow(tile, ky, row, pixels, SmallVector<Value>(carried));
        });
    Value pixel = builder.add(builder.mul(y, geometry.outW), pixels.x);
    epilogue.emit({sums, /*vectors=*/1, pixel, tile.first,
                   (tile.vectors - 1) * lanes + tile.lastCount});
  }

  SmallVector<Value> emitTapRow(ChannelTile tile, Value ky, Value row,
                                RowTile pixels, SmallVector<Value> sums) {
    int64_t stride = geometry.stride, channels = geometry.inC;
    Value column = builder.add(builder.mul(pixels.x, stride), -geometry.padW());
    Value start = builder.add(builder.mul(row, geometry.inW), column);
    Value base = builder.at(
        frame.input, builder.add(builder.mul(start, channels), tile.first));
    int64_t tapBytes = panel.tileOutputs * kWeightBytes;
    Value weights = builder.at(
        frame.panel, builder.add(builder.mul(ky, geometry.kernelW * tapBytes),
                                 builder.mul(tile.first, kWeightBytes)));
    SmallVector<Value> columns((pixels.pixels - 1) * stride + geometry.kernelW);
    for (int64_t kx = 0; kx < geometry.kernelW; ++kx) {
      Value w = extend<arith::ExtSIOp>(
          builder.load(vectorOf(builder.getI16Type(), tile),
                       builder.at(weights, kx * tapBytes)),
          tile);
      for (int64_t p = 0; p < pixels.pixels; ++p) {
        if (!isInside(geometry, pixels, p, kx))
          continue;
        Value &codes = columns[p * stride + kx];
        if (!codes)
          codes =
              loadCodes(builder.at(base, (p * stride + kx) * channels), tile);
        Value product = builder.create<arith::MulIOp>(codes, w);
        sums[p] = builder.create<arith::AddIOp>(sums[p], product);
      }
    }
    return sums;
  }

  /// Codes as what they stand for, their distance from the zero point.
  Value loadCodes(Value pointer, ChannelTile tile) {
    Value codes = extend<arith::ExtUIOp>(
        builder.load(vectorOf(builder.getI8Type(), tile), pointer), tile);
    if (zeroPoint == 0)
      return codes;
    return builder.create<arith::SubIOp>(
        codes, builder.constant(codes.getType(), zeroPoint));
  }

  template <typename ExtendOp>
  Value extend(Value vector, ChannelTile tile) {
    VectorType wanted = vectorOf(sumType, tile);
    if (vector.getType() == wanted)
      return vector;
    return builder.create<ExtendOp>(wanted, vector);
  }

  int64_t lanes;
  KernelFrame &frame;
  KernelBuilder builder;
  Geometry geometry;
  const WeightPanel &panel;
  int64_t zeroPoint;
  bool isShort;
  Type sumType;
  TileEpilogue epilogue;
};

} // namespace

LayerPlan mlir::oqat::planDepthwise(const VectorTarget &target,
                                    DepthwiseConv2DOp op,
                                    AccumulatorBounds bounds) {
  int64_t channels = op.getResult().getType().getDimSize(3);
  LayerPlan plan;
  plan.accumulators = std::move(bounds);
  plan.panel =
      WeightPanel{channels,     tapsOf(op),
                  /*inputs=*/1, static_cast<int64_t>(op.getWeightBits()),
                  /*group=*/1,  roundUp(channels, 2 * kPanelOutputs),
                  kWeightBytes, op.getOdd()};
  plan.units = op.getResult().getType().getDimSize(1);
  plan.kernel = fitsShort(plan) ? "i16" : "i32";
  return plan;
}

void mlir::oqat::emitDepthwise(EmitContext context, DepthwiseConv2DOp op) {
  DepthwiseEmitter(context, op).emit();
}
