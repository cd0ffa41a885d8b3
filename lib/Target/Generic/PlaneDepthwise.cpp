//===- PlaneDepthwise.cpp - Depthwise, three taps of a row by table -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With the pixels of one channel in a vector, three adjacent codes of 2 bits in
// each byte choose, of the row of a table that belongs to three weights, the
// sum of their products. So a lookup and an addition take three taps of as many
// pixels as a vector has bytes, for which planes are made of the picture
// (PlanePacker), 32 channels and some rows at a time:
//
//   records   two bits a code, four codes a byte, as rows have them
//   indices   of each lane, the codes from its first tap on, its fourth ...
//   sums      from lookups
//   pixels    of 32 channels, transposed
//
// A bias makes entries non-negative, and the actual weights prove that sums
// stay in bytes (LookupPlan).
//
//===----------------------------------------------------------------------===//

#include "LookupPlan.h"
#include "PlaneIndices.h"
#include "PlaneStore.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// Vectors of sums in registers.
constexpr int64_t kMaxVectors = 8;

constexpr int64_t kBytes = PlaneShape::kBytes, kPart = PlaneShape::kPart,
                  kTaps = PlaneShape::kTaps, kChannels = PlaneShape::kChannels;

Geometry shapeOf(DepthwiseConv2DOp op) {
  return Geometry(op.getInput().getType(), op.getResult().getType(),
                  op.getKernel()[0], op.getKernel()[1], op.getStride());
}

class PlaneDepthwiseEmitter {
public:
  PlaneDepthwiseEmitter(const EmitContext &context, DepthwiseConv2DOp op,
                        const LookupPlan &lookups)
      : target(context.target), frame(context.frame), builder(frame.builder),
        shape(shapeOf(op), context.plan.inputPlanes.has_value()),
        geometry(shape.geometry), padded(context.plan.panel->tileOutputs),
        type(builder.vectorOf(builder.getI8Type(), kBytes)),
        packer(builder, frame, shape, context.plan.inputPlanes),
        indices(builder, context, shape, packer),
        store(builder, context, op, shape, lookups),
        table(frame.addBytes(makeTapTable(lookups, kTaps))) {
    weights = builder.allocate(shape.channels.vectors * vectorWeightBytes());
    sums = builder.allocate(shape.channels.vectors * vectorSumBytes());
  }

  void emit() {
    if (!shape.sharesRows)
      return emitBand({builder.index(0), builder.index(geometry.outH)},
                      frame.begin, frame.end);
    Share share = shareEvenly(builder, frame, shape.getUnits(), geometry.outH);
    // As few bands as can be, all about as high, so that none has fewer rows
    // than a vector.
    Value count = builder.sub(share.end, share.first);
    Value bands = builder.create<arith::DivUIOp>(
        builder.add(count, shape.band - 1), builder.index(shape.band));
    auto startOf = [&](Value index) {
      Value rows = builder.create<arith::MulIOp>(index, count);
      return builder.add(share.first,
                         builder.create<arith::DivUIOp>(rows, bands));
    };
    builder.loop(builder.index(0), bands, 1, [&](Value index) {
      Value y = startOf(index);
      emitBand({y, builder.sub(startOf(builder.add(index, 1)), y)}, {}, {});
    });
  }

private:
  /// Output rows [y, y + count).
  struct Band {
    Value y, count;
  };

  /// A band of tiles of channels [begin, end) or all.
  void emitBand(const Band &band, Value begin, Value end) {
    shape.channels.forEach(
        builder,
        [&](const ChannelTile &channels) {
          shape.forEachVector(builder, channels,
                              [&](Value vector, Value channel, int64_t) {
                                arrangeWeights(vector, channel);
                              });
          for (size_t tile = 0; tile < shape.tiles.size(); ++tile) {
            packer.pack(shape.tiles[tile], band.y, band.count, channels);
            emitTile(static_cast<int64_t>(tile), band, channels);
          }
        },
        begin, end);
  }

