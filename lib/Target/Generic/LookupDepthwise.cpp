//===- LookupDepthwise.cpp - Depthwise convolutions of 2 bits by table ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In every byte of a vector, a code and the weight of its channel look up their
// product in a table of 16 entries; a bias makes these non-negative, and the
// actual weights prove that sums stay in bytes. Outside the picture lies the
// zero point, which is looked up like any code: the bias is that of all taps.
//
//===----------------------------------------------------------------------===//

#include "BiasedEpilogue.h"
#include "LookupPlan.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

class LookupDepthwiseEmitter {
public:
  LookupDepthwiseEmitter(const EmitContext &context, DepthwiseConv2DOp op,
                         const LookupPlan &lookups)
      : target(context.target), frame(context.frame), builder(frame.builder),
        geometry(op.getInput().getType(), op.getResult().getType(),
                 op.getKernel()[0], op.getKernel()[1], op.getStride()),
        padded(context.plan.panel->tileOutputs), bytes(target.lookupBytes()),
        pixelsOfTile(target.registers >= 32 ? 8 : 4),
        type(builder.vectorOf(builder.getI8Type(), bytes)),
        epilogue(builder, context, op, lookups.biases, /*bits=*/8, bytes,
                 /*isSplit=*/false) {
    entries =
        builder.load(type, frame.addBytes(makeProductTable(lookups, bytes)));
    outside =
        builder.constant(type, static_cast<double>(op.getInputZeroPoint()));
  }

  void emit() {
    ChannelTiling tiling(geometry.inC, bytes, /*maxVectors=*/1);
    builder.loop(frame.begin, frame.end, 1, [&](Value y) {
      tiling.forEach(builder, [&](ChannelTile tile) {
        forEachRowTile(builder, geometry, pixelsOfTile,
                       [&](RowTile pixels) { emitTile(tile, y, pixels); });
      });
    });
  }

private:
  using Sums = SmallVector<Value>;

  void emitTile(ChannelTile tile, Value y, RowTile pixels) {
    Sums sums(
        pixels.pixels,
        builder.constant(type, static_cast<double>(1 + epilogue.getStart())));
    sums =
        forEachTapRow(builder, geometry, y, sums,
                      [&](Value ky, Value row, ValueRange carried) {
                        return emitTapRow(tile, ky, row, pixels, Sums(carried));
                      });
    sums = emitOutsideRows(tile, y, sums);
    Value pixel = builder.add(builder.mul(y, geometry.outW), pixels.x);
    for (auto [p, sum] : llvm::enumerate(sums))
      epilogue.emit(sum, /*odd=*/{}, builder.add(pixel, p), tile.first,
                    tile.lastCount);
  }

  Value lookUp(Value codes, Value weights) {
    return target.lookUp(builder, entries,
                         builder.create<arith::OrIOp>(codes, weights));
  }

  /// The weights of tap (ky, kx), in bits 2 and 3.
  Value loadWeights(ChannelTile tile, Value ky, int64_t kx) {
    Value tap = builder.add(builder.mul(ky, geometry.kernelW), kx);
    return builder.load(
        type, builder.at(frame.panel,
                         builder.add(builder.mul(tap, padded), tile.first)));
  }

  Sums emitTapRow(ChannelTile tile, Value ky, Value row, RowTile pixels,
                  Sums sums) {
    int64_t stride = geometry.stride, channels = geometry.inC;
    Value column = builder.add(builder.mul(pixels.x, stride), -geometry.padW());
    Value start = builder.add(builder.mul(row, geometry.inW), column);
    Value base = builder.at(
        frame.input, builder.add(builder.mul(start, channels), tile.first));
    for (int64_t kx = 0; kx < geometry.kernelW; ++kx) {
      Value weights = loadWeights(tile, ky, kx);
      for (int64_t p = 0; p < pixels.pixels; ++p) {
        Value codes = outside;
        if (isInside(geometry, pixels, p, kx))
          codes = builder.load(type,
                               builder.at(base, (p * stride + kx) * channels));
        sums[p] =
            builder.create<arith::AddIOp>(sums[p], lookUp(codes, weights));
      }
    }
    return sums;
  }

  /// The tap rows above and below the picture, the same for all pixels.
  Sums emitOutsideRows(ChannelTile tile, Value y, Sums sums) {
    if (geometry.kernelH == 1)
      return sums;
    Value top = builder.add(builder.mul(y, geometry.stride), -geometry.padH());
    Value zero = builder.index(0), count = builder.index(geometry.kernelH);
    Value first = builder.max(zero, builder.sub(zero, top));
    Value last = builder.max(
        first,
        builder.min(count, builder.sub(builder.index(geometry.inH), top)));
    auto addRow = [&](Value ky, ValueRange carried) {
      Value row;
      for (int64_t kx = 0; kx < geometry.kernelW; ++kx) {
        Value product = lookUp(outside, loadWeights(tile, ky, kx));
        row = row ? builder.create<arith::AddIOp>(row, product).getResult()
                  : product;
      }
      Sums next(carried);
      for (Value &sum : next)
        sum = builder.create<arith::AddIOp>(sum, row);
      return next;
    };
    sums = builder.loop(zero, first, 1, sums, addRow);
    return builder.loop(last, count, 1, sums, addRow);
  }

  const VectorTarget &target;
  KernelFrame &frame;
  KernelBuilder builder;
  Geometry geometry;
  /// Of every pixel of a tile, the sum and a column of codes stay in registers.
  int64_t padded, bytes, pixelsOfTile;
  VectorType type;
  BiasedEpilogue epilogue;
  Value entries, outside;
};

} // namespace

std::optional<LayerPlan>
mlir::oqat::planLookupDepthwise(const VectorTarget &target,
                                DepthwiseConv2DOp op,
                                const AccumulatorBounds &bounds) {
  std::optional<LookupPlan> lookups = planLookups(target, op);
  if (!lookups)
    return {};
  int64_t channels = op.getResult().getType().getDimSize(3);
  LayerPlan plan;
  plan.accumulators = bounds;
  plan.usesTable = true;
  plan.panel = WeightPanel{channels,
                           /*taps=*/1,
                           lookups->rows,
                           static_cast<int64_t>(op.getWeightBits()),
                           /*group=*/1,
                           roundUp(channels, target.lookupBytes()),
                           /*elementBytes=*/1};
  plan.panel->fieldBits = plan.panel->fieldShift = 2;
  plan.units = op.getResult().getType().getDimSize(1);
  plan.kernel = "lookup8";
  return plan;
}

void mlir::oqat::emitLookupDepthwise(EmitContext context,
                                     DepthwiseConv2DOp op) {
  LookupDepthwiseEmitter(context, op, *planLookups(context.target, op)).emit();
}
