//===- LookupConv2D.cpp - Convolutions of 2 bits by table -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A byte shuffle looks up, in every byte of a vector, the sum of `group`
// products: the codes of one pixel choose a row of the table, which is loaded,
// and the weights of as many outputs choose the bytes of that row. The table is
// the same for all layers. A bias makes its entries non-negative, so sums stay
// in unsigned bytes for as long as the actual weights prove that they fit, and
// then move to 16 bits.
//
// Codes are packed a block of pixels at a time: input k shares a row number
// with k + rows, ..., so packing needs no shuffles. Other kernels than 1x1 of
// stride 1 gather the taps of a pixel first; outside the picture lies the zero
// point, which adds what its share of the bias takes off.
//
//===----------------------------------------------------------------------===//

#include "BiasedEpilogue.h"
#include "LookupShape.h"
#include "ReadAhead.h"
#include "TapGather.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

class LookupEmitter {
public:
  LookupEmitter(const EmitContext &context, Conv2DOp op, LookupPlan lookups)
      : target(context.target), frame(context.frame), builder(frame.builder),
        lookups(std::move(lookups)), geometry(geometryOf(op)),
        panel(*context.plan.panel), units(context.plan.units),
        bytes(target.lookupBytes()),
        shape(target, this->lookups, geometry, panel.outputs,
              panel.tileOutputs / bytes),
        ahead(context, builder, shape.countRuns()),
        epilogue(builder, context, op, this->lookups.biases,
                 this->lookups.isShort() ? 8 : 16, bytes,
                 /*isSplit=*/!this->lookups.isShort()),
        table(frame.addBytes(makeLookupTable(this->lookups, bytes))) {
    packed = builder.allocate(shape.block * shape.rowBytes);
    if (geometry.isFlat())
      return;
    gathered = builder.allocate(panel.inputs);
    taps.emplace(frame, geometry, op.getInputZeroPoint(), shape.packLanes);
  }

  void emit() {
    if (shape.isOneBlock())
      return emitBlock(builder.index(0), builder.index(shape.all), frame.begin,
                       frame.end);
    Share share = shareOf(builder, frame, units, shape.all, shape.pixels);
    // A tile at least.
    Value highest = builder.add(share.end, -shape.pixels);
    builder.loop(share.first, share.end, shape.block, [&](Value next) {
      Value start = builder.min(next, highest);
      Value count = builder.min(builder.sub(share.end, start),
                                builder.index(shape.block));
      emitBlock(start, count);
    });
  }

private:
  using Accumulators = SmallVector<Value>;

  /// `count` pixels from `start` on, of the channel tiles [begin, end) or all
  /// of them.
  void emitBlock(Value start, Value count, Value begin = {}, Value end = {}) {
    builder.loop(builder.index(0), count, 1,
                 [&](Value pixel) { pack(builder.add(start, pixel), pixel); });
    Value highest = builder.add(count, -shape.pixels);
    shape.channels.forEach(
        builder,
        [&](ChannelTile tile) {
          builder.loop(builder.index(0), count, shape.pixels, [&](Value pixel) {
            emitTile(tile, start, builder.min(pixel, highest));
          });
        },
        begin, end);
  }

  VectorType narrowType() {
    return builder.vectorOf(builder.getI8Type(), bytes);
  }
  VectorType shortType() {
    return builder.vectorOf(builder.getI16Type(), bytes / 2);
  }

  //===--------------------------------------------------------------------===//
  // Codes
  //===--------------------------------------------------------------------===//

  /// Packs the codes of `pixel` into row `place` of the block, as distances
  /// from the table's start.
  void pack(Value pixel, Value place) {
    Value codes =
        geometry.isFlat()
            ? builder.at(frame.input, builder.mul(pixel, geometry.inC))
            : gather(pixel);
    Value row = builder.at(packed, builder.mul(place, shape.rowBytes));
    VectorType wide = builder.vectorOf(builder.getI16Type(), shape.packLanes);
    builder.loop(
        builder.index(0), builder.index(lookups.rows), shape.packLanes,
        [&](Value first) {
          Value all;
          for (int64_t j = 0; j < lookups.group; ++j) {
            Value field =
                loadCodes(builder.add(first, j * lookups.rows), codes, 2 * j);
            all = all ? builder.create<arith::OrIOp>(all, field).getResult()
                      : field;
          }
          Value offset = builder.create<arith::ShLIOp>(
              builder.create<arith::ExtUIOp>(wide, all),
              builder.constant(wide, llvm::Log2_64(bytes)));
          builder.store(offset, builder.at(row, builder.mul(first, 2)));
        });
  }

