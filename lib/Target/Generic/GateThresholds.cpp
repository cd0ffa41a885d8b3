//===- GateThresholds.cpp - Gated codes by thresholds ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// While a picture runs, each channel has one gate, so a gated code of few bits
// is a function of the code that goes in: every operation between both is
// monotone, and so is all of it (N6 calls it a map per picture and channel). A
// NaN, as of 0 by an infinite gate, has the zero point's code, which is between
// those of what lies on either side of it.
// Its steps are found by bisection with the very operations that would
// otherwise be done for every pixel; then a code takes a compare per step.
//
// A falling channel, one with a negative gate or scale, sees its codes upside
// down.
//
//===----------------------------------------------------------------------===//

#include "GateThresholds.h"

#include "PackedEpilogue.h"
#include "Steps.h"
#include "Tiles.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

constexpr int64_t kHighestInput = 255;
/// What makes a signed byte of an unsigned one.
constexpr int64_t kSign = 128;
/// Pixels between two loads of the same thresholds.
constexpr int64_t kPixels = 4;

int64_t stepsOf(ElementwiseOp op) {
  auto codes = cast<CodesType>(op.getResult().getType().getElementType());
  return (int64_t(1) << codes.getBits()) - 1;
}

/// How many steps are looked for side by side.
int64_t stepsAtOnce(int64_t steps) {
  int64_t most = 7;
  while (steps % most != 0)
    --most;
  return most;
}

int64_t pixelsOf(ElementwiseOp op) {
  RankedTensorType type = op.getInput().getType();
  return type.getDimSize(1) * type.getDimSize(2);
}

/// A tile's channels are those of a cache line.
ChannelTiling tilingOf(const VectorTarget &target, int64_t channels) {
  constexpr int64_t kLineBytes = 64;
  int64_t bytes = 4 * target.lanes;
  return ChannelTiling(channels, bytes,
                       std::max<int64_t>(kLineBytes / bytes, 1));
}

class GateThresholdsEmitter {
public:
  GateThresholdsEmitter(const EmitContext &context, ElementwiseOp op)
      : target(context.target), frame(context.frame), builder(frame.builder),
        zeroPoint(op.getInputZeroPoint()),
        channels(op.getInput().getType().getDimSize(3)), pixels(pixelsOf(op)),
        steps(stepsOf(op)), bytes(4 * target.lanes),
        padded(roundUp(channels, bytes)),
        words(builder.vectorOf(builder.getI32Type(), target.lanes)),
        epilogue(builder, context, op) {
    found = builder.allocate((kThresholds + steps) * padded);
  }

  /// Threads share pixels, as the layers around do: looking for all thresholds
  /// takes less than reading codes that another core has written.
  void emit() {
    tilingOf(target, channels).forEach(builder, [&](ChannelTile tile) {
      emitTile(tile);
    });
  }

private:
  /// Rows of what is found, a byte per channel: what turns a code into a signed
  /// byte, or that of the code upside down; the lowest code; thresholds.
  enum Row { kFlips = 0, kLowest = 1, kThresholds = 2 };

  Value at(int64_t row, Value channel) {
    return builder.at(found, builder.add(channel, row * padded));
  }
  Value word(int64_t value) {
    return builder.constant(words, static_cast<double>(value));
  }
  Value compare(arith::CmpIPredicate predicate, Value lhs, Value rhs) {
    return builder.create<arith::CmpIOp>(predicate, lhs, rhs);
  }

  /// The layer's code of input codes, of the channels from one on.
  Value codeOf(Value input, Value channel) {
    if (zeroPoint != 0)
      input = builder.sub(input, word(zeroPoint));
    return epilogue.toCodes(input, channel);
  }

  void emitTile(const ChannelTile &tile) {
    int64_t count = (tile.vectors - 1) * bytes + tile.lastCount;
    builder.loop(builder.index(0), builder.index(count), target.lanes,
                 [&](Value i) { findThresholds(builder.add(tile.first, i)); });
    forEachPixelBlock(
        builder, frame, pixels / kPixels, pixels, kPixels, [&](Value pixel) {
          for (int64_t v = 0; v < tile.vectors; ++v)
            countThresholds(pixel, builder.add(tile.first, v * bytes),
                            v + 1 == tile.vectors ? tile.lastCount : bytes);
        });
  }