  void emitTile(int64_t tile, const Band &band, const ChannelTile &channels) {
    shape.forEachVector(
        builder, channels, [&](Value vector, Value channel, int64_t count) {
          int64_t whole = count / kPart * kPart;
          auto emit = [&](Value first, int64_t own) {
            emitPart(tile, band, vector, channel, first, own);
          };
          builder.loop(builder.index(0), builder.index(whole), kPart,
                       [&](Value first) { emit(first, kPart); });
          if (whole != count)
            emit(builder.index(whole), count - whole);
        });
    builder.loop(builder.index(0), shape.countVectors(builder, band.count), 1,
                 [&](Value pixels) {
                   Value row = builder.add(band.y, firstRow(band, pixels));
                   Value pixel = builder.add(builder.mul(row, geometry.outW),
                                             shape.tiles[tile].first);
                   shape.forEachVector(
                       builder, channels,
                       [&](Value vector, Value channel, int64_t count) {
                         store.emit(sumsAt(vector, pixels),
                                    shape.vectors() * kBytes, pixel, channel,
                                    count);
                       });
                 });
  }

  /// The sums of `count` channels of a vector of them, from `first` on.
  void emitPart(int64_t tile, const Band &band, Value vector, Value channel,
                Value first, int64_t count) {
    Value all = builder.index(count);
    int64_t batch = indices.getBatch();
    builder.loop(builder.index(0), all, batch, [&](Value start) {
      Value end = builder.min(all, builder.add(start, batch));
      builder.loop(start, end, 1, [&](Value element) {
        indices.make(tile, band.count, vector, builder.add(element, first),
                     indices.at(builder.sub(element, start)));
      });
      builder.loop(start, end, 1, [&](Value element) {
        emitSums(band, vector, channel, builder.add(element, first),
                 indices.at(builder.sub(element, start)));
      });
    });
  }

  //===--------------------------------------------------------------------===//
  // Weights
  //===--------------------------------------------------------------------===//

  /// Of the taps of a vector of channels from `channel` on, the places of their
  /// rows of the table: [ky][group][channel] in 16 bits.
  void arrangeWeights(Value vector, Value channel) {
    VectorType codes = builder.vectorOf(builder.getI8Type(), kChannels),
               shorts = builder.vectorOf(builder.getI16Type(), kChannels);
    Value source = builder.at(frame.panel, channel);
    Value goal = builder.at(weights, builder.mul(vector, vectorWeightBytes()));
    for (int64_t ky = 0; ky < geometry.kernelH; ++ky)
      for (int64_t group = 0; group < indices.getGroups(); ++group) {
        Value row;
        int64_t first = group * kTaps;
        for (int64_t kx = first; kx < std::min(first + kTaps, geometry.kernelW);
             ++kx) {
          Value code = builder.create<arith::AndIOp>(
              builder.load(
                  codes,
                  builder.at(source, (ky * geometry.kernelW + kx) * padded)),
              builder.constant(codes, 3));
          code = builder.create<arith::ShLIOp>(
              builder.create<arith::ExtUIOp>(shorts, code),
              builder.constant(shorts,
                               static_cast<double>(llvm::Log2_64(kBytes) +
                                                   2 * (kx - first))));
          row =
              row ? builder.create<arith::OrIOp>(row, code).getResult() : code;
        }
        builder.store(row, builder.at(goal, tapBytes(ky, group)));
      }
  }

  int64_t vectorWeightBytes() const { return tapBytes(geometry.kernelH, 0); }
  int64_t tapBytes(int64_t ky, int64_t group) const {
    return (ky * indices.getGroups() + group) * 2 * kChannels;
  }

  //===--------------------------------------------------------------------===//
  // Sums: [vector of channels][channel][vector of pixels]
  //===--------------------------------------------------------------------===//

  /// The output row, of those of a band, with which a vector starts.
  Value firstRow(const Band &band, Value vector) {
    if (shape.rows == 1)
      return vector;
    Value last =
        builder.max(builder.add(band.count, -shape.rows), builder.index(0));
    return builder.min(builder.mul(vector, shape.rows), last);
  }

  int64_t vectorSumBytes() const {
    return kChannels * shape.vectors() * kBytes;
  }

