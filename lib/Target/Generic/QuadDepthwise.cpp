//===- QuadDepthwise.cpp - Depthwise, four rows of taps at a time ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where a CPU adds four products of bytes to a sum of 32 bits, a depthwise
// convolution takes a tap and the three below it at a time, for any weights and
// codes. The codes of four rows are interleaved (RowStack) for two output rows
// at stride 1: in the second one the taps lie a row lower in their groups. So
// there are two forms of a tile's weights, made of the panel where a tile of
// channels starts:
//
//   taps    first form    second form
//   0 1 2   0 1 2 .       . 0 1 2
//
//===----------------------------------------------------------------------===//

#include "RowStack.h"
#include "TileEpilogue.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// Rows of taps at a time.
constexpr int64_t kGroup = 4;

/// In a register tile of a vector of channels, and of four.
constexpr int64_t kMaxPixels = 14, kMaxPartedPixels = 7;

class QuadDepthwiseEmitter {
public:
  QuadDepthwiseEmitter(const EmitContext &context, DepthwiseConv2DOp op)
      : dot(*context.target.dots.front()), frame(context.frame),
        builder(frame.builder),
        geometry(op.getInput().getType(), op.getResult().getType(),
                 op.getKernel()[0], op.getKernel()[1], op.getStride()),
        padded(context.plan.panel->tileOutputs), bytes(4 * dot.lanes),
        words(builder.vectorOf(builder.getI32Type(), dot.lanes)),
        stack(builder, frame, geometry, bytes, kGroup),
        epilogue(builder, context, op, /*sumBits=*/32, /*channels=*/0,
                 /*areAligned=*/false, stack.getOrder()) {
    weights = builder.allocate(stack.getShifts() * formBytes());
  }

  void emit() {
    stack.forEachRow(
        [&](const ChannelTile &tile) { arrangeWeights(tile); },
        [&](const ChannelTile &tile, const Strip &strip, Value y) {
          SmallVector<Value> rows;
          for (int64_t row = 0; row < stack.groups(); ++row)
            rows.push_back(stack.at(tile, y, row));
          Value form =
              builder.at(weights, builder.mul(stack.shiftOf(y), formBytes()));
          stack.forEachTile(
              tile, strip, stack.isParted(tile) ? kMaxPartedPixels : kMaxPixels,
              [&](const StackedTile &own) {
                emitTile(tile, strip, rows, form, y, own);
              });
        });
  }

private:
  /// Bytes of the weights of a vector of channels, and of all of a tile.
  int64_t vectorWeightBytes() const {
    return stack.groups() * geometry.kernelW * bytes;
  }
  int64_t formBytes() const { return stack.maxVectors() * vectorWeightBytes(); }
  /// The place of a group of taps within those of a vector.
  int64_t placeOf(int64_t row, int64_t kx) const {
    return (row * geometry.kernelW + kx) * bytes;
  }

  /// Copies the weights of a tile from the panel, whose columns of taps are far
  /// apart, in all forms.
  void arrangeWeights(const ChannelTile &tile) {
    if (stack.isParted(tile))
      return arrangeVectors(tile, builder.index(0), tile.vectors);
    builder.loop(builder.index(0), builder.index(tile.vectors), 1,
                 [&](Value vector) { arrangeVectors(tile, vector, 1); });
  }

  void arrangeVectors(const ChannelTile &tile, Value vector, int64_t count) {
    Value channel = builder.add(tile.first, builder.mul(vector, stack.lanes()));
    Value source = builder.at(frame.panel, builder.mul(channel, kGroup));
    Value goal = builder.at(weights, builder.mul(vector, vectorWeightBytes()));
    SmallVector<Value> none(count, builder.constant(words, 0));
    for (int64_t kx = 0; kx < geometry.kernelW; ++kx) {
      SmallVector<Value> before = none;
      for (int64_t row = 0; row < stack.groups(); ++row) {
        SmallVector<Value> taps = loadTaps(source, row, kx, count);
        for (int64_t v = 0; v < count; ++v)
          for (int64_t shift = 0; shift < stack.getShifts(); ++shift)
            builder.store(lower(taps[v], before[v], shift),
                          builder.at(goal, v * vectorWeightBytes() +
                                               shift * formBytes() +
                                               placeOf(row, kx)));
        before = taps;
      }
    }
  }

  /// A group of taps of the panel, of so many vectors.
  SmallVector<Value> loadTaps(Value source, int64_t row, int64_t kx,
                              int64_t count) {
    int64_t panelRows = ceilDiv(geometry.kernelH, kGroup);
    if (row >= panelRows)
      return SmallVector<Value>(count, builder.constant(words, 0));
    SmallVector<Value> taps;
    for (int64_t v = 0; v < count; ++v)
      taps.push_back(builder.load(
          words, builder.at(source, (kx * panelRows + row) * padded * kGroup +
                                        v * bytes)));
    return count == 4 ? transposeParts(builder, taps) : taps;
  }

