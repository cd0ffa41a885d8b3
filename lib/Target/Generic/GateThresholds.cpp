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
// Where gates are known to be in [0, 1], there is no such channel, and each
// step is where a quotient says, or one input further: one try decides. Many
// steps are lines then (GateLines), if all channels of a tile have one.
//
//===----------------------------------------------------------------------===//

#include "GateThresholds.h"

#include "GateLines.h"
#include "Steps.h"
#include "Tiles.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

constexpr int64_t kHighestInput = GateSteps::kInputs - 1;
/// What makes a signed byte of an unsigned one.
constexpr int64_t kSign = 128;
/// Pixels between two loads of the same thresholds.
constexpr int64_t kPixels = 4;

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
constexpr int64_t kTileChannels = 64;
ChannelTiling tilingOf(const VectorTarget &target, int64_t channels) {
  int64_t bytes = 4 * target.lanes;
  return ChannelTiling(channels, bytes,
                       std::max<int64_t>(kTileChannels / bytes, 1));
}

/// What the kernel's name starts with, by what is known of gates: what is
/// emitted for a layer by itself depends on that.
constexpr llvm::StringLiteral kAnyGates = "u8-thresholds",
                              kUnitGates = "u8-unit-thresholds",
                              kUnitLines = "u8-unit-lines";

class GateThresholdsEmitter {
public:
  GateThresholdsEmitter(const EmitContext &context, ElementwiseOp op)
      : target(context.target), frame(context.frame), builder(frame.builder),
        zeroPoint(op.getInputZeroPoint()),
        areUnit(context.plan.kernel != kAnyGates),
        channels(op.getInput().getType().getDimSize(3)), pixels(pixelsOf(op)),
        steps(countGateSteps(op)), bytes(4 * target.lanes),
        padded(roundUp(channels, bytes)),
        words(builder.vectorOf(builder.getI32Type(), target.lanes)),
        search(builder, context, op, areUnit) {
    found = builder.allocate((kThresholds + steps) * padded);
    if (context.plan.kernel != kUnitLines)
      return;
    lines = GateLines::plan(target, op);
    for (Value &row : multipliers)
      row = builder.allocate(padded);
    wrongs = builder.allocate(8 * ceilDiv(channels, kTileChannels));
  }

