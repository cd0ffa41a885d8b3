//===- Pool.cpp - Global average pools (N4) -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Threads share the pixels, as those of the layer before did, so that each
// finds them in its cache. A share that isn't all leaves its sums behind, as
// doubles, which hold them exactly, and the last one to do so adds them up: a
// word counts the units that are done and has a bit for the first unit of each
// share.
//
//===----------------------------------------------------------------------===//

#include "PoolSums.h"
#include "oqat/Conversion/NetworkPlan.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// The most shares: the last one looks at the sums of each. There are 32 bits
/// for their first units.
constexpr int64_t kMaxUnits = 8;

int64_t countUnits(PoolOp op) {
  RankedTensorType type = op.getInput().getType();
  // The logits are the caller's memory.
  bool isLogits = llvm::any_of(op->getUsers(), llvm::IsaPred<ReturnOp>);
  return isLogits
             ? 1
             : std::min(type.getDimSize(1) * type.getDimSize(2), kMaxUnits);
}

class PoolEmitter {
public:
  PoolEmitter(const EmitContext &context, PoolOp op)
      : lanes(context.target.lanes),
        vectors(PoolSums::maxVectors(context.target, op)), frame(context.frame),
        builder(frame.builder), pixels(op.getInput().getType().getDimSize(1) *
                                       op.getInput().getType().getDimSize(2)),
        channels(op.getInput().getType().getDimSize(3)),
        units(context.plan.units),
        shared(NetworkPlan::sharedOffset(op.getResult())),
        pixelSums(builder, context, op),
        floats(builder.vectorOf(builder.getF32Type(), lanes)),
        doubles(builder.vectorOf(builder.getF64Type(), lanes)) {}

  void emit() {
    ChannelTiling tiling(channels, lanes, vectors);
    if (units == 1)
      return tiling.forEach(builder, [&](const ChannelTile &tile) {
        storeMeans(tile, pixelSums.emit(tile, builder.index(0),
                                        builder.index(pixels)));
      });
    Value count = builder.sub(frame.end, frame.begin);
    Value isPart = builder.create<arith::CmpIOp>(arith::CmpIPredicate::ne,
                                                 count, builder.index(units));
    tiling.forEach(builder, [&](const ChannelTile &tile) {
      Sums sums =
          pixelSums.emit(tile, pixelOf(frame.begin), pixelOf(frame.end));
      builder.when(
          isPart, [&] { storeSums(tile, sums); },
          [&] { storeMeans(tile, sums); });
    });
    builder.when(isPart, [&] { joinShares(tiling, count); });
  }

  /// The count, and for each unit the doubles of the share that starts there.
  static int64_t sharedBytes(int64_t units, int64_t channels) {
    return kCounterBytes + units * rowBytes(channels);
  }

private:
  static constexpr int64_t kCountBits = 32, kCounterBytes = 64;
  /// Vectors are stored whole.
  static int64_t rowBytes(int64_t channels) {
    return roundUp(channels * 8, 64) + 64;
  }

  using Sums = SmallVector<Value>;

  /// The first pixel of a unit.
  Value pixelOf(Value unit) {
    return builder.create<arith::DivUIOp>(builder.mul(unit, pixels),
                                          builder.index(units));
  }

  Value rowOf(const ChannelTile &tile, Value unit) {
    Value row = builder.add(builder.mul(unit, rowBytes(channels)),
                            shared + kCounterBytes);
    return builder.at(builder.at(frame.result, row),
                      builder.mul(tile.first, 8));
  }

  void storeSums(const ChannelTile &tile, const Sums &sums) {
    Value row = rowOf(tile, frame.begin);
    for (int64_t v = 0; v < tile.vectors; ++v)
      builder.store(sums[v], builder.at(row, v * lanes * 8));
  }

  /// Adds this share's units and the bit of its first one; returns the sum.
  Value report(Value count) {
    Value bit = builder.create<arith::ShLIOp>(
        builder.index(int64_t(1) << kCountBits), frame.begin);
    Value own = builder.create<arith::OrIOp>(bit, count);
    Value before = builder.create<LLVM::AtomicRMWOp>(
        LLVM::AtomicBinOp::add, builder.at(frame.result, shared), own,
        LLVM::AtomicOrdering::acq_rel);
    return builder.add(before, own);
  }

  /// Reports this share; the last one adds them up.
  void joinShares(const ChannelTiling &tiling, Value count) {
    Value done = report(count);
    Value all = builder.create<arith::AndIOp>(
        done, builder.index((int64_t(1) << kCountBits) - 1));
    Value isLast = builder.create<arith::CmpIOp>(arith::CmpIPredicate::eq, all,
                                                 builder.index(units));
    builder.when(isLast, [&] { addShares(tiling, done); });
  }

  void addShares(const ChannelTiling &tiling, Value done) {
    Value firsts =
        builder.create<arith::ShRUIOp>(done, builder.index(kCountBits));
    tiling.forEach(builder, [&](const ChannelTile &tile) {
      Sums zeros(tile.vectors, builder.constant(doubles, 0));
      storeMeans(tile, builder.loop(builder.index(0), builder.index(units), 1,
                                    zeros, [&](Value unit, ValueRange carried) {
                                      return addShare(tile, firsts, unit,
                                                      Sums(carried));
                                    }));
    });
  }

  /// Nothing is added where no share starts: what is there may be anything.
  Sums addShare(const ChannelTile &tile, Value firsts, Value unit, Sums sums) {
    Value isFirst = builder.create<arith::TruncIOp>(
        builder.getI1Type(),
        builder.create<arith::ShRUIOp>(firsts, unit).getResult());
    Value row = rowOf(tile, unit);
    for (int64_t v = 0; v < tile.vectors; ++v) {
      Value more = builder.load(doubles, builder.at(row, v * lanes * 8));
      sums[v] = builder.create<arith::SelectOp>(
          isFirst, builder.create<arith::AddFOp>(sums[v], more), sums[v]);
    }
    return sums;
  }

  void storeMeans(const ChannelTile &tile, const Sums &sums) {
    for (int64_t v = 0; v < tile.vectors; ++v) {
      Value sum = builder.create<arith::MulFOp>(
          sums[v], builder.constant(doubles, pixelSums.getUnit()));
      sum = builder.create<arith::DivFOp>(
          sum, builder.constant(doubles, static_cast<double>(pixels)));
      Value mean = builder.create<arith::TruncFOp>(floats, sum);
      Value channel = builder.add(tile.first, v * lanes);
      builder.storeFirst(mean, v + 1 == tile.vectors ? tile.lastCount : lanes,
                         builder.at(frame.result, builder.mul(channel, 4)));
    }
  }

  int64_t lanes, vectors;
  KernelFrame &frame;
  KernelBuilder builder;
  int64_t pixels, channels;
  /// Those of the plan, and where shares meet behind the result.
  int64_t units, shared;
  PoolSums pixelSums;
  VectorType floats, doubles;
};

} // namespace

LayerPlan mlir::oqat::planPool(const VectorTarget &target, PoolOp op) {
  LayerPlan plan;
  plan.units = countUnits(op);
  if (plan.units > 1)
    plan.sharedBytes = PoolEmitter::sharedBytes(
        plan.units, op.getInput().getType().getDimSize(3));
  plan.kernel = op.getStepAttr() ? "codes" : "fixed";
  return plan;
}

void mlir::oqat::emitPool(EmitContext context, PoolOp op) {
  PoolEmitter(context, op).emit();
}
