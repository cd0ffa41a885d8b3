//===- ByteLine.cpp - Tables of bytes that are lines ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The codes of one quantizer become those of another by a factor, an offset and
// rounding. In fixed point that is a multiplication and a shift; whether a
// factor and an offset give exactly the table is tried on all 256 bytes.
//
//===----------------------------------------------------------------------===//

#include "ByteLine.h"

#include "Interleave.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <functional>

using namespace mlir;
using namespace mlir::oqat;

uint8_t ByteLine::operator()(uint8_t x) const {
  int32_t sum = std::clamp<int32_t>((x * factor + offset) >> 8, 0, 0xffff);
  return static_cast<uint8_t>(std::min<int32_t>(sum >> fraction, highest));
}

/// The offset with which `factor` gives the whole table, if there is one.
static std::optional<ByteLine> findOffset(const std::array<uint8_t, 256> &table,
                                          int32_t factor, int32_t fraction,
                                          uint8_t highest) {
  int32_t lowest = -0xffff00, largest = 0xffff00;
  for (int32_t x = 0; x < 256; ++x) {
    // table[x] <= (x * factor + offset) / 2^(8 + fraction) < table[x] + 1, but
    // what saturates may lie beyond.
    int32_t product = x * factor, shift = 8 + fraction;
    if (table[x] != 0)
      lowest = std::max(lowest, (table[x] << shift) - product);
    if (table[x] != highest)
      largest = std::min(largest, ((table[x] + 1) << shift) - 1 - product);
  }
  for (int32_t low = 0; low < 256; ++low) {
    int32_t rest = low * factor >> 8;
    int32_t whole = static_cast<int32_t>(
        llvm::divideFloorSigned(largest - rest, int32_t(256)) * 256);
    if (whole + rest >= lowest)
      return ByteLine{static_cast<uint16_t>(factor), whole + rest,
                      static_cast<uint8_t>(low), fraction, highest};
  }
  return std::nullopt;
}

std::optional<ByteLine>
mlir::oqat::findByteLine(const std::array<uint8_t, 256> &table,
                         int32_t maxFraction) {
  uint8_t highest = table.back();
  if (!std::is_sorted(table.begin(), table.end()) || table.front() == highest)
    return std::nullopt;
  // The sloping part, and how steep it may be.
  int32_t first = 0, last = 255;
  while (table[first + 1] == table.front())
    ++first;
  while (table[last - 1] == highest)
    --last;
  double rise = highest - table.front(), run = last - first;
  for (int32_t fraction = maxFraction; fraction >= 0; --fraction) {
    double unit = static_cast<double>(1 << fraction) * 256;
    double steepest = unit * (rise + 1) / run,
           flattest = unit * (rise - 1) / (run + 2);
    if (steepest > 0xffff)
      continue;
    for (auto factor = static_cast<int32_t>(std::max(flattest, 0.0));
         factor <= static_cast<int32_t>(steepest) + 1; ++factor)
      if (auto line = findOffset(table, factor, fraction, highest))
        return line;
    return std::nullopt;
  }
  return std::nullopt;
}

SmallVector<ByteLine>
mlir::oqat::findByteLines(ArrayRef<std::array<uint8_t, 256>> tables) {
  SmallVector<ByteLine> lines;
  int32_t fraction = kMaxFraction;
  while (lines.size() != tables.size()) {
    auto line = findByteLine(tables[lines.size()], fraction);
    if (!line)
      return {};
    if (line->fraction != fraction)
      lines.clear(); // once more, with the smaller one for all
    if (line->fraction == fraction)
      lines.push_back(*line);
    fraction = line->fraction;
  }
  return lines;
}

namespace {
/// Something of a line.
using LineValue = llvm::function_ref<int32_t(const ByteLine &)>;

/// Lines that bytes take turns with, as they do to some of the bytes.
class LineTurns {
public:
  /// `placeOf` says which byte is at a place.
  LineTurns(KernelBuilder &builder, ArrayRef<ByteLine> lines, int64_t count,
            llvm::function_ref<int64_t(int64_t)> placeOf)
      : builder(builder), lines(lines),
        words(builder.vectorOf(builder.getI16Type(), count)) {
    for (int64_t i = 0; i < count; ++i)
      turns.push_back(placeOf(i) % lines.size());
  }

