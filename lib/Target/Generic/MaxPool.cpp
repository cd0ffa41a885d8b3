//===- MaxPool.cpp - The largest value of each window ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vectors over channels, some pixels of a row at a time. Taps outside the
// picture are left out.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "Tiles.h"

#include <limits>

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

constexpr int64_t kPixels = 4, kMaxVectors = 2;

class MaxPoolEmitter {
public:
  MaxPoolEmitter(const EmitContext &context, MaxPoolOp op)
      : bytes(op.usesTable() ? 1 : 4), lanes(context.target.lanes * 4 / bytes),
        frame(context.frame), builder(frame.builder),
        geometry(op.getInput().getType(), op.getResult().getType(),
                 op.getKernel(), op.getKernel(), op.getStride()),
        type(builder.vectorOf(bytes == 1 ? Type(builder.getI8Type())
                                         : builder.getF32Type(),
                              lanes)) {}

  void emit() {
    ChannelTiling tiling(geometry.inC, lanes, kMaxVectors);
    builder.loop(frame.begin, frame.end, 1, [&](Value y) {
      tiling.forEach(builder, [&](ChannelTile tile) {
        forEachRowTile(builder, geometry, kPixels,
                       [&](RowTile pixels) { emitTile(tile, y, pixels); });
      });
    });
  }

private:
  void emitTile(ChannelTile tile, Value y, RowTile pixels) {
    double none = bytes == 1 ? 0 : -std::numeric_limits<double>::infinity();
    SmallVector<Value> lowest(pixels.pixels * tile.vectors,
                              builder.constant(type, none));
    SmallVector<Value> largest = forEachTapRow(
        builder, geometry, y, lowest,
        [&](Value, Value row, ValueRange carried) {
          return emitTapRow(tile, row, pixels, SmallVector<Value>(carried));
        });
    Value pixel = builder.add(builder.mul(y, geometry.outW), pixels.x);
    for (int64_t p = 0; p < pixels.pixels; ++p)
      for (int64_t v = 0; v < tile.vectors; ++v) {
        Value element =
            builder.add(builder.mul(builder.add(pixel, p), geometry.inC),
                        builder.add(tile.first, v * lanes));
        builder.storeFirst(
            largest[p * tile.vectors + v],
            v + 1 == tile.vectors ? tile.lastCount : lanes,
            builder.at(frame.result, builder.mul(element, bytes)));
      }
  }

  /// numerics::maxStep with every tap of a row, from left to right.
  SmallVector<Value> emitTapRow(ChannelTile tile, Value row, RowTile pixels,
                                SmallVector<Value> largest) {
    Value column =
        builder.add(builder.mul(pixels.x, geometry.stride), -geometry.padW());
    Value start = builder.add(builder.mul(row, geometry.inW), column);
    Value base = builder.at(
        frame.input,
        builder.mul(builder.add(builder.mul(start, geometry.inC), tile.first),
                    bytes));
    for (int64_t kx = 0; kx < geometry.kernelW; ++kx)
      for (int64_t p = 0; p < pixels.pixels; ++p) {
        if (!isInside(geometry, pixels, p, kx))
          continue;
        int64_t offset = (p * geometry.stride + kx) * geometry.inC;
        for (int64_t v = 0; v < tile.vectors; ++v) {
          Value x = builder.load(
              type, builder.at(base, (offset + v * lanes) * bytes));
          Value &most = largest[p * tile.vectors + v];
          most = larger(x, most);
        }
      }
    return largest;
  }

  Value larger(Value x, Value most) {
    if (bytes == 1)
      return builder.create<arith::MaxUIOp>(x, most);
    return builder.select(arith::CmpFPredicate::OGT, x, most, x, most);
  }

  int64_t bytes, lanes;
  KernelFrame &frame;
  KernelBuilder builder;
  Geometry geometry;
  VectorType type;
};

} // namespace

LayerPlan mlir::oqat::planMaxPool(const VectorTarget &target, MaxPoolOp op) {
  LayerPlan plan;
  plan.units = op.getResult().getType().getDimSize(1);
  plan.kernel = op.usesTable() ? "u8" : "f32";
  return plan;
}

void mlir::oqat::emitMaxPool(EmitContext context, MaxPoolOp op) {
  MaxPoolEmitter(context, op).emit();
}
