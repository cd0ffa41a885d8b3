//===- Pool.cpp - Global average pools in fixed point (N4) ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "Tiles.h"

#include <cmath>

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// A pixel's part of a tile is a line of the cache.
int64_t maxVectors(const VectorTarget &target, PoolOp op) {
  int64_t bytes = op.getStepAttr() ? 1 : 4;
  return std::max<int64_t>(1, 64 / bytes / target.lanes);
}

class PoolEmitter {
public:
  PoolEmitter(const EmitContext &context, PoolOp op)
      : lanes(context.target.lanes), vectors(maxVectors(context.target, op)),
        frame(context.frame), builder(frame.builder),
        fraction(static_cast<int32_t>(op.getFraction())),
        step(op.getStepAttr()), zeroPoint(op.getInputZeroPoint()),
        pixels(op.getInput().getType().getDimSize(1) *
               op.getInput().getType().getDimSize(2)),
        channels(op.getInput().getType().getDimSize(3)),
        floats(builder.vectorOf(builder.getF32Type(), lanes)),
        words(builder.vectorOf(builder.getI32Type(), lanes)),
        doubles(builder.vectorOf(builder.getF64Type(), lanes)) {}

  void emit() {
    ChannelTiling(channels, lanes, vectors)
        .forEach(
            builder, [&](ChannelTile tile) { emitTile(tile); }, frame.begin,
            frame.end);
  }

private:
  /// The sum may need 33 bits, that of half the pixels never does.
  void emitTile(ChannelTile tile) {
    int64_t half = ceilDiv(pixels, 2);
    SmallVector<Value> low = sumPixels(tile, 0, half);
    SmallVector<Value> high = sumPixels(tile, half, pixels);
    for (int64_t v = 0; v < tile.vectors; ++v) {
      Value sum = builder.create<arith::AddFOp>(
          builder.create<arith::SIToFPOp>(doubles, low[v]),
          builder.create<arith::SIToFPOp>(doubles, high[v]));
      sum = builder.create<arith::MulFOp>(
          sum, builder.constant(doubles, std::ldexp(1.0, -fraction)));
      sum = builder.create<arith::DivFOp>(
          sum, builder.constant(doubles, static_cast<double>(pixels)));
      Value mean = builder.create<arith::TruncFOp>(floats, sum);
      Value channel = builder.add(tile.first, v * lanes);
      builder.storeFirst(mean, v + 1 == tile.vectors ? tile.lastCount : lanes,
                         builder.at(frame.result, builder.mul(channel, 4)));
    }
  }

  SmallVector<Value> sumPixels(ChannelTile tile, int64_t begin, int64_t end) {
    SmallVector<Value> zeros(tile.vectors, builder.constant(words, 0));
    return builder.loop(
        builder.index(begin), builder.index(end), 1, zeros,
        [&](Value pixel, ValueRange carried) {
          SmallVector<Value> sums(carried);
          Value element = builder.add(builder.mul(pixel, channels), tile.first);
          int64_t bytes = step ? 1 : 4;
          Value base = builder.at(frame.input, builder.mul(element, bytes));
          for (int64_t v = 0; v < tile.vectors; ++v) {
            Value fixed = loadFixed(builder.at(base, v * lanes * bytes));
            sums[v] = builder.create<arith::AddIOp>(sums[v], fixed);
          }
          return sums;
        });
  }

  /// rne(y * 2^F), which the fraction keeps within i32.
  Value loadFixed(Value pointer) {
    double unit = std::ldexp(1.0, fraction);
    if (!step)
      return toFixed(builder.load(floats, pointer), unit);
    VectorType bytes = builder.vectorOf(builder.getI8Type(), lanes);
    Value codes =
        builder.create<arith::ExtUIOp>(words, builder.load(bytes, pointer));
    if (zeroPoint != 0)
      codes = builder.create<arith::SubIOp>(
          codes, builder.constant(words, static_cast<double>(zeroPoint)));
    Value y = builder.create<arith::SIToFPOp>(floats, codes);
    float size = step.getValue().convertToFloat();
    // A power of two scales the rounded product without another rounding.
    if (std::isnormal(size) && std::isnormal(std::ldexp(size, fraction)))
      return toFixed(y, std::ldexp(static_cast<double>(size), fraction));
    y = builder.create<arith::MulFOp>(
        y, builder.constant(floats, static_cast<double>(size)));
    return toFixed(y, unit);
  }

  Value toFixed(Value y, double unit) {
    return builder.round(
        builder.create<arith::MulFOp>(y, builder.constant(floats, unit)));
  }

  int64_t lanes, vectors;
  KernelFrame &frame;
  KernelBuilder builder;
  int fraction;
  FloatAttr step; // null where the input is of floats
  int64_t zeroPoint;
  int64_t pixels, channels;
  VectorType floats, words, doubles;
};

} // namespace

LayerPlan mlir::oqat::planPool(const VectorTarget &target, PoolOp op) {
  LayerPlan plan;
  plan.units = ChannelTiling(op.getInput().getType().getDimSize(3),
                             target.lanes, maxVectors(target, op))
                   .count();
  plan.kernel = op.getStepAttr() ? "fixed-u8" : "fixed";
  return plan;
}

void mlir::oqat::emitPool(EmitContext context, PoolOp op) {
  PoolEmitter(context, op).emit();
}
