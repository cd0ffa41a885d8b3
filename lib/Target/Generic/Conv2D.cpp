//===- Conv2D.cpp - Quantized convolutions --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A register tile of some pixels times some vectors of output channels; channel
// tiles outermost, so that their panel, which lies in one piece, stays in the
// first-level cache. A 1x1
// convolution of stride 1 sees the picture as one row.
//
// Where few channels would leave much of each tap's last group empty, the taps
// of some pixels are gathered first, and the rest is as for a 1x1 convolution;
// where one instruction adds a group's products, rows are copied with their
// border, and a row of taps becomes one tap with all their inputs.
//
// With a zero point z of the input, each tap also adds -z times the sum of its
// weights, a constant per output channel. Odd weights 2q + 1 lie in the panel
// where an element holds them; where it can't (8 bits), the sum of q*a is
// doubled and the sum of a, which all channels share, joins it.
//
// Where sums of the dot product are narrow and the weights don't prove that all
// of a layer fits, sums start again every few groups and join others of 32
// bits.
//
// Where two outputs share bytes of the panel, each half of a byte becomes 16
// times its weight without moving more than once, and sums are divided by that.
//
// All of this is arithmetic modulo 2^32, of which the plan proves the result.
//
//===----------------------------------------------------------------------===//

#include "Conv2DPlan.h"
#include "ReadAhead.h"
#include "RowBand.h"
#include "TapGather.h"
#include "TileEpilogue.h"
#include "oqat/Target/Weights.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

class Conv2DEmitter {
public:
  Conv2DEmitter(const EmitContext &context, Conv2DOp op)
      : Conv2DEmitter(context, op, Conv2DDot(context.target, op)) {}

  void emit() {
    if (geometry.isVector()) {
      gather(builder.index(0), 1);
      return shape.channels.forEach(
          builder,
          [&](ChannelTile tile) { emitPixels(tile, builder.index(0), 1); },
          frame.begin, frame.end);
    }
    if (gathered)
      return emitGathered();
    if (band)
      return emitBands();
    shape.channels.forEach(builder, [&](ChannelTile tile) {
      if (geometry.isFlat())
        return emitFlat(tile);
      builder.loop(frame.begin, frame.end, 1, [&](Value y) {
        forEachRowTile(builder, geometry, shape.pixels,
                       [&](RowTile pixels) { emitRowTile(tile, y, pixels); });
      });
    });
  }

private:
  Conv2DEmitter(const EmitContext &context, Conv2DOp op,
                const Conv2DDot &choice)
      : target(context.target), dot(*choice.dot), segment(choice.segment),
        plan(context.plan), frame(context.frame), builder(frame.builder),
        geometry(choice.getGeometry(op)), panel(*context.plan.panel),
        zeroPoint(op.getInputZeroPoint()), hasCodeSums(choice.sumsCodes),
        shape(target, geometry, panel.outputs, choice,
              panel.tileOutputs / target.lanes),
        ahead(context, builder, shape.countRuns(geometry)),
        epilogue(builder, context, op, /*sumBits=*/32) {
    if (choice.bands)
      band.emplace(builder, frame, geometryOf(op), zeroPoint);
    if (zeroPoint != 0)
      addCorrections(op);
    if (hasCodeSums)
      addOnes();
    if (dot.getCodeBytes() == 2)
      widened = builder.allocate(shape.pixels * widenedBytes());
    if (!choice.gathers)
      return;
    constexpr int64_t kChunk = 16; // more than a pixel has channels
    taps.emplace(frame, geometryOf(op), zeroPoint, kChunk);
    gathered = builder.allocate(shape.pixels * geometry.inC);
  }

  /// [pixel][vector], then the sum of each pixel's codes where that is needed.
  using Accumulators = SmallVector<Value>;

  VectorType words() {
    return builder.vectorOf(builder.getI32Type(), target.lanes);
  }