  /// Codes from the `first` of a pixel on, each from bit `shift` of a byte on.
  Value loadCodes(Value first, Value codes, int64_t shift) {
    VectorType narrow = builder.vectorOf(builder.getI8Type(), shape.packLanes);
    Value loaded = builder.load(narrow, builder.at(codes, first));
    // What lies behind the last code may be anything, but is only looked up
    // where the last row lacks codes.
    if (panel.inputs % lookups.group != 0)
      loaded =
          builder.create<arith::AndIOp>(loaded, builder.constant(narrow, 3));
    if (shift == 0)
      return loaded;
    // In pairs, since no code leaves its byte and CPUs don't shift bytes.
    VectorType pairs =
        builder.vectorOf(builder.getI16Type(), shape.packLanes / 2);
    Value shifted = builder.create<arith::ShLIOp>(
        builder.create<LLVM::BitcastOp>(pairs, loaded),
        builder.constant(pairs, static_cast<double>(shift)));
    return builder.create<LLVM::BitcastOp>(narrow, shifted);
  }

  /// The taps of an output pixel side by side.
  Value gather(Value pixel) {
    taps->emit(builder, pixel, gathered);
    return gathered;
  }

  //===--------------------------------------------------------------------===//
  // Sums
  //===--------------------------------------------------------------------===//

  void startRun(ChannelTile tile, Value block, Value place) {
    ahead.start([&] {
      auto div = [&](Value value, int64_t divisor) -> Value {
        return builder.create<arith::DivUIOp>(value, builder.index(divisor));
      };
      Value index = builder.add(
          builder.mul(div(block, shape.block), shape.channels.count()),
          div(tile.first, panel.tileOutputs));
      return builder.add(builder.mul(index, shape.countPlaces()),
                         div(place, shape.pixels));
    });
  }

  void emitTile(ChannelTile tile, Value block, Value place) {
    Value codes = builder.at(packed, builder.mul(place, shape.rowBytes));
    startRun(tile, block, place);
    int64_t count = shape.pixels * tile.vectors;
    auto start = static_cast<double>(epilogue.getStart());
    Accumulators sums;
    if (lookups.isShort()) {
      // Where sums saturate, they must not start at what wraps around.
      double later = target.addsSaturate() ? start : 0;
      sums = lookUp(tile, codes, builder.index(0), builder.index(lookups.rows),
                    Accumulators(count, builder.constant(narrowType(),
                                                         1 + start - later)));
      if (later != 0)
        for (Value &sum : sums)
          sum = builder.create<arith::AddIOp>(
              sum, builder.constant(narrowType(), later));
    } else {
      sums = builder.loop(
          builder.index(0), builder.index(lookups.rows), lookups.segment,
          Accumulators(2 * count, builder.constant(shortType(), 0)),
          [&](Value first, ValueRange carried) {
            return widen(tile, codes, first, Accumulators(carried));
          });
      Value first = builder.constant(shortType(), 1 + start);
      for (Value &sum : sums)
        sum = builder.create<arith::AddIOp>(sum, first);
    }
    Value pixel = builder.add(block, place);
    for (int64_t p = 0; p < shape.pixels; ++p)
      for (int64_t v = 0; v < tile.vectors; ++v) {
        Value channel = builder.add(tile.first, v * bytes);
        int64_t used = v + 1 == tile.vectors ? tile.lastCount : bytes;
        size_t index = p * tile.vectors + v;
        Value high = lookups.isShort() ? Value() : sums[count + index];
        epilogue.emit(sums[index], high, builder.add(pixel, p), channel, used);
      }
  }