  Value constant(Type type, LineValue value) const {
    SmallVector<APInt> values;
    unsigned bits = cast<VectorType>(type).getElementTypeBitWidth();
    for (size_t turn : turns)
      values.push_back(APInt(bits, value(lines[turn])));
    return builder.create<arith::ConstantOp>(
        DenseElementsAttr::get(cast<ShapedType>(type), values));
  }
  Value constant(LineValue value) const { return constant(words, value); }

  /// With h and l the bytes of the factor, (x * factor + rest) >> 8 is x * h
  /// plus (x * l + rest) >> 8: no product of 32 bits, nor of its high half, of
  /// which LLVM 19 makes 32 bits where one factor is constant.
  Value multiply(Value x) const {
    auto low = [](const ByteLine &line) { return line.factor & 0xff; };
    auto high = [](const ByteLine &line) { return line.factor >> 8; };
    auto rest = [](const ByteLine &line) { return line.offset & 0xff; };
    Value sum = builder.create<arith::MulIOp>(x, constant(low));
    if (any(rest))
      sum = builder.create<arith::AddIOp>(sum, constant(rest));
    sum = builder.create<arith::ShRUIOp>(sum, builder.constant(words, 8));
    if (any(high))
      sum = builder.create<arith::AddIOp>(
          sum, builder.create<arith::MulIOp>(x, constant(high)));
    return sum;
  }

  /// Adds something to words and shifts them by the fraction.
  Value finish(Value sum, LineValue summand) const {
    auto up = [&](const ByteLine &line) { return std::max(summand(line), 0); };
    auto down = [&](const ByteLine &line) {
      return std::max(-summand(line), 0);
    };
    if (any(up))
      sum = builder.create<LLVM::UAddSat>(words, sum, constant(up));
    if (any(down))
      sum = builder.create<LLVM::USubSat>(words, sum, constant(down));
    return builder.create<arith::ShRUIOp>(
        sum, builder.constant(words, lines.front().fraction));
  }

private:
  bool any(LineValue value) const {
    return llvm::any_of(lines,
                        [&](const ByteLine &line) { return value(line) != 0; });
  }

  KernelBuilder &builder;
  ArrayRef<ByteLine> lines;
  VectorType words;
  SmallVector<size_t> turns;
};

int32_t highestOf(const ByteLine &line) { return line.highest; }
} // namespace

/// By the high halves of products, in the order of unpacked bytes.
static Value emitHighLines(KernelBuilder &builder, const VectorTarget &target,
                           ArrayRef<ByteLine> lines, int64_t first,
                           Value bytes) {
  Type type = bytes.getType();
  int64_t count = cast<VectorType>(type).getNumElements();
  LineTurns all(builder, lines, count, [&](int64_t i) { return first + i; });
  Value low = all.constant(type, [](const ByteLine &line) { return line.low; });
  Value halves[2];
  for (int64_t half : {0, 1}) {
    LineTurns turns(builder, lines, count / 2, [&](int64_t i) {
      return first + i / 8 * 16 + half * 8 + i % 8;
    });
    Value factors =
        turns.constant([](const ByteLine &line) { return line.factor; });
    Value product =
        target.takeHigh(builder, unpackHalf(builder, low, bytes, half), factors,
                        /*isSigned=*/false);
    halves[half] = turns.finish(product, std::mem_fn(&ByteLine::getUp));
  }
  Value packed = target.pack(builder, halves[0], halves[1], /*isSigned=*/false);
  return builder.create<arith::MinUIOp>(packed, all.constant(type, highestOf));
}

Value mlir::oqat::emitByteLines(KernelBuilder &builder,
                                const VectorTarget &target,
                                ArrayRef<ByteLine> lines, int64_t first,
                                Value bytes) {
  auto type = cast<VectorType>(bytes.getType());
  int64_t count = type.getNumElements();
  // Packing takes words as signed ones.
  if (target.hasPairs() && count == 4 * target.lanes &&
      lines.front().fraction != 0)
    return emitHighLines(builder, target, lines, first, bytes);
  LineTurns turns(builder, lines, count, [&](int64_t i) { return first + i; });
  Value x = builder.create<arith::ExtUIOp>(
      builder.vectorOf(builder.getI16Type(), count), bytes);
  Value sum = turns.finish(
      turns.multiply(x), [](const ByteLine &line) { return line.offset >> 8; });
  sum = builder.create<arith::MinUIOp>(sum, turns.constant(highestOf));
  return builder.create<arith::TruncIOp>(type, sum);
}
