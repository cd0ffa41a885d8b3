//===- EmitUnpack.cpp - Packed weights into the panels of kernels ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// <net>_prepare has a function for each kind of panel: one that is written for
// its bits and its elements is several times as fast as one for all, and a
// network has few kinds. Here are those whose elements are weights of their
// own, in groups of inputs or of taps, or transformed; UnpackFields.cpp has
// those whose bytes are shared.
//
//===----------------------------------------------------------------------===//

#include "UnpackEmitter.h"
#include "oqat/Numerics/Winograd.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

std::string mlir::oqat::getUnpackName(const WeightPanel &panel) {
  std::string kind = panel.fieldBits != 0
                         ? "fields" + std::to_string(panel.fieldBits) + "_" +
                               std::to_string(panel.fieldShift)
                         : std::to_string(panel.elementBytes);
  return (".unpack." + Twine(panel.bits) + "_" + Twine(panel.group) + "_" +
          kind + (panel.odd ? "_odd" : "") +
          (panel.winograd ? "_winograd" : "") +
          (panel.pairsOutputs ? "_pairs" : "") +
          (panel.groupsTaps ? "_taps" : ""))
      .str();
}

namespace {

class ElementsEmitter : UnpackEmitter {
public:
  using UnpackEmitter::UnpackEmitter;

  void emitTaps();
  void emitGroupedTaps();
  void emitPositions();

private:
  static constexpr size_t kTaps = 9;
  static constexpr int64_t kPositions = numerics::kWinogradPositions;

  VectorType elements(int64_t count) {
    return builder.vectorOf(
        builder.getIntegerType(8 * static_cast<unsigned>(kind.elementBytes)),
        count);
  }

  Value load(Value bit, int64_t count);
  void storeAt(Value weights, Value column, Value place);
  Value columnAt(Value firstGroup, Value column, Value c);
  void storeOne(Value weight, Value firstGroup, Value column, Value c);
  void store(Value weights, Value firstGroup, Value column, Value c);
  std::array<Value, numerics::kWinogradPositions> transform(Value n, Value c,
                                                            int64_t count);
  void emitBlock(Value n, Value block, Value end, Value square);
  Value startsWithBytes(Value count);
  void forEachInput(Value begin,
                    llvm::function_ref<void(Value c, int64_t count)> body);
  void
  forEachTap(llvm::function_ref<void(Value n, Value tap, Value firstBit)> body);
};

} // namespace

Value ElementsEmitter::load(Value bit, int64_t count) {
  if (count == 1)
    return loadCode(bit);
  return count == kCodes ? loadCodes(bit) : loadManyCodes(bit);
}

/// The place of input `c`'s group, in columns from the panel's start.
Value ElementsEmitter::columnAt(Value firstGroup, Value column, Value c) {
  Value group =
      builder.add(firstGroup, shiftRight(c, llvm::Log2_64(kind.group)));
  if (!kind.pairsOutputs)
    return builder.add(times(group, width), column);
  Value half = shiftRight(width, 1);
  return builder.add(times(group, half),
                     builder.create<arith::RemUIOp>(column, half));
}

/// Stores elements of an output, or adds them to what the other one of a pair
/// has there: panels are 0 before.
void ElementsEmitter::storeAt(Value weights, Value column, Value place) {
  if (kind.pairsOutputs) {
    Type type = weights.getType();
    Value isSecond = builder.create<arith::CmpIOp>(
        arith::CmpIPredicate::uge, column, shiftRight(width, 1));
    Value low =
        builder.create<arith::AndIOp>(weights, builder.constant(type, 15));
    Value high = builder.create<arith::ShLIOp>(low, builder.constant(type, 4));
    weights = builder.create<arith::OrIOp>(
        builder.load(type, place),
        builder.create<arith::SelectOp>(isSecond, high, low).getResult());
  }
  builder.store(weights, place);
}

/// Stores the `weight` of input `c`, an integer of 32 bits or fewer.
void ElementsEmitter::storeOne(Value weight, Value firstGroup, Value column,
                               Value c) {
  Value element = builder.add(
      builder.mul(columnAt(firstGroup, column, c), kind.group),
      builder.create<arith::AndIOp>(c, builder.index(kind.group - 1)));
  if (Type type = elements(1).getElementType(); weight.getType() != type)
    weight = builder.create<arith::TruncIOp>(type, weight);
  storeAt(weight, column,
          builder.at(panel, builder.mul(element, kind.elementBytes)));
}