  Accumulators zeros(int64_t pixels, int64_t vectors) {
    return Accumulators(
        pixels * (vectors + hasCodeSums),
        builder.constant(hasSegments() ? words() : dot.getSumType(builder), 0));
  }

  bool hasSegments() const { return segment != DotProduct::kAllGroups; }

  int64_t paddedOutputs() const {
    return roundUp(panel.outputs, kPanelOutputs);
  }

  /// Whether all taps of all pixels are read.
  bool readsAllTaps() const { return band || geometry.isFlat(); }

  /// -z times the sum of a tap's weights in the panel, [tap][outputs]; with
  /// bands of all taps.
  void addCorrections(Conv2DOp op) {
    std::vector<int16_t> weights = unpackWeights(op, panel.odd);
    int64_t ownTaps = band ? 1 : panel.taps;
    SmallVector<int32_t> sums(ownTaps * paddedOutputs(), 0);
    size_t next = 0;
    for (int64_t n = 0; n < panel.outputs; ++n)
      for (int64_t tap = 0; tap < panel.taps; ++tap)
        for (int64_t c = 0; c < panel.inputs; ++c)
          sums[tap % ownTaps * paddedOutputs() + n] -=
              static_cast<int32_t>(zeroPoint * weights[next++]);
    corrections =
        frame.addBytes(ArrayRef(reinterpret_cast<const uint8_t *>(sums.data()),
                                sums.size() * sizeof(int32_t)));
  }

  /// A weight of 1 for every input, 0 for what fills up the last group.
  void addOnes() {
    SmallVector<uint8_t> bytes(roundUp(panel.inputs, panel.group), 0);
    std::fill_n(bytes.begin(), panel.inputs, 1);
    ones = frame.addBytes(bytes);
  }

  /// What a zero point takes off the sums of the pixels that read tap `tap`.
  void correct(ChannelTile tile, Value tap, ArrayRef<Value> codes,
               Accumulators &sums) {
    Value row = builder.at(
        corrections,
        builder.mul(builder.add(builder.mul(tap, paddedOutputs()), tile.first),
                    4));
    auto add = [&](size_t index, Value term) {
      sums[index] = builder.create<arith::AddIOp>(sums[index], term);
    };
    for (int64_t v = 0; v < tile.vectors; ++v) {
      Value term = builder.load(words(), builder.at(row, v * target.lanes * 4));
      for (size_t p = 0; p < codes.size(); ++p)
        if (codes[p])
          add(p * tile.vectors + v, term);
    }
    if (!hasCodeSums)
      return;
    Value term = builder.constant(
        words(), -static_cast<double>(zeroPoint * panel.inputs *
                                      (band ? panel.taps : 1)));
    for (size_t p = 0; p < codes.size(); ++p)
      if (codes[p])
        add(codes.size() * tile.vectors + p, term);
  }

  /// Units are groups of `pixels` pixels; the last one takes the rest too.
  void emitFlat(ChannelTile tile) {
    int64_t all = geometry.outH * geometry.outW;
    int64_t pixels = std::min(shape.pixels, all);
    forEachPixelBlock(builder, frame, plan.units, all, pixels,
                      [&](Value pixel) { emitPixels(tile, pixel, pixels); });
  }

  void emitGathered() {
    int64_t all = geometry.outH * geometry.outW;
    int64_t pixels = std::min(shape.pixels, all);
    forEachPixelBlock(builder, frame, plan.units, all, pixels,
                      [&](Value pixel) {
                        gather(pixel, pixels);
                        shape.channels.forEach(builder, [&](ChannelTile tile) {
                          emitPixels(tile, pixel, pixels);
                        });
                      });
  }

  /// Units are rows, in which tiles are equally wide; the last one may cover
  /// pixels again.
  void emitBands() {
    int64_t pixels = std::min(shape.pixels, geometry.outW);
    Value highest = builder.index(geometry.outW - pixels);
    builder.loop(frame.begin, frame.end, 1, [&](Value y) {
      band->emit(builder, y);
      shape.channels.forEach(builder, [&](ChannelTile tile) {
        builder.loop(builder.index(0), builder.index(geometry.outW), pixels,
                     [&](Value next) {
                       emitBandTile(tile, y, builder.min(next, highest),
                                    pixels);
                     });
      });
    });
  }

