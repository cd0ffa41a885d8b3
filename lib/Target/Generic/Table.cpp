//===- Table.cpp - Codes by tables of bytes -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A map from the codes of one quantizer to those of another is mostly a line,
// as the tables of a picture's colours are, which take turns along its bytes. A
// map with few steps, as maps to codes of few bits are, becomes a compare and
// an addition per step. Where a CPU looks up a quarter of a table at once, any
// map is four lookups. All of these work on a vector of bytes at a time. Others
// go one byte at a time.
//
//===----------------------------------------------------------------------===//

#include "ByteLine.h"
#include "Emitters.h"
#include "Steps.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// So many bytes are looked up before the next branch.
constexpr int64_t kUnrolled = 8;

/// The tensor as rows of bytes, a unit being one. The columns of the table take
/// turns along a row, so that a row is a multiple of them.
struct Lookup {
  Lookup(RankedTensorType type, int64_t columns)
      : columns(columns), rows(type.getRank() == 4 ? type.getDimSize(1) : 1),
        bytes(type.getNumElements() / rows) {}
  int64_t columns, rows, bytes;

  /// Bytes of a step: whole turns of the columns, but no more than there are.
  int64_t step() const {
    return columns == 1 ? std::min(kUnrolled, bytes) : columns;
  }
};

Lookup lookupOf(MapOp op) { return Lookup(op.getInput().getType(), 1); }

Lookup lookupOf(TableOp op) {
  RankedTensorType type = op.getInput().getType();
  return Lookup(type, type.getShape().back());
}

LayerPlan planLookup(const Lookup &lookup) {
  LayerPlan plan;
  plan.units = lookup.rows;
  plan.kernel = "u8";
  return plan;
}

