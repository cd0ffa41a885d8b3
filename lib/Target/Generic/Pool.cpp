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

constexpr int64_t kMaxVectors = 2;

class PoolEmitter {
public:
  PoolEmitter(const EmitContext &context, PoolOp op)
      : lanes(context.target.lanes), frame(context.frame),
        builder(frame.builder),
        fraction(static_cast<int32_t>(op.getFraction())),
        pixels(op.getInput().getType().getDimSize(1) *
               op.getInput().getType().getDimSize(2)),
        channels(op.getInput().getType().getDimSize(3)),
        floats(builder.vectorOf(builder.getF32Type(), lanes)),
        words(builder.vectorOf(builder.getI32Type(), lanes)),
        doubles(builder.vectorOf(builder.getF64Type(), lanes)) {}

  void emit() {
    ChannelTiling(channels, lanes, kMaxVectors)
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
          Value base = builder.at(frame.input, builder.mul(element, 4));
          for (int64_t v = 0; v < tile.vectors; ++v) {
            Value y = builder.load(floats, builder.at(base, v * lanes * 4));
            sums[v] = builder.create<arith::AddIOp>(sums[v], toFixed(y));
          }
          return sums;
        });
  }

  /// rne(y * 2^F), which the fraction keeps within i32.
  Value toFixed(Value y) {
    return builder.round(builder.create<arith::MulFOp>(
        y, builder.constant(floats, std::ldexp(1.0, fraction))));
  }

  int64_t lanes;
  KernelFrame &frame;
  KernelBuilder builder;
  int fraction;
  int64_t pixels, channels;
  VectorType floats, words, doubles;
};

} // namespace

LayerPlan mlir::oqat::planPool(const VectorTarget &target, PoolOp op) {
  LayerPlan plan;
  plan.units = ChannelTiling(op.getInput().getType().getDimSize(3),
                             target.lanes, kMaxVectors)
                   .count();
  plan.kernel = "fixed";
  return plan;
}

void mlir::oqat::emitPool(EmitContext context, PoolOp op) {
  PoolEmitter(context, op).emit();
}
