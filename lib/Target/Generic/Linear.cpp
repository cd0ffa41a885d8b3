//===- Linear.cpp - Full-precision matrix products (N5) -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileEpilogue.h"
#include "Tiles.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

static constexpr int64_t kMaxVectors = 8;

static ChannelTiling tilingOf(const VectorTarget &target, LinearOp op) {
  return ChannelTiling(op.getWeights().getType().getShape()[0], target.lanes,
                       kMaxVectors);
}

/// As [k][outputs].
static Value addWeights(KernelFrame &frame, DenseElementsAttr weights,
                        int64_t padded) {
  int64_t outputs = weights.getType().getShape()[0];
  int64_t inputs = weights.getType().getShape()[1];
  SmallVector<float> values(inputs * padded, 0.0f);
  auto source = weights.getValues<float>();
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t k = 0; k < inputs; ++k)
      values[k * padded + n] = source[n * inputs + k];
  return frame.addConstants(values);
}

LayerPlan mlir::oqat::planLinear(const VectorTarget &target, LinearOp op) {
  LayerPlan plan;
  plan.units = tilingOf(target, op).count();
  plan.kernel = "f32";
  return plan;
}

void mlir::oqat::emitLinear(EmitContext context, LinearOp op) {
  KernelFrame &frame = context.frame;
  KernelBuilder builder(frame.builder);
  int64_t lanes = context.target.lanes;
  ArrayRef<int64_t> shape = op.getWeights().getType().getShape();
  int64_t padded = roundUp(shape[0], kPanelOutputs);
  Value weights = addWeights(frame, op.getWeights(), padded);
  TileEpilogue epilogue(builder, context, op);
  VectorType floats = builder.vectorOf(builder.getF32Type(), lanes);
  auto emitTile = [&](ChannelTile tile) {
    Value columns = builder.at(weights, builder.mul(tile.first, 4));
    SmallVector<Value> zeros(tile.vectors, builder.constant(floats, 0.0));
    SmallVector<Value> sums = builder.loop(
        builder.index(0), builder.index(shape[1]), 1, zeros,
        [&](Value k, ValueRange carried) {
          SmallVector<Value> next(carried);
          Value x = builder.splat(
              builder.load(builder.getF32Type(),
                           builder.at(frame.input, builder.mul(k, 4))),
              lanes);
          Value row = builder.at(columns, builder.mul(k, padded * 4));
          for (int64_t v = 0; v < tile.vectors; ++v) {
            Value w = builder.load(floats, builder.at(row, v * lanes * 4));
            next[v] = builder.create<arith::AddFOp>(
                next[v], builder.create<arith::MulFOp>(x, w));
          }
          return next;
        });
    epilogue.emit(
        {sums, tile.vectors, builder.index(0), tile.first, tile.lastCount});
  };
  tilingOf(context.target, op)
      .forEach(builder, emitTile, frame.begin, frame.end);
}
