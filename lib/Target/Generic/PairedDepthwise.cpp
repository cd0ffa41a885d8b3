//===- PairedDepthwise.cpp - Depthwise, two taps at a time ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where a CPU multiplies pairs of bytes and adds the two products in 16 bits, a
// depthwise convolution takes two neighbouring taps of a row at a time: the
// codes of two columns, interleaved channel by channel, which neighbouring
// pixels share. Sums stay in 16 bits for as many rows of taps as the actual
// weights prove to fit, and then join sums of 32 bits.
//
// Interleaving works within the 16-byte parts of a vector. So that channels
// come out in order, the 8-byte parts of a column are put in another order
// first.
//
//===----------------------------------------------------------------------===//

#include "TileEpilogue.h"
#include "Tiles.h"
#include "oqat/Target/Weights.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// How many rows of taps may be added in 16 bits; 0: not even one. What any
/// taps can add up to lies between the sums of positive and negative weights.
int64_t rowsInShort(DepthwiseConv2DOp op) {
  int64_t height = op.getKernel()[0], width = op.getKernel()[1];
  auto codes = cast<CodesType>(op.getInput().getType().getElementType());
  const int64_t highest = (int64_t(1) << codes.getBits()) - 1;
  std::vector<int16_t> weights = unpackWeights(op, op.getOdd());
  auto fits = [&](int64_t rows) {
    int64_t up = 0, down = 0;
    for (auto [i, weight] : llvm::enumerate(weights)) {
      if (static_cast<int64_t>(i) / width % height % rows == 0 &&
          static_cast<int64_t>(i) % width == 0)
        up = down = 0;
      (weight > 0 ? up : down) += highest * std::abs(weight);
      if (std::max(up, down) > std::numeric_limits<int16_t>::max())
        return false;
    }
    return true;
  };
  int64_t rows = height;
  while (rows != 0 && !fits(rows))
    --rows;
  return rows;
}

class PairedDepthwiseEmitter {
public:
  PairedDepthwiseEmitter(const EmitContext &context, DepthwiseConv2DOp op)
      : target(context.target), frame(context.frame), builder(frame.builder),
        geometry(op.getInput().getType(), op.getResult().getType(),
                 op.getKernel()[0], op.getKernel()[1], op.getStride()),
        panel(*context.plan.panel), bytes(4 * target.lanes),
        maxPixels(target.registers / 4), rows(rowsInShort(op)),
        epilogue(builder, context, op, isShort() ? 16 : 32) {}

  void emit() {
    ChannelTiling tiling(geometry.inC, bytes, /*maxVectors=*/1);
    builder.loop(frame.begin, frame.end, 1, [&](Value y) {
      tiling.forEach(builder, [&](ChannelTile tile) {
        forEachRowTile(builder, geometry, maxPixels,
                       [&](RowTile pixels) { emitTile(tile, y, pixels); });
      });
    });
  }

private:
  /// [pixel][half], the lower and, unless it has no channels, the upper half of
  /// the tile's channels.
  using Sums = SmallVector<Value>;
  /// Of each half.
  using Halves = SmallVector<Value, 2>;

  int64_t halves(ChannelTile tile) const {
    return tile.lastCount <= bytes / 2 ? 1 : 2;
  }

  bool isShort() const { return rows == geometry.kernelH; }

  VectorType shortType() {
    return builder.vectorOf(builder.getI16Type(), bytes / 2);
  }

  void emitTile(ChannelTile tile, Value y, RowTile pixels) {
    Sums sums;
    for (int64_t first = 0; first < geometry.kernelH; first += rows) {
      Sums zeros(halves(tile) * pixels.pixels,
                 builder.constant(shortType(), 0));
      Sums segment = forEachTapRow(
          builder, geometry, y, zeros,
          [&](Value ky, Value row, ValueRange carried) {
            return emitTapRow(tile, ky, row, pixels, Sums(carried));
          },
          first, std::min(first + rows, geometry.kernelH));
      sums = isShort() ? segment : addWords(sums, segment);
    }
    int64_t vectors = sums.size() / pixels.pixels;
    int64_t lanes = isShort() ? bytes / 2 : target.lanes;
    epilogue.emit({sums, vectors,
                   builder.add(builder.mul(y, geometry.outW), pixels.x),
                   tile.first, tile.lastCount - (vectors - 1) * lanes});
  }

  /// Sums of a segment as words, two vectors each, added to those before.
  Sums addWords(const Sums &before, const Sums &segment) {
    VectorType words = builder.vectorOf(builder.getI32Type(), target.lanes);
    Sums after;
    for (Value sum : segment)
      for (int64_t half : {0, 1}) {
        Value word = builder.create<arith::ExtSIOp>(
            words, builder.slice(sum, half * target.lanes, target.lanes));
        if (!before.empty())
          word = builder.create<arith::AddIOp>(before[after.size()], word);
        after.push_back(word);
      }
    return after;
  }

