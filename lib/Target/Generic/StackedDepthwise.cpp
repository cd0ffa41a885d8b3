//===- StackedDepthwise.cpp - Depthwise, two rows of taps at a time -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where a CPU multiplies pairs of bytes and adds the two products in 16 bits, a
// depthwise convolution takes a tap and the one below it at a time. The codes
// of two rows are interleaved once (RowStack) for all taps and for several
// output rows. Then no tap lies outside the picture, every load is of a whole
// vector in its place, and a column is loaded once for all pixels of a tile.
//
// Sums stay in 16 bits for as many taps as the actual weights prove to fit, and
// then join sums of 32 bits.
//
//===----------------------------------------------------------------------===//

#include "RowStack.h"
#include "TileEpilogue.h"
#include "oqat/Target/Weights.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// Rows of taps at a time.
constexpr int64_t kGroup = 2;

/// In a register tile. With 16 registers some sums are spilt, which costs less
/// than loading weights more often (docs/Performance.md).
constexpr int64_t kMaxPixels = 14;

/// Taps [first, last) of stacked row `row`.
struct TapRange {
  int64_t row, first, last;
};

/// Taps whose products are added in 16 bits.
using Segment = SmallVector<TapRange>;

/// Segments of `span` columns of taps: whole rows of them, or parts of one.
SmallVector<Segment> cutTaps(int64_t rows, int64_t width, int64_t span) {
  SmallVector<Segment> segments;
  if (span >= width) {
    for (int64_t row = 0; row < rows; ++row) {
      if (row % (span / width) == 0)
        segments.emplace_back();
      segments.back().push_back({row, 0, width});
    }
    return segments;
  }
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t first = 0; first < width; first += span)
      segments.push_back({{row, first, std::min(first + span, width)}});
  return segments;
}

/// Whether the sums of a channel's taps stay in 16 bits. What any taps can add
/// up to lies between the sums of positive and negative weights.
bool fits(ArrayRef<int16_t> weights, int64_t height, int64_t width,
          const Segment &segment, int64_t highest) {
  int64_t up = 0, down = 0;
  for (const TapRange &range : segment)
    for (int64_t ky = kGroup * range.row;
         ky < std::min(kGroup * (range.row + 1), height); ++ky)
      for (int64_t kx = range.first; kx < range.last; ++kx) {
        int64_t weight = weights[ky * width + kx];
        (weight > 0 ? up : down) += highest * std::abs(weight);
      }
  return std::max(up, down) <= std::numeric_limits<int16_t>::max();
}

/// As few segments as fit; none if not even a column of taps does.
SmallVector<Segment> planSegments(DepthwiseConv2DOp op) {
  int64_t height = op.getKernel()[0], width = op.getKernel()[1];
  int64_t rows = ceilDiv(height, kGroup);
  auto codes = cast<CodesType>(op.getInput().getType().getElementType());
  const int64_t highest = (int64_t(1) << codes.getBits()) - 1;
  std::vector<int16_t> weights = unpackWeights(op, op.getOdd());
  auto allFit = [&](ArrayRef<Segment> segments) {
    for (size_t first = 0; first < weights.size(); first += height * width)
      for (const Segment &segment : segments)
        if (!fits(ArrayRef(weights).slice(first, height * width), height, width,
                  segment, highest))
          return false;
    return true;
  };
  for (int64_t span = rows * width; span > 0;
       span = span > width ? (span - 1) / width * width : span - 1) {
    SmallVector<Segment> segments = cutTaps(rows, width, span);
    if (allFit(segments))
      return segments;
  }
  return {};
}

class StackedDepthwiseEmitter {
public:
  StackedDepthwiseEmitter(const EmitContext &context, DepthwiseConv2DOp op)
      : target(context.target), frame(context.frame), builder(frame.builder),
        geometry(op.getInput().getType(), op.getResult().getType(),
                 op.getKernel()[0], op.getKernel()[1], op.getStride()),
        padded(context.plan.panel->tileOutputs), bytes(4 * target.lanes),
        segments(planSegments(op)),
        stack(builder, frame, geometry, bytes, kGroup),
        epilogue(builder, context, op, isShort() ? 16 : 32, /*channels=*/0,
                 /*areAligned=*/true) {}

  void emit() {
    stack.forEachRow([](const ChannelTile &) {},
                     [&](const ChannelTile &tile, const Strip &strip, Value y) {
                       emitRow(tile, strip, y);
                     });
  }

private:
  using Sums = SmallVector<Value>;

  bool isShort() const { return segments.size() == 1; }