  /// Threads share pixels, as the layers around do: looking for all thresholds
  /// takes less than reading codes that another core has written.
  void emit() {
    if (lines)
      findAllLines();
    forEachGroup([&](Value channel) {
      auto storeGroup = [&] {
        areUnit ? storeGuesses(channel) : storeThresholds(channel);
      };
      if (lines)
        builder.when(isWrong(channel), storeGroup);
      else
        storeGroup();
    });
    // All channels of some pixels before the next ones: lines of the cache that
    // two tiles share are read and written once.
    forEachPixelBlock(
        builder, frame, pixels / kPixels, pixels, kPixels, [&](Value pixel) {
          tilingOf(target, channels).forEach(builder, [&](ChannelTile tile) {
            emitTile(tile, pixel);
          });
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

  /// Of a vector of channels, of which `count` are there.
  using Body = llvm::function_ref<void(Value channel, int64_t count)>;

  void forEachVector(const ChannelTile &tile, Body body) {
    for (int64_t v = 0; v < tile.vectors; ++v)
      body(builder.add(tile.first, v * bytes),
           v + 1 == tile.vectors ? tile.lastCount : bytes);
  }

  /// A vector of words of channels at a time.
  void forEachGroup(llvm::function_ref<void(Value channel)> body) {
    builder.loop(builder.index(0), builder.index(channels), target.lanes, body);
  }

  void emitTile(const ChannelTile &tile, Value pixel) {
    auto countAll = [&] {
      forEachVector(tile, [&](Value channel, int64_t own) {
        countThresholds(pixel, channel, own);
      });
    };
    auto emitAllLines = [&] {
      forEachVector(tile, [&](Value channel, int64_t own) {
        emitLines(pixel, channel, own);
      });
    };
    if (lines)
      builder.when(isWrong(tile.first), countAll, emitAllLines);
    else
      countAll();
  }

  /// A word for each tile, the channels that have no line.
  Value wrongOf(Value channel) {
    Value tile =
        builder.create<arith::DivUIOp>(channel, builder.index(kTileChannels));
    return builder.at(wrongs, builder.mul(tile, 8));
  }
  Value isWrong(Value channel) {
    Value own = builder.load(builder.getI64Type(), wrongOf(channel));
    return builder.create<arith::CmpIOp>(arith::CmpIPredicate::ne, own,
                                         builder.index(0));
  }

  void findAllLines() {
    builder.loop(builder.index(0), builder.index(channels), kTileChannels,
                 [&](Value channel) {
                   builder.store(builder.index(0), wrongOf(channel));
                 });
    forEachGroup([&](Value channel) {
      Value place = wrongOf(channel);
      Value before = builder.load(builder.getI64Type(), place);
      builder.store(builder.create<arith::OrIOp>(before, findLines(channel)),
                    place);
    });
  }

  /// Finds and keeps the lines of channels; returns those that have none.
  Value findLines(Value channel) {
    SmallVector<Value> firsts = search.guess(channel);
    for (Value &last : firsts)
      last = builder.add(last, word(1 - zeroPoint));
    GateLines::Found line =
        lines->find(builder, search.getFactors(channel), firsts,
                    word(GateSteps::kInputs - zeroPoint));
    lines->store(builder, line.multipliers, channel, multipliers);
    Value mask = builder.create<LLVM::BitcastOp>(
        builder.getIntegerType(words.getNumElements()), line.areWrong);
    return builder.create<arith::ExtUIOp>(builder.getI64Type(), mask);
  }

  void emitLines(Value pixel, Value channel, int64_t count) {
    VectorType type = builder.vectorOf(builder.getI8Type(), bytes);
    auto own = lines->load(builder, bytes, channel, multipliers);
    Value element = builder.add(builder.mul(pixel, channels), channel);
    for (int64_t p = 0; p < kPixels; ++p) {
      Value input = builder.load(
          type, builder.at(builder.at(frame.input, element), p * channels));
      builder.storeFirst(
          lines->toCodes(builder, target, input, own), count,
          builder.at(builder.at(frame.result, element), p * channels));
    }
  }

  void store(Value value, Value pointer) {
    VectorType narrow =
        builder.vectorOf(builder.getI8Type(), words.getNumElements());
    builder.store(builder.create<arith::TruncIOp>(narrow, value), pointer);
  }

  /// The last input below a code, which may be one that all codes are above:
  /// then it is part of the lowest one.
  void storeLast(Value last, Value wanted, Value lowest, Value pointer) {
    last = builder.create<arith::SelectOp>(
        compare(arith::CmpIPredicate::sge, lowest, wanted), word(kHighestInput),
        last);
    store(builder.create<arith::XOrIOp>(last, word(kSign)), pointer);
  }

  void storeGuesses(Value channel) {
    Value lowest = search.codeOf(word(0), channel);
    store(word(kSign), at(kFlips, channel));
    store(lowest, at(kLowest, channel));
    for (auto [k, last] : llvm::enumerate(search.guess(channel)))
      storeLast(last, word(static_cast<int64_t>(k) + 1), lowest,
                at(kThresholds + static_cast<int64_t>(k), channel));
  }

  void storeThresholds(Value channel) {
    Value ends[] = {search.codeOf(word(0), channel),
                    search.codeOf(word(kHighestInput), channel)};
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
          SmallVector<Value> wanted;
          for (int64_t k = 1; k <= group; ++k)
            wanted.push_back(
                builder.splat(builder.create<arith::TruncIOp>(
                                  builder.getI32Type(), builder.add(first, k)),
                              words.getNumElements()));
          Value row =
              builder.at(at(kThresholds, channel), builder.mul(first, padded));
          for (auto [k, last] :
               llvm::enumerate(search.bisect(channel, flip, wanted)))
            storeLast(last, wanted[k], lowest,
                      builder.at(row, static_cast<int64_t>(k) * padded));
        });
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
  int64_t zeroPoint;
  bool areUnit;
  int64_t channels, pixels, steps, bytes, padded;
  VectorType words;
  GateSteps search;
  Value found;
  std::optional<GateLines> lines;
  /// Two rows (GateLines::store()).
  std::array<Value, 2> multipliers;
  Value wrongs;
};

} // namespace

static bool canHaveThresholds(ElementwiseOp op) {
  RankedTensorType input = op.getInput().getType();
  return isa<CodesType>(input.getElementType()) && input.getRank() == 4 &&
         pixelsOf(op) >= kPixels && op.getGate() && !op.getResidual() &&
         op.getActivation() != ActivationKind::HSwish &&
         isa<CodesType>(op.getResult().getType().getElementType());
}

StringRef mlir::oqat::planGateThresholds(const VectorTarget &target,
                                         ElementwiseOp op) {
  if (!canHaveThresholds(op))
    return {};
  // Cycles for a vector of words (docs/Performance.md): rounding it, a try of
  // the bisection by itself and beside others, the start of guesses, one of
  // them, and its line, and shares of a compare of bytes, which makes a mask
  // where there are 16 lanes, and of a line.
  constexpr double kLatency = 25, kTry = 12, kTries = 8, kStart = 60,
                   kGuess = 12, kFindLine = 14, kLine = 1.4;
  bool makesMasks = target.lanes == 16;
  const double rounding = makesMasks ? 5 : 6,
               compare = makesMasks ? 0.6 : 0.125;
  auto pixels = static_cast<double>(pixelsOf(op));
  auto steps = static_cast<double>(countGateSteps(op));
  double counting = pixels * (steps + 1) * compare;
  auto ifFaster = [&](double cycles, StringRef kernel) {
    return cycles < pixels * rounding ? kernel : StringRef();
  };
  if (!hasUnitGates(op)) {
    auto group = static_cast<double>(stepsAtOnce(countGateSteps(op)));
    double search = steps * kTries * std::max(kTry, kLatency / group);
    return ifFaster(search + counting, kAnyGates);
  }
  double search = kStart + steps * kGuess;
  if (GateLines::plan(target, op))
    return ifFaster(search + steps * kFindLine + pixels * kLine, kUnitLines);
  return ifFaster(search + counting, kUnitGates);
}

int64_t mlir::oqat::countGateUnits(ElementwiseOp op) {
  return pixelsOf(op) / kPixels;
}

void mlir::oqat::emitGateThresholds(EmitContext context, ElementwiseOp op) {
  GateThresholdsEmitter(context, op).emit();
}