  void emitBandTile(ChannelTile tile, Value y, Value x, int64_t pixels) {
    Value pixel = builder.add(builder.mul(y, geometry.outW), x);
    startRun(tile, pixel);
    Value offset = builder.mul(x, band->getStep());
    auto addRow = [&](Value ky, ValueRange carried) {
      Value row = builder.at(band->rowAt(builder, ky), offset);
      SmallVector<Value> codes;
      for (int64_t p = 0; p < pixels; ++p)
        codes.push_back(builder.at(row, p * band->getStep()));
      return accumulate(tile, Accumulators(carried), codes, ky);
    };
    // Few weights stay in registers.
    constexpr int64_t kFewWeights = 12;
    Accumulators sums = zeros(pixels, tile.vectors);
    if (panel.taps * panel.getRows() * tile.vectors > kFewWeights)
      sums = builder.loop(builder.index(0), builder.index(panel.taps), 1, sums,
                          addRow);
    else
      for (int64_t ky = 0; ky < panel.taps; ++ky)
        sums = addRow(builder.index(ky), sums);
    finish(tile, pixel, sums);
  }

  void gather(Value pixel, int64_t pixels) {
    if (!gathered)
      return;
    taps->emit(builder, pixel, pixels, gathered, geometry.inC);
  }

  void emitPixels(ChannelTile tile, Value pixel, int64_t pixels) {
    Value base =
        gathered ? gathered
                 : builder.at(frame.input, builder.mul(pixel, geometry.inC));
    SmallVector<Value> codes;
    for (int64_t p = 0; p < pixels; ++p)
      codes.push_back(builder.at(base, p * geometry.inC));
    startRun(tile, pixel);
    finish(
        tile, pixel,
        accumulate(tile, zeros(pixels, tile.vectors), codes, builder.index(0)));
  }

  /// A run is a register tile with all of its taps.
  void startRun(ChannelTile tile, Value pixel) {
    ahead.start([&] {
      Value index = builder.create<arith::DivUIOp>(
          tile.first, builder.index(panel.tileOutputs));
      Value place =
          builder.create<arith::DivUIOp>(pixel, builder.index(shape.pixels));
      return builder.add(builder.mul(index, shape.countPlaces(geometry)),
                         place);
    });
  }

  void emitRowTile(ChannelTile tile, Value y, RowTile pixels) {
    Value pixel = builder.add(builder.mul(y, geometry.outW), pixels.x);
    startRun(tile, pixel);
    Accumulators sums = forEachTapRow(
        builder, geometry, y, zeros(pixels.pixels, tile.vectors),
        [&](Value ky, Value row, ValueRange carried) {
          return emitTapRow(tile, ky, row, pixels, Accumulators(carried));
        });
    finish(tile, pixel, sums);
  }

  Accumulators emitTapRow(ChannelTile tile, Value ky, Value row, RowTile pixels,
                          Accumulators sums) {
    Value column =
        builder.add(builder.mul(pixels.x, geometry.stride), -geometry.padW());
    Value start = builder.add(builder.mul(row, geometry.inW), column);
    Value base = builder.at(frame.input, builder.mul(start, geometry.inC));
    for (int64_t kx = 0; kx < geometry.kernelW; ++kx) {
      SmallVector<Value> codes(pixels.pixels);
      bool any = false;
      for (int64_t p = 0; p < pixels.pixels; ++p)
        if (isInside(geometry, pixels, p, kx)) {
          int64_t offset = (p * geometry.stride + kx) * geometry.inC;
          codes[p] = builder.at(base, offset);
          any = true;
        }
      if (any)
        sums = accumulate(tile, sums, codes,
                          builder.add(builder.mul(ky, geometry.kernelW), kx));
    }
    return sums;
  }