/// Stores the weights of the inputs from `c` on, one or a multiple of four:
/// groups are not longer.
void ElementsEmitter::store(Value weights, Value firstGroup, Value column,
                            Value c) {
  auto type = dyn_cast<VectorType>(weights.getType());
  if (!type)
    return storeOne(weights, firstGroup, column, c);
  int64_t count = type.getNumElements();
  if (type != elements(count))
    weights = builder.create<arith::TruncIOp>(elements(count), weights);
  int64_t groupBytes = kind.group * kind.elementBytes;
  for (int64_t first = 0; first < count; first += kind.group) {
    Value place = builder.mul(
        columnAt(firstGroup, column, builder.add(c, first)), groupBytes);
    storeAt(builder.slice(weights, first, kind.group), column,
            builder.at(panel, place));
  }
}

/// `count` inputs, or none where rows don't all start with a byte: those of an
/// odd number of 4 bits.
Value ElementsEmitter::startsWithBytes(Value count) {
  if (kind.bits != 4)
    return count;
  Value isOdd = builder.create<arith::TruncIOp>(builder.getI1Type(), inputs);
  return builder.create<arith::SelectOp>(isOdd, zero, count);
}

/// Vectors of inputs from `begin`, a multiple of sixteen, on, then those that
/// are left. The last long vector ends with the last short one would: what both
/// have is stored twice.
void ElementsEmitter::forEachInput(
    Value begin, llvm::function_ref<void(Value c, int64_t count)> body) {
  Value whole = builder.create<arith::AndIOp>(inputs, builder.index(-kCodes));
  Value many = begin;
  if (dividesByte()) {
    Value isLong = builder.create<arith::CmpIOp>(
        arith::CmpIPredicate::sge, startsWithBytes(builder.sub(whole, begin)),
        builder.index(kManyCodes));
    many = builder.create<arith::SelectOp>(isLong, whole, begin);
    Value last = builder.add(whole, -kManyCodes);
    builder.loop(begin, many, kManyCodes,
                 [&](Value c) { body(builder.min(c, last), kManyCodes); });
  }
  builder.loop(many, whole, kCodes, [&](Value c) { body(c, kCodes); });
  builder.loop(whole, inputs, 1, [&](Value c) { body(c, 1); });
}

/// `body` gets an output, one of its taps and the first bit of that.
void ElementsEmitter::forEachTap(
    llvm::function_ref<void(Value n, Value tap, Value firstBit)> body) {
  Value tapCodes = builder.mul(inputs, kind.bits);
  Value rowCodes = times(taps, tapCodes);
  builder.loop(zero, outputs, 1, [&](Value n) {
    Value firstTap = times(n, rowCodes);
    builder.loop(zero, taps, 1, [&](Value tap) {
      body(n, tap, builder.add(firstTap, times(tap, tapCodes)));
    });
  });
}

void ElementsEmitter::emitTaps() {
  forEachTap([&](Value n, Value tap, Value firstBit) {
    Value firstGroup = times(builder.add(times(tileOf(n), taps), tap), rows);
    forEachInput(zero, [&](Value c, int64_t count) {
      Value bit = builder.add(firstBit, builder.mul(c, kind.bits));
      store(load(bit, count), firstGroup, columnOf(n), c);
    });
  });
}

/// The inputs of a tap side by side become a column of the panel each.
void ElementsEmitter::emitGroupedTaps() {
  forEachTap([&](Value n, Value tap, Value firstBit) {
    Value firstInput = times(tileOf(n), inputs);
    forEachInput(zero, [&](Value c, int64_t count) {
      Value weights =
          load(builder.add(firstBit, builder.mul(c, kind.bits)), count);
      for (int64_t i = 0; i < count; ++i) {
        Value weight = weights;
        if (count != 1)
          weight =
              builder.create<LLVM::ExtractElementOp>(weights, builder.index(i));
        Value input = builder.add(firstInput, builder.add(c, i));
        storeOne(weight, times(input, rows), columnOf(n), tap);
      }
    });
  });
}

/// The kernels of output `n` and of `count` inputs from `c` on at each of their
/// positions.
std::array<Value, numerics::kWinogradPositions>
ElementsEmitter::transform(Value n, Value c, int64_t count) {
  Value tapCodes = builder.mul(inputs, kind.bits);
  Value bit = builder.add(times(builder.mul(n, kTaps), tapCodes),
                          builder.mul(c, kind.bits));
  std::array<Value, kTaps> kernel;
  for (Value &tap : kernel) {
    tap = load(bit, count);
    bit = builder.add(bit, tapCodes);
  }
  return numerics::winogradFilter(kernel, builder);
}