/// Emits `body` for the first byte of every `count` bytes of the rows; the last
/// ones of a row may repeat some.
void forEachPiece(KernelBuilder &builder, KernelFrame &frame,
                  const Lookup &lookup, int64_t count,
                  llvm::function_ref<void(Value)> body) {
  Value highest = builder.index(lookup.bytes - count);
  builder.loop(frame.begin, frame.end, 1, [&](Value row) {
    Value first = builder.mul(row, lookup.bytes);
    builder.loop(builder.index(0), builder.index(lookup.bytes), count,
                 [&](Value next) {
                   body(builder.add(first, builder.min(next, highest)));
                 });
  });
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// A table over signed bytes from -128 on: `first`, plus the height of every
/// step whose byte is below.
struct Steps {
  explicit Steps(DenseElementsAttr entries) {
    auto values = entries.getValues<APInt>();
    auto at = [&](int byte) {
      return static_cast<int>(
          values[static_cast<uint8_t>(byte)].getZExtValue());
    };
    first = at(-128);
    for (int byte = -128; byte < 127; ++byte)
      if (int height = at(byte + 1) - at(byte))
        steps.push_back({byte, height});
  }
  int first;
  SmallVector<std::pair<int, int>> steps;
};

int64_t vectorBytes(const VectorTarget &target) { return 4 * target.lanes; }

/// A byte at a time costs about as much as a step of a vector.
bool isByStep(const VectorTarget &target, const Steps &steps) {
  return static_cast<int64_t>(steps.steps.size()) <= vectorBytes(target);
}

/// The lines of a table with so few columns that each has a vector of its own.
/// A picture is its caller's: nothing beyond it may be read.
SmallVector<ByteLine> linesOf(const VectorTarget &target, TableOp op) {
  constexpr int64_t kColumns = 4, kBytes = 256;
  int64_t columns = op.getTables().getType().getShape()[1];
  if (columns > kColumns || lookupOf(op).bytes < vectorBytes(target))
    return {};
  SmallVector<std::array<uint8_t, kBytes>> tables(columns);
  for (auto [i, entry] : llvm::enumerate(op.getTables().getValues<APInt>()))
    tables[i % columns][i / columns] =
        static_cast<uint8_t>(entry.getZExtValue());
  return findByteLines(tables);
}

/// The line of a map with more steps than it has instructions.
std::optional<ByteLine> lineOf(const VectorTarget &target,
                               DenseElementsAttr entries) {
  constexpr size_t kPerStep = 2;
  const size_t instructions = target.hasPairs() ? 10 : 18;
  if (kPerStep * Steps(entries).steps.size() <= instructions)
    return std::nullopt;
  std::array<uint8_t, 256> table;
  for (auto [entry, value] : llvm::zip_equal(entries.getValues<APInt>(), table))
    value = static_cast<uint8_t>(entry.getZExtValue());
  return findByteLine(table);
}

Value emitSteps(KernelBuilder &builder, const Steps &steps, Value codes) {
  auto type = cast<VectorType>(codes.getType());
  auto splat = [&](int value) {
    // As a signed byte, whatever it stands for.
    return builder.constant(type, static_cast<int8_t>(value));
  };
  Value result = splat(steps.first);
  int value = steps.first;
  for (auto [byte, height] : steps.steps) {
    Value isAbove = builder.create<arith::CmpIOp>(arith::CmpIPredicate::sgt,
                                                  codes, splat(byte));
    if (height == 1) {
      result = countStep(builder, result, isAbove, value += 1);
      continue;
    }
    value += height;
    Value mask = builder.create<arith::ExtSIOp>(type, isAbove);
    if (height == -1)
      result = builder.create<arith::AddIOp>(result, mask);
    else
      result = builder.create<arith::AddIOp>(
          result, builder.create<arith::AndIOp>(mask, splat(height)));
  }
  return result;
}

/// A vector of bytes at a time, or as many as the table has columns; `map` gets
/// the column of the first byte.
void emitVectors(
    EmitContext context, const Lookup &lookup,
    llvm::function_ref<Value(KernelBuilder &, Value, int64_t)> map) {
  KernelFrame &frame = context.frame;
  KernelBuilder builder(frame.builder);
  int64_t vector = vectorBytes(context.target);
  VectorType type = builder.vectorOf(builder.getI8Type(), vector);
  int64_t count = std::min(lookup.columns * vector, lookup.bytes);
  int64_t highest = std::max<int64_t>(count - vector, 0);
  forEachPiece(builder, frame, lookup, count, [&](Value base) {
    for (int64_t next = 0; next < count; next += vector) {
      int64_t first = std::min(next, highest);
      Value element = builder.add(base, first);
      Value codes = builder.load(type, builder.at(frame.input, element));
      builder.storeFirst(map(builder, codes, first % lookup.columns),
                         std::min(vector, count),
                         builder.at(frame.result, element));
    }
  });
}

void emitLines(EmitContext context, const Lookup &lookup,
               ArrayRef<ByteLine> lines) {
  emitVectors(
      context, lookup, [&](KernelBuilder &builder, Value codes, int64_t first) {
        return emitByteLines(builder, context.target, lines, first, codes);
      });
}

//===----------------------------------------------------------------------===//
// Quarters
//===----------------------------------------------------------------------===//

constexpr int64_t kEntries = 256, kQuarter = kEntries / 4;

std::vector<uint8_t> bytesOf(DenseElementsAttr entries) {
  std::vector<uint8_t> bytes;
  for (const APInt &entry : entries.getValues<APInt>())
    bytes.push_back(static_cast<uint8_t>(entry.getZExtValue()));
  return bytes;
}

/// Whether four lookups, a mask and two bits that choose among them are there
/// and take fewer instructions than the steps.
bool isByQuarter(const VectorTarget &target, const Steps &steps) {
  constexpr size_t kInstructions = 10, kPerStep = 2;
  return int64_t(1) << (2 * target.lookupGroup()) == kQuarter &&
         kPerStep * steps.steps.size() > kInstructions;
}

void emitQuarters(EmitContext context, const Lookup &lookup,
                  DenseElementsAttr entries) {
  Value table = context.frame.addBytes(bytesOf(entries));
  emitVectors(
      context, lookup, [&](KernelBuilder &builder, Value codes, int64_t) {
        Type type = codes.getType();
        auto constant = [&](int value) {
          return builder.constant(type, static_cast<int8_t>(value));
        };
        Value index =
            builder.create<arith::AndIOp>(codes, constant(kQuarter - 1));
        auto quarter = [&](int64_t i) {
          return context.target.lookUp(
              builder, builder.load(type, builder.at(table, i * kQuarter)),
              index);
        };
        Value isOdd = builder.create<arith::CmpIOp>(
            arith::CmpIPredicate::ne,
            builder.create<arith::AndIOp>(codes, constant(kQuarter)),
            constant(0));
        Value isUpper = builder.create<arith::CmpIOp>(arith::CmpIPredicate::slt,
                                                      codes, constant(0));
        auto half = [&](int64_t first) -> Value {
          return builder.create<arith::SelectOp>(isOdd, quarter(first + 1),
                                                 quarter(first));
        };
        return builder.create<arith::SelectOp>(isUpper, half(2), half(0));
      });
}

//===----------------------------------------------------------------------===//
// Single bytes
//===----------------------------------------------------------------------===//

Value emitByte(KernelBuilder &builder, const Lookup &lookup, Value table,
               Value pointer, Value column) {
  Value index = builder.create<arith::ExtUIOp>(
      builder.getI64Type(), builder.load(builder.getI8Type(), pointer));
  Value entry = builder.add(builder.mul(index, lookup.columns), column);
  return builder.load(builder.getI8Type(), builder.at(table, entry));
}

void emitLookup(EmitContext context, const Lookup &lookup,
                DenseElementsAttr entries) {
  KernelFrame &frame = context.frame;
  KernelBuilder builder(frame.builder);
  Value table = frame.addBytes(bytesOf(entries));
  auto look = [&](Value element, Value column) {
    builder.store(emitByte(builder, lookup, table,
                           builder.at(frame.input, element), column),
                  builder.at(frame.result, element));
  };
  int64_t step = lookup.step();
  forEachPiece(builder, frame, lookup, step, [&](Value base) {
    if (step > kUnrolled)
      return builder.loop(
          builder.index(0), builder.index(step), 1,
          [&](Value column) { look(builder.add(base, column), column); });
    for (int64_t i = 0; i < step; ++i)
      look(builder.add(base, i), builder.index(i % lookup.columns));
  });
}

} // namespace