  /// A group of taps `shift` rows lower, with the last ones of that `before`.
  Value lower(Value taps, Value before, int64_t shift) {
    if (shift == 0)
      return taps;
    double bits = 8.0 * static_cast<double>(shift);
    return builder.create<arith::OrIOp>(
        builder.create<arith::ShLIOp>(taps, builder.constant(words, bits)),
        builder.create<arith::ShRUIOp>(before,
                                       builder.constant(words, 32 - bits)));
  }

  void emitTile(const ChannelTile &tile, const Strip &strip,
                ArrayRef<Value> rows, Value form, Value y,
                const StackedTile &own) {
    int64_t columnBytes = stack.columnBytes(tile);
    Value offset =
        builder.add(builder.mul(own.x, geometry.stride * columnBytes),
                    builder.mul(own.vector, bytes));
    Value taps = builder.at(form, builder.mul(own.vector, vectorWeightBytes()));
    bool isParted = stack.isParted(tile);
    int64_t vectors = isParted ? tile.vectors : 1;
    SmallVector<Value> sums(own.pixels * vectors, builder.constant(words, 0));
    for (int64_t v = 0; v < vectors; ++v) {
      SmallVector<Value> part(own.pixels, builder.constant(words, 0));
      for (auto [row, codes] : llvm::enumerate(rows))
        addTaps(part, builder.at(builder.at(codes, offset), v * bytes),
                columnBytes,
                builder.at(taps, v * vectorWeightBytes() +
                                     placeOf(static_cast<int64_t>(row), 0)));
      for (int64_t pixel = 0; pixel < own.pixels; ++pixel)
        sums[pixel * vectors + v] = part[pixel];
    }
    Value pixel =
        builder.add(builder.mul(y, geometry.outW), builder.add(strip.x, own.x));
    Value channel =
        builder.add(tile.first, builder.mul(own.vector, stack.lanes()));
    epilogue.emit({sums, vectors, pixel, channel,
                   own.count - (vectors - 1) * stack.lanes(), isParted});
  }

  /// Adds the products of a group of rows of taps to all pixels, column after
  /// column.
  void addTaps(MutableArrayRef<Value> sums, Value codes, int64_t columnBytes,
               Value taps) {
    int64_t stride = geometry.stride, pixels = sums.size();
    SmallVector<Value> group;
    for (int64_t kx = 0; kx < geometry.kernelW; ++kx)
      group.push_back(builder.load(words, builder.at(taps, kx * bytes)));
    for (int64_t c = 0; c < (pixels - 1) * stride + geometry.kernelW; ++c) {
      Value column;
      for (int64_t kx = 0; kx < geometry.kernelW; ++kx) {
        int64_t pixel = (c - kx) / stride;
        if (c < kx || (c - kx) % stride != 0 || pixel >= pixels)
          continue;
        if (!column)
          column = builder.load(words, builder.at(codes, c * columnBytes));
        sums[pixel] = dot.add(builder, sums[pixel], column, group[kx]);
      }
    }
  }

  const DotProduct &dot;
  KernelFrame &frame;
  KernelBuilder builder;
  Geometry geometry;
  int64_t padded, bytes;
  VectorType words;
  RowStack stack;
  TileEpilogue epilogue;
  /// Of a tile of channels: [shift][vector][row of groups][kx].
  Value weights;
};

} // namespace

std::optional<LayerPlan>
mlir::oqat::planQuadDepthwise(const VectorTarget &target, DepthwiseConv2DOp op,
                              const AccumulatorBounds &bounds) {
  bool fitsByte = !op.getOdd() || op.getWeightBits() < 8;
  if (!target.dots.front()->sumsInPlace() || op.getInputZeroPoint() != 0 ||
      !fitsByte)
    return {};
  Geometry geometry(op.getInput().getType(), op.getResult().getType(),
                    op.getKernel()[0], op.getKernel()[1], op.getStride());
  int64_t channels = geometry.inC;
  LayerPlan plan;
  plan.accumulators = bounds;
  plan.panel = WeightPanel{channels,
                           /*taps=*/op.getKernel()[0],
                           /*inputs=*/op.getKernel()[1],
                           static_cast<int64_t>(op.getWeightBits()), kGroup,
                           // Four vectors are loaded where more than two are.
                           roundUp(channels, 4 * target.lanes),
                           /*elementBytes=*/1, op.getOdd()};
  plan.panel->groupsTaps = true;
  plan.units = RowStack::countUnits(geometry, 4 * target.lanes, kGroup);
  plan.kernel = "quads";
  return plan;
}

void mlir::oqat::emitQuadDepthwise(EmitContext context, DepthwiseConv2DOp op) {
  QuadDepthwiseEmitter(context, op).emit();
}