/// Of `block` outputs from `n` on, four or as many as fill a line of the cache,
/// each sixteen inputs' groups are put together before they are stored, as
/// columns of the panel lie side by side. Where a weight is a byte, what leads
/// there may overflow.
void ElementsEmitter::emitBlock(Value n, Value block, Value end, Value square) {
  constexpr int64_t kRow = kManyCodes, kSquare = kPositions * kRow;
  Value groupBytes = builder.mul(width, kind.group);
  auto storeGroups = [&](Value from, Value to) {
    SmallVector<Value> lines;
    for (int64_t i = 0; i < kCodes; ++i)
      lines.push_back(builder.load(words(), builder.at(from, i * kSquare)));
    for (Value line : transposeSquare(builder, std::move(lines))) {
      builder.store(line, to);
      to = builder.at(to, groupBytes);
    }
  };
  builder.loop(zero, end, kManyCodes, [&](Value c) {
    builder.loop(zero, block, 1, [&](Value i) {
      auto weights = transform(builder.add(n, i), c, kManyCodes);
      Value place = builder.at(square, builder.mul(i, kSquare));
      for (auto [position, weight] : llvm::enumerate(weights))
        builder.store(weight,
                      builder.at(place, static_cast<int64_t>(position) * kRow));
    });
    Value firstTap = times(tileOf(n), taps), column = columnOf(n);
    builder.loop(zero, taps, 1, [&](Value position) {
      Value firstGroup = times(builder.add(firstTap, position), rows);
      Value from = builder.at(square, builder.mul(position, kRow)),
            to = builder.at(panel, builder.mul(columnAt(firstGroup, column, c),
                                               kind.group));
      builder.loop(zero, block, kCodes, [&](Value i) {
        storeGroups(builder.at(from, builder.mul(i, kSquare)),
                    builder.at(to, builder.mul(i, kind.group)));
      });
    });
  });
}

/// Kernels of 9 taps into their 16 positions, which are the panel's taps.
void ElementsEmitter::emitPositions() {
  auto emitOutput = [&](Value n, Value begin) {
    Value firstTap = times(tileOf(n), taps), column = columnOf(n);
    forEachInput(begin, [&](Value c, int64_t count) {
      auto weights = transform(n, c, count);
      for (auto [position, weight] : llvm::enumerate(weights)) {
        Value firstGroup = times(builder.add(firstTap, position), rows);
        store(weight, firstGroup, column, c);
      }
    });
  };
  Value inBlocks = zero;
  if (dividesByte() && kind.group == kCodes && kind.elementBytes == 1) {
    auto isMultiple = [&](int64_t factor) -> Value {
      return builder.create<arith::CmpIOp>(
          arith::CmpIPredicate::eq,
          builder.create<arith::AndIOp>(width, builder.index(factor - 1)),
          zero);
    };
    auto select = [&](Value condition, Value yes, Value no) -> Value {
      return builder.create<arith::SelectOp>(condition, yes, no);
    };
    Value shift =
        select(isMultiple(kManyCodes), builder.index(4), builder.index(2));
    Value blocks = select(isMultiple(kCodes),
                          builder.create<arith::ShRUIOp>(outputs, shift), zero);
    Value block = builder.create<arith::ShLIOp>(builder.index(1), shift);
    inBlocks = times(blocks, block);
    Value end = startsWithBytes(
        builder.create<arith::AndIOp>(inputs, builder.index(-kManyCodes)));
    Value square = builder.allocate(kManyCodes * kPositions * kManyCodes);
    builder.loop(zero, blocks, 1, [&](Value i) {
      emitBlock(times(i, block), block, end, square);
    });
    builder.loop(zero, inBlocks, 1, [&](Value n) { emitOutput(n, end); });
  }
  builder.loop(inBlocks, outputs, 1, [&](Value n) { emitOutput(n, zero); });
}

void mlir::oqat::emitUnpackBody(KernelBuilder &builder, const WeightPanel &kind,
                                ValueRange arguments) {
  if (kind.fieldBits != 0)
    return emitUnpackFields(builder, kind, arguments);
  ElementsEmitter elements(builder, kind, arguments);
  if (kind.groupsTaps)
    return elements.emitGroupedTaps();
  kind.winograd ? elements.emitPositions() : elements.emitTaps();
}

void mlir::oqat::emitIsolatedUnpack(ModuleOp module, const WeightPanel &panel,
                                    StringRef symbol) {
  MLIRContext *context = module.getContext();
  loadKernelDialects(context);
  SmallVector<Type> arguments(2, LLVM::LLVMPointerType::get(context));
  arguments.append(kUnpackSizes, IntegerType::get(context, 64));
  LLVM::LLVMFuncOp function = createFunction(
      module, module.getLoc(), symbol,
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), arguments));
  function.setLinkage(LLVM::Linkage::External);
  function.setVisibility_(LLVM::Visibility::Hidden);
  KernelBuilder builder(ImplicitLocOpBuilder(module.getLoc(), context));
  Block *entry = function.addEntryBlock(builder);
  builder.setInsertionPointToEnd(entry);
  emitUnpackBody(builder, panel, entry->getArguments());
  builder.create<LLVM::ReturnOp>(ValueRange());
}