LayerPlan mlir::oqat::planMap(const VectorTarget &target, MapOp op) {
  LayerPlan plan = planLookup(lookupOf(op));
  Steps steps(op.getTable());
  if (isByQuarter(target, steps))
    plan.kernel = "quarters";
  else if (lineOf(target, op.getTable()))
    plan.kernel = "line";
  else if (isByStep(target, steps))
    plan.kernel = "steps";
  return plan;
}

void mlir::oqat::emitMap(EmitContext context, MapOp op) {
  Steps steps(op.getTable());
  if (isByQuarter(context.target, steps))
    return emitQuarters(context, lookupOf(op), op.getTable());
  if (std::optional<ByteLine> line = lineOf(context.target, op.getTable()))
    return emitLines(context, lookupOf(op), *line);
  if (isByStep(context.target, steps))
    return emitVectors(context, lookupOf(op),
                       [&](KernelBuilder &builder, Value codes, int64_t) {
                         return emitSteps(builder, steps, codes);
                       });
  emitLookup(context, lookupOf(op), op.getTable());
}

LayerPlan mlir::oqat::planTable(const VectorTarget &target, TableOp op) {
  LayerPlan plan = planLookup(lookupOf(op));
  if (!linesOf(target, op).empty())
    plan.kernel = "line";
  return plan;
}

void mlir::oqat::emitTable(EmitContext context, TableOp op) {
  if (SmallVector<ByteLine> lines = linesOf(context.target, op); !lines.empty())
    return emitLines(context, lookupOf(op), lines);
  emitLookup(context, lookupOf(op), op.getTables());
}