  /// Of the codes of one pixel in `widened`.
  int64_t widenedBytes() const { return roundUp(2 * panel.inputs, 64); }

  /// The codes of a tile's pixels as words, where they are loaded without a
  /// shuffle. What lies behind the last code may be anything.
  SmallVector<Value> widen(ArrayRef<Value> codes) {
    constexpr int64_t kCodes = 16;
    SmallVector<Value> words(codes.size());
    for (size_t p = 0; p < codes.size(); ++p)
      if (codes[p])
        words[p] = builder.at(widened, p * widenedBytes());
    builder.loop(
        builder.index(0), builder.index(panel.inputs), kCodes,
        [&](Value first) {
          Value offset = builder.mul(first, 2);
          for (size_t p = 0; p < codes.size(); ++p) {
            if (!codes[p])
              continue;
            Value bytes =
                builder.load(builder.vectorOf(builder.getI8Type(), kCodes),
                             builder.at(codes[p], first));
            builder.store(
                builder.create<arith::ExtUIOp>(
                    builder.vectorOf(builder.getI16Type(), kCodes), bytes),
                builder.at(words[p], offset));
          }
        });
    return words;
  }

  /// Of a group of inputs in a tile of the panel.
  int64_t groupBytes() const {
    int64_t bytes = panel.tileOutputs * panel.group * panel.elementBytes;
    return panel.pairsOutputs ? bytes / 2 : bytes;
  }

  /// Adds tap `tap` of the pixels whose codes are given.
  Accumulators accumulate(ChannelTile tile, Accumulators sums,
                          ArrayRef<Value> codes, Value tap) {
    // What every pixel has alike waits until its sums are words.
    if (corrections && !readsAllTaps())
      correct(tile, tap, codes, sums);
    int64_t groups = ceilDiv(panel.inputs, panel.group);
    Value weights =
        builder.at(frame.panel,
                   builder.add(builder.mul(tile.first, panel.getOutputBytes()),
                               builder.mul(tap, groups * groupBytes())));
    SmallVector<Value> words;
    if (widened) {
      words = widen(codes);
      codes = words;
    }
    // A tap's groups are too few for a loop.
    constexpr int64_t kFewGroups = 8;
    if (band && groups <= kFewGroups) {
      for (int64_t group = 0; group < groups; ++group)
        sums = addGroups(tile, sums, codes, weights, builder.index(group), 1);
      return sums;
    }
    int64_t whole = groups / shape.groups * shape.groups;
    if (whole != 0)
      sums = builder.loop(builder.index(0), builder.index(whole), shape.groups,
                          sums, [&](Value first, ValueRange carried) {
                            Value group =
                                builder.add(builder.mul(tap, groups), first);
                            ahead.emit(builder.create<arith::DivUIOp>(
                                group, builder.index(shape.groups)));
                            return addGroups(tile, Accumulators(carried), codes,
                                             weights, first, shape.groups);
                          });
    if (whole == groups)
      return sums;
    return addGroups(tile, sums, codes, weights, builder.index(whole),
                     groups - whole);
  }