  Sums emitTapRow(ChannelTile tile, Value ky, Value row, RowTile pixels,
                  Sums sums) {
    int64_t stride = geometry.stride;
    Value column = builder.add(builder.mul(pixels.x, stride), -geometry.padW());
    Value start = builder.add(builder.mul(row, geometry.inW), column);
    Value base = builder.at(
        frame.input, builder.add(builder.mul(start, geometry.inC), tile.first));
    SmallVector<Value> columns((pixels.pixels - 1) * stride + geometry.kernelW);
    llvm::DenseMap<int64_t, Halves> pairs;
    for (int64_t kx = 0; kx < geometry.kernelW; kx += panel.group) {
      Halves weights = loadWeights(tile, ky, kx / panel.group);
      for (int64_t p = 0; p < pixels.pixels; ++p) {
        auto [place, isNew] = pairs.try_emplace(p * stride + kx);
        if (isNew) {
          // Behind the last tap of an odd kernel, any code has the weight 0. No
          // other tap comes after it, so its pair may stay.
          bool isLast = kx + 1 == geometry.kernelW;
          Value left = loadColumn(columns, base, pixels, p, kx);
          Value right =
              isLast ? left : loadColumn(columns, base, pixels, p, kx + 1);
          for (int64_t half = 0; half < halves(tile); ++half)
            place->second.push_back(interleave(left, right, 8 * half));
        }
        for (int64_t half = 0; half < halves(tile); ++half) {
          Value &sum = sums[halves(tile) * p + half];
          sum = builder.create<arith::AddIOp>(
              sum, target.multiplyPairs(builder, place->second[half],
                                        weights[half]));
        }
      }
    }
    return sums;
  }

  /// The weights of a pair of taps.
  Halves loadWeights(ChannelTile tile, Value ky, int64_t pair) {
    int64_t rowBytes = panel.tileOutputs * panel.group;
    VectorType type = builder.vectorOf(builder.getI8Type(), bytes);
    Value row = builder.at(
        frame.panel, builder.add(builder.mul(ky, panel.getRows() * rowBytes),
                                 builder.mul(tile.first, panel.group)));
    Halves weights;
    for (int64_t half = 0; half < halves(tile); ++half)
      weights.push_back(
          builder.load(type, builder.at(row, pair * rowBytes + half * bytes)));
    return weights;
  }

  /// The codes of a column, 8-byte parts in the order that interleave() needs;
  /// 0 outside the picture.
  Value loadColumn(MutableArrayRef<Value> columns, Value base, RowTile pixels,
                   int64_t p, int64_t kx) {
    VectorType type = builder.vectorOf(builder.getI8Type(), bytes);
    int64_t c = p * geometry.stride + kx;
    if (columns[c])
      return columns[c];
    if (!isInside(geometry, pixels, p, kx))
      return columns[c] = builder.constant(type, 0);
    Value codes = builder.load(type, builder.at(base, c * geometry.inC));
    int64_t parts = bytes / 16;
    SmallVector<int32_t> order;
    for (int64_t part = 0; part < 2 * parts; ++part)
      for (int64_t i = 0; i < 8; ++i)
        order.push_back(
            static_cast<int32_t>(8 * (part / 2 + part % 2 * parts) + i));
    return columns[c] =
               builder.create<LLVM::ShuffleVectorOp>(codes, codes, order);
  }

  /// Of every 16 bytes of both, 8 from `first` on in turns.
  Value interleave(Value left, Value right, int64_t first) {
    SmallVector<int32_t> order;
    for (int64_t part = 0; part < bytes; part += 16)
      for (int64_t i = part + first; i < part + first + 8; ++i) {
        order.push_back(static_cast<int32_t>(i));
        order.push_back(static_cast<int32_t>(bytes + i));
      }
    return builder.create<LLVM::ShuffleVectorOp>(left, right, order);
  }

  const VectorTarget &target;
  KernelFrame &frame;
  KernelBuilder builder;
  Geometry geometry;
  const WeightPanel &panel;
  /// Of a tile: its channels, and as many pixels as sums leave room for.
  int64_t bytes, maxPixels;
  int64_t rows;
  TileEpilogue epilogue;
};

} // namespace

std::optional<LayerPlan>
mlir::oqat::planPairedDepthwise(const VectorTarget &target,
                                DepthwiseConv2DOp op,
                                const AccumulatorBounds &bounds) {
  bool fitsByte = !op.getOdd() || op.getWeightBits() < 8;
  if (!target.hasPairs() || op.getInputZeroPoint() != 0 || !fitsByte ||
      op.getKernel()[1] == 1)
    return {};
  int64_t rows = rowsInShort(op);
  if (rows == 0)
    return {};
  int64_t channels = op.getResult().getType().getDimSize(3);
  LayerPlan plan;
  plan.accumulators = bounds;
  plan.panel = WeightPanel{channels,
                           /*taps=*/op.getKernel()[0],
                           /*inputs=*/op.getKernel()[1],
                           static_cast<int64_t>(op.getWeightBits()),
                           /*group=*/2,
                           roundUp(channels, 4 * target.lanes),
                           /*elementBytes=*/1,
                           op.getOdd()};
  plan.units = op.getResult().getType().getDimSize(1);
  plan.kernel = "pairs";
  if (rows != op.getKernel()[0])
    plan.kernel += std::to_string(rows);
  return plan;
}

void mlir::oqat::emitPairedDepthwise(EmitContext context,
                                     DepthwiseConv2DOp op) {
  PairedDepthwiseEmitter(context, op).emit();
}