  /// Adds lookups [first, last) to sums [pixel][vector] of bytes.
  Accumulators lookUp(ChannelTile tile, Value codes, Value first, Value last,
                      Accumulators sums) {
    return builder.loop(
        first, last, 1, sums, [&](Value row, ValueRange carried) {
          Value weights = builder.at(
              frame.panel,
              builder.add(builder.mul(tile.first, panel.getOutputBytes()),
                          builder.mul(row, panel.tileOutputs)));
          SmallVector<Value> indices;
          for (int64_t v = 0; v < tile.vectors; ++v)
            indices.push_back(
                builder.load(narrowType(), builder.at(weights, v * bytes)));
          ahead.emit(row);
          Value here = builder.at(codes, builder.mul(row, 2));
          Accumulators next(carried);
          for (int64_t p = 0; p < shape.pixels; ++p) {
            Value offset = builder.create<arith::ExtUIOp>(
                builder.getI64Type(),
                builder.load(builder.getI16Type(),
                             builder.at(here, p * shape.rowBytes)));
            Value entries =
                builder.load(narrowType(), builder.at(table, offset));
            for (int64_t v = 0; v < tile.vectors; ++v) {
              Value &sum = next[p * tile.vectors + v];
              sum = target.addLookup(builder, sum, entries, indices[v]);
            }
          }
          return next;
        });
  }

  /// Adds the lookups of one segment to sums of 16 bits: those of even
  /// channels, then those of odd ones.
  Accumulators widen(ChannelTile tile, Value codes, Value first,
                     Accumulators sums) {
    size_t count = sums.size() / 2;
    Value last = builder.min(builder.add(first, lookups.segment),
                             builder.index(lookups.rows));
    Accumulators narrowSums =
        lookUp(tile, codes, first, last,
               Accumulators(count, builder.constant(narrowType(), 0)));
    for (auto [i, narrowSum] : llvm::enumerate(narrowSums)) {
      Value both = builder.create<LLVM::BitcastOp>(shortType(), narrowSum);
      Value even = builder.create<arith::AndIOp>(
          both, builder.constant(shortType(), 0xff));
      Value odd = builder.create<arith::ShRUIOp>(
          both, builder.constant(shortType(), 8));
      sums[i] = builder.create<arith::AddIOp>(sums[i], even);
      sums[count + i] = builder.create<arith::AddIOp>(sums[count + i], odd);
    }
    return sums;
  }

  const VectorTarget &target;
  KernelFrame &frame;
  KernelBuilder builder;
  LookupPlan lookups;
  Geometry geometry;
  const WeightPanel &panel;
  int64_t units, bytes;
  LookupShape shape;
  ReadAhead ahead;
  BiasedEpilogue epilogue;
  Value table, packed, gathered;
  std::optional<TapGather> taps;
};

} // namespace

std::optional<LayerPlan>
mlir::oqat::planLookupConv2D(const VectorTarget &target, Conv2DOp op,
                             const AccumulatorBounds &bounds, int64_t vectors) {
  std::optional<LookupPlan> lookups = planLookups(target, op);
  if (!lookups)
    return {};
  int64_t outputs = op.getPictureType().getDimSize(3);
  Geometry geometry = geometryOf(op);
  LookupShape shape(target, *lookups, geometry, outputs, vectors);
  LayerPlan plan;
  plan.accumulators = bounds;
  plan.usesTable = true;
  plan.panel = WeightPanel{outputs,
                           /*taps=*/1,
                           geometry.kernelH * geometry.kernelW * geometry.inC,
                           static_cast<int64_t>(op.getWeightBits()),
                           lookups->group,
                           shape.channels.vectors * target.lookupBytes(),
                           /*elementBytes=*/1};
  plan.panel->fieldBits = 2;
  plan.units = shape.units;
  plan.readsPanelOnce = shape.isOneBlock();
  planReadAhead(plan, shape.countRuns(), lookups->rows);
  plan.kernel =
      ((lookups->isShort() ? "lookup8-" : "lookup16-") + Twine(shape.pixels) +
       "x" + Twine(shape.channels.vectors * target.lookupBytes()))
          .str();
  return plan;
}

void mlir::oqat::emitLookupConv2D(EmitContext context, Conv2DOp op) {
  LookupEmitter(context, op, *planLookups(context.target, op)).emit();
}