  /// Adds the products of groups [first, first + count).
  Accumulators addGroups(ChannelTile tile, Accumulators sums,
                         ArrayRef<Value> codes, Value weights, Value first,
                         int64_t count) {
    int64_t codeBytes = panel.group * dot.getCodeBytes();
    Value row = builder.at(weights, builder.mul(first, groupBytes()));
    Value offset = builder.mul(first, codeBytes);
    auto loadCodes = [&](Value pointer) {
      SmallVector<Value> loaded;
      for (int64_t g = 0; g < count; ++g)
        loaded.push_back(dot.loadCodes(
            builder, builder.at(pointer, builder.add(offset, g * codeBytes))));
      return loaded;
    };
    SmallVector<SmallVector<Value>> columns(tile.vectors);
    for (int64_t v = 0; v < tile.vectors; ++v)
      for (int64_t g = 0; g < count; ++g)
        columns[v].push_back(loadWeights(builder.at(row, g * groupBytes()), v));
    // As many ones as codes in a group: loading them is the same.
    SmallVector<Value> one;
    if (ones)
      one = loadCodes(ones);
    for (auto [p, pointer] : llvm::enumerate(codes)) {
      if (!pointer)
        continue;
      SmallVector<Value> a = loadCodes(pointer);
      for (int64_t v = 0; v < tile.vectors; ++v)
        addProducts(sums[p * tile.vectors + v], a, columns[v]);
      if (ones)
        addProducts(sums[codes.size() * tile.vectors + p], a, one);
    }
    return sums;
  }

  /// The weights of vector `v` of a tile.
  Value loadWeights(Value row, int64_t v) {
    int64_t vectorBytes = target.lanes * panel.group * panel.elementBytes;
    if (!panel.pairsOutputs)
      return dot.loadWeights(builder, builder.at(row, v * vectorBytes));
    int64_t half = panel.tileOutputs / target.lanes / 2;
    Value both = builder.load(words(), builder.at(row, v % half * vectorBytes));
    // What enters a byte from its neighbour is cleared, too.
    if (v < half)
      both = builder.create<arith::ShLIOp>(both, builder.constant(words(), 4));
    return builder.create<arith::AndIOp>(
        both, builder.constant(words(), static_cast<int32_t>(0xf0f0f0f0)));
  }

  void addProducts(Value &sum, ArrayRef<Value> codes, ArrayRef<Value> weights) {
    Value narrow =
        hasSegments() ? builder.constant(dot.getSumType(builder), 0) : sum;
    for (auto [a, w] : llvm::zip_equal(codes, weights))
      narrow = dot.add(builder, narrow, a, w);
    sum = hasSegments()
              ? builder.create<arith::AddIOp>(sum, dot.widen(builder, narrow))
              : narrow;
  }

  void finish(ChannelTile tile, Value pixel, Accumulators sums) {
    int64_t pixels = sums.size() / (tile.vectors + hasCodeSums);
    if (!hasSegments())
      for (Value &sum : sums)
        sum = dot.widen(builder, sum);
    if (panel.pairsOutputs)
      for (Value &sum : sums)
        sum = builder.create<arith::ShRSIOp>(sum, builder.constant(words(), 4));
    if (corrections && readsAllTaps())
      correct(tile, builder.index(0), SmallVector<Value>(pixels, pixel), sums);
    auto finalSum = [&](int64_t p, int64_t v) -> Value {
      Value sum = sums[p * tile.vectors + v];
      if (!hasCodeSums)
        return sum;
      return builder.create<arith::AddIOp>(
          builder.create<arith::AddIOp>(sum, sum),
          sums[pixels * tile.vectors + p]);
    };
    TileSums tileSums{{}, tile.vectors, pixel, tile.first, tile.lastCount};
    for (int64_t p = 0; p < pixels; ++p)
      for (int64_t v = 0; v < tile.vectors; ++v)
        tileSums.values.push_back(finalSum(p, v));
    epilogue.emit(std::move(tileSums));
  }

  const VectorTarget &target;
  const DotProduct &dot;
  /// DotProduct::getSegment().
  int64_t segment;
  const LayerPlan &plan;
  KernelFrame &frame;
  KernelBuilder builder;
  Geometry geometry;
  const WeightPanel &panel;
  int64_t zeroPoint;
  bool hasCodeSums;
  Conv2DTile shape;
  ReadAhead ahead;
  TileEpilogue epilogue;
  std::optional<TapGather> taps;
  std::optional<RowBand> band;
  Value corrections, ones, widened, gathered;
};

} // namespace

void mlir::oqat::emitConv2D(EmitContext context, Conv2DOp op) {
  Conv2DEmitter(context, op).emit();
}