  void emitRow(const ChannelTile &tile, const Strip &strip, Value y) {
    SmallVector<Value> rows;
    for (int64_t row = 0; row < stack.groups(); ++row)
      rows.push_back(stack.at(tile, y, row));
    stack.forEachTile(tile, strip, kMaxPixels, [&](const StackedTile &own) {
      emitTile(tile, rows, strip, y, own);
    });
  }

  void emitTile(const ChannelTile &tile, ArrayRef<Value> rows,
                const Strip &strip, Value y, const StackedTile &own) {
    int64_t columnBytes = stack.columnBytes(tile), lanes = stack.lanes();
    Value offset =
        builder.add(builder.mul(own.x, geometry.stride * columnBytes),
                    builder.mul(own.vector, bytes));
    Value channel = builder.add(tile.first, builder.mul(own.vector, lanes));
    Sums sums;
    for (const Segment &segment : segments) {
      Sums part(
          own.pixels,
          builder.constant(builder.vectorOf(builder.getI16Type(), lanes), 0));
      for (const TapRange &range : segment)
        addTaps(part, range, builder.at(rows[range.row], offset), columnBytes,
                channel);
      sums = isShort() ? part : addWords(sums, part);
    }
    int64_t vectors = sums.size() / own.pixels;
    Value pixel =
        builder.add(builder.mul(y, geometry.outW), builder.add(strip.x, own.x));
    epilogue.emit({sums, vectors, pixel, channel,
                   own.count - (vectors - 1) * (lanes / vectors)});
  }

  /// Adds the products of some taps to all pixels, column after column.
  void addTaps(Sums &sums, const TapRange &range, Value row,
               int64_t columnBytes, Value channel) {
    VectorType type = builder.vectorOf(builder.getI8Type(), bytes);
    int64_t stride = geometry.stride, pixels = sums.size();
    SmallVector<Value> weights;
    for (int64_t kx = range.first; kx < range.last; ++kx) {
      int64_t before = kx * ceilDiv(geometry.kernelH, kGroup) + range.row;
      weights.push_back(builder.load(
          type,
          builder.at(builder.at(frame.panel, builder.mul(channel, kGroup)),
                     before * padded * kGroup)));
    }
    for (int64_t c = range.first; c < (pixels - 1) * stride + range.last; ++c) {
      Value column;
      for (int64_t kx = range.first; kx < range.last; ++kx) {
        int64_t pixel = (c - kx) / stride;
        if (c < kx || (c - kx) % stride != 0 || pixel >= pixels)
          continue;
        if (!column)
          column = builder.load(type, builder.at(row, c * columnBytes));
        sums[pixel] = builder.create<arith::AddIOp>(
            sums[pixel],
            target.multiplyPairs(builder, column, weights[kx - range.first]));
      }
    }
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

  const VectorTarget &target;
  KernelFrame &frame;
  KernelBuilder builder;
  Geometry geometry;
  int64_t padded, bytes;
  SmallVector<Segment> segments;
  RowStack stack;
  TileEpilogue epilogue;
};

} // namespace

std::optional<LayerPlan>
mlir::oqat::planStackedDepthwise(const VectorTarget &target,
                                 DepthwiseConv2DOp op,
                                 const AccumulatorBounds &bounds) {
  bool fitsByte = !op.getOdd() || op.getWeightBits() < 8;
  if (!target.hasPairs() || op.getInputZeroPoint() != 0 || !fitsByte)
    return {};
  SmallVector<Segment> segments = planSegments(op);
  if (segments.empty())
    return {};
  Geometry geometry(op.getInput().getType(), op.getResult().getType(),
                    op.getKernel()[0], op.getKernel()[1], op.getStride());
  int64_t channels = geometry.inC;
  LayerPlan plan;
  plan.accumulators = bounds;
  plan.panel = WeightPanel{channels,
                           /*taps=*/op.getKernel()[0],
                           /*inputs=*/op.getKernel()[1],
                           static_cast<int64_t>(op.getWeightBits()),
                           kGroup,
                           roundUp(channels, 4 * target.lanes / kGroup),
                           /*elementBytes=*/1,
                           op.getOdd()};
  plan.panel->groupsTaps = true;
  plan.units = RowStack::countUnits(geometry, 4 * target.lanes, kGroup);
  plan.kernel = "rows";
  if (segments.size() != 1)
    plan.kernel += std::to_string(segments.size());
  return plan;
}

void mlir::oqat::emitStackedDepthwise(EmitContext context,
                                      DepthwiseConv2DOp op) {
  StackedDepthwiseEmitter(context, op).emit();
}