  void findThresholds(Value channel) {
    auto store = [&](Value value, Value pointer) {
      VectorType narrow =
          builder.vectorOf(builder.getI8Type(), words.getNumElements());
      builder.store(builder.create<arith::TruncIOp>(narrow, value), pointer);
    };
    Value ends[] = {codeOf(word(0), channel),
                    codeOf(word(kHighestInput), channel)};
    Value falls = compare(arith::CmpIPredicate::slt, ends[1], ends[0]);
    Value flip =
        builder.create<arith::SelectOp>(falls, word(kHighestInput), word(0));
    Value lowest = builder.create<arith::MinSIOp>(ends[0], ends[1]);
    store(builder.create<arith::XOrIOp>(flip, word(kSign)),
          at(kFlips, channel));
    store(lowest, at(kLowest, channel));
    int64_t group = stepsAtOnce(steps);
    builder.loop(
        builder.index(0), builder.index(steps), group, [&](Value first) {
          SmallVector<Value> wanted, lasts;
          for (int64_t k = 1; k <= group; ++k)
            wanted.push_back(
                builder.splat(builder.create<arith::TruncIOp>(
                                  builder.getI32Type(), builder.add(first, k)),
                              words.getNumElements()));
          bisect(channel, flip, wanted, lasts);
          Value row =
              builder.at(at(kThresholds, channel), builder.mul(first, padded));
          for (auto [k, last] : llvm::enumerate(lasts)) {
            // A step that all codes are above is part of the lowest one.
            last = builder.create<arith::SelectOp>(
                compare(arith::CmpIPredicate::sge, lowest, wanted[k]),
                word(kHighestInput), last);
            store(builder.create<arith::XOrIOp>(last, word(kSign)),
                  builder.at(row, static_cast<int64_t>(k) * padded));
          }
        });
  }

  /// For each of some codes the last input with a lower one, which is above
  /// every input before. All are looked for side by side, because a try has to
  /// wait for the one before it.
  void bisect(Value channel, Value flip, ArrayRef<Value> wanted,
              SmallVectorImpl<Value> &lasts) {
    lasts.assign(wanted.size(), word(0));
    for (int64_t bit = kSign; bit != 0; bit /= 2)
      for (auto [last, step] : llvm::zip_equal(lasts, wanted)) {
        Value next = builder.add(last, word(bit));
        Value code = codeOf(builder.create<arith::XOrIOp>(next, flip), channel);
        last = builder.create<arith::SelectOp>(
            compare(arith::CmpIPredicate::slt, code, step), next, last);
      }
  }

  void countThresholds(Value pixel, Value channel, int64_t count) {
    VectorType type = builder.vectorOf(builder.getI8Type(), bytes);
    auto load = [&](int64_t row) {
      return builder.load(type, at(row, channel));
    };
    Value element = builder.add(builder.mul(pixel, channels), channel);
    Value flips = load(kFlips), lowest = load(kLowest);
    Value inputs[kPixels], codes[kPixels];
    for (int64_t p = 0; p < kPixels; ++p) {
      Value input = builder.load(
          type, builder.at(builder.at(frame.input, element), p * channels));
      inputs[p] = builder.create<arith::XOrIOp>(input, flips);
      codes[p] = lowest;
    }
    for (int64_t k = 0; k < steps; ++k) {
      Value threshold = load(kThresholds + k);
      for (auto [input, code] : llvm::zip_equal(inputs, codes)) {
        // Steps up to the lowest code are never below.
        Value isAbove = compare(arith::CmpIPredicate::sgt, input, threshold);
        code = countStep(builder, code, isAbove, k + 1);
      }
    }
    for (int64_t p = 0; p < kPixels; ++p)
      builder.storeFirst(
          codes[p], count,
          builder.at(builder.at(frame.result, element), p * channels));
  }

  const VectorTarget &target;
  KernelFrame &frame;
  KernelBuilder builder;
  int64_t zeroPoint, channels, pixels, steps, bytes, padded;
  VectorType words;
  PackedEpilogue epilogue;
  Value found;
};

} // namespace

bool mlir::oqat::hasGateThresholds(const VectorTarget &target,
                                   ElementwiseOp op) {
  RankedTensorType input = op.getInput().getType();
  if (!isa<CodesType>(input.getElementType()) || input.getRank() != 4 ||
      pixelsOf(op) < kPixels || !op.getGate() || op.getResidual() ||
      op.getActivation() == ActivationKind::HSwish ||
      !isa<CodesType>(op.getResult().getType().getElementType()))
    return false;
  // Cycles for a vector of words (docs/Performance.md): rounding it, a try of
  // the bisection by itself and beside others, and its share of a compare of
  // bytes, which makes a mask where there are 16 lanes.
  constexpr double kLatency = 25, kTry = 12, kTries = 8;
  bool makesMasks = target.lanes == 16;
  const double rounding = makesMasks ? 5 : 6,
               compare = makesMasks ? 0.6 : 0.125;
  auto pixels = static_cast<double>(pixelsOf(op));
  auto steps = static_cast<double>(stepsOf(op));
  auto group = static_cast<double>(stepsAtOnce(stepsOf(op)));
  return steps * kTries * std::max(kTry, kLatency / group) +
             pixels * (steps + 1) * compare <
         pixels * rounding;
}

int64_t mlir::oqat::countGateUnits(ElementwiseOp op) {
  return pixelsOf(op) / kPixels;
}

void mlir::oqat::emitGateThresholds(EmitContext context, ElementwiseOp op) {
  GateThresholdsEmitter(context, op).emit();
}