  Value sumsAt(Value vector, Value pixels) {
    return builder.at(builder.at(sums, builder.mul(vector, vectorSumBytes())),
                      builder.mul(pixels, kBytes));
  }

  /// Of channel `element` of a vector of channels from `first` on.
  void emitSums(const Band &band, Value vector, Value first, Value element,
                Value source) {
    Value place = builder.add(builder.mul(vector, kChannels), element);
    Value channel = builder.add(first, element);
    Value taps = builder.at(
        builder.at(weights, builder.mul(vector, vectorWeightBytes())),
        builder.mul(element, 2));
    int64_t all = shape.vectors();
    int64_t count = ceilDiv(all, ceilDiv(all, kMaxVectors));
    ChannelRequantizer::Channel own = store.start(channel);
    Value goal = builder.at(sums, builder.mul(place, all * kBytes));
    Value end = shape.countVectors(builder, band.count);
    Value last = builder.max(builder.add(end, -count), builder.index(0));
    builder.loop(builder.index(0), end, count, [&](Value next) {
      Value start = builder.min(next, last);
      for (auto [v, sum] :
           llvm::enumerate(lookUp(band, taps, source, start, count)))
        builder.store(
            store.prepare(own, sum),
            builder.at(goal, builder.mul(builder.add(start, v), kBytes)));
    });
  }

  SmallVector<Value> lookUp(const Band &band, Value taps, Value source,
                            Value first, int64_t count) {
    SmallVector<Value> own(count, builder.constant(type, 1)), places;
    for (int64_t v = 0; v < count; ++v)
      places.push_back(builder.at(
          source, indices.rowBytes(firstRow(band, builder.add(first, v)))));
    for (int64_t ky = 0; ky < geometry.kernelH; ++ky)
      for (int64_t group = 0; group < indices.getGroups(); ++group) {
        Value offset = builder.create<arith::ExtUIOp>(
            builder.getI64Type(),
            builder.load(builder.getI16Type(),
                         builder.at(taps, tapBytes(ky, group))));
        Value entries = builder.load(type, builder.at(table, offset));
        for (int64_t v = 0; v < count; ++v) {
          Value codes = builder.load(
              type, builder.at(places[v], indices.tapBytes(ky, group)));
          own[v] = target.addLookup(builder, own[v], entries, codes);
        }
      }
    return own;
  }

  const VectorTarget &target;
  KernelFrame &frame;
  KernelBuilder builder;
  PlaneShape shape;
  const Geometry &geometry;
  int64_t padded;
  VectorType type;
  PlanePacker packer;
  PlaneIndices indices;
  PlaneStore store;
  Value table, weights, sums;
};

} // namespace

std::optional<LayerPlan>
mlir::oqat::planPlaneDepthwise(const VectorTarget &target, DepthwiseConv2DOp op,
                               const AccumulatorBounds &bounds, bool ofPlanes) {
  // A missing tap has the code 0, which must mean 0.
  if (!target.selectsBits() || op.getInputZeroPoint() != 0 ||
      !PlaneShape::isFor(shapeOf(op)) ||
      (op.getOdd() && op.getKernel()[1] % kTaps != 0) ||
      !planLookups(target, op))
    return {};
  int64_t channels = op.getResult().getType().getDimSize(3);
  LayerPlan plan;
  plan.accumulators = bounds;
  plan.usesTable = true;
  plan.panel =
      WeightPanel{channels,          op.getKernel()[0] * op.getKernel()[1],
                  /*inputs=*/1,      static_cast<int64_t>(op.getWeightBits()),
                  /*group=*/1,       roundUp(channels, kPart),
                  /*elementBytes=*/1};
  plan.units = PlaneShape(shapeOf(op), ofPlanes).getUnits();
  plan.kernel = ofPlanes ? kPlanarPrefix.str() : "planes";
  if (ofPlanes)
    plan.inputPlanes.emplace(op.getInput().getType(), op.getKernel()[0] / 2);
  return plan;
}

void mlir::oqat::emitPlaneDepthwise(EmitContext context, DepthwiseConv2DOp op) {
  PlaneDepthwiseEmitter(context, op, *planLookups(context.target, op)).emit();
}
