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

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include <algorithm>

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
  if (lowest > largest)
    return std::nullopt;
  // A multiple of 256 saves an instruction.
  int32_t offset = lowest + (largest - lowest) / 2;
  int32_t whole = static_cast<int32_t>(static_cast<uint32_t>(offset) & ~0xffu);
  return ByteLine{static_cast<uint16_t>(factor),
                  whole >= lowest ? whole : offset, fraction, highest};
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
/// Constants that lines take turns with along a vector of 16 bits.
class LineConstants {
public:
  LineConstants(KernelBuilder &builder, ArrayRef<ByteLine> lines, int64_t first,
                int64_t count)
      : builder(builder), lines(lines), first(first), count(count) {}

  VectorType type() const {
    return builder.vectorOf(builder.getI16Type(), count);
  }
  bool any(llvm::function_ref<int32_t(const ByteLine &)> value) const {
    return llvm::any_of(lines,
                        [&](const ByteLine &line) { return value(line) != 0; });
  }
  Value operator()(llvm::function_ref<int32_t(const ByteLine &)> value) const {
    SmallVector<int16_t> values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(
          static_cast<int16_t>(value(lines[(first + i) % lines.size()])));
    return builder.create<arith::ConstantOp>(
        DenseElementsAttr::get(type(), ArrayRef<int16_t>(values)));
  }

private:
  KernelBuilder &builder;
  ArrayRef<ByteLine> lines;
  int64_t first, count;
};
} // namespace

Value mlir::oqat::emitByteLines(KernelBuilder &builder,
                                ArrayRef<ByteLine> lines, int64_t first,
                                Value bytes) {
  auto type = cast<VectorType>(bytes.getType());
  LineConstants constant(builder, lines, first, type.getNumElements());
  auto low = [](const ByteLine &line) { return line.factor & 0xff; };
  auto high = [](const ByteLine &line) { return line.factor >> 8; };
  auto rest = [](const ByteLine &line) { return line.offset & 0xff; };
  auto up = [](const ByteLine &line) { return std::max(line.offset >> 8, 0); };
  auto down = [](const ByteLine &line) {
    return std::max(-(line.offset >> 8), 0);
  };
  // With h and l the bytes of the factor, (x * factor + rest) >> 8 is x * h
  // plus (x * l + rest) >> 8: no product of 32 bits, nor of its high half, of
  // which LLVM 19 makes 32 bits where one factor is constant.
  VectorType wide = constant.type();
  Value x = builder.create<arith::ExtUIOp>(wide, bytes);
  Value sum = builder.create<arith::MulIOp>(x, constant(low));
  if (constant.any(rest))
    sum = builder.create<arith::AddIOp>(sum, constant(rest));
  sum = builder.create<arith::ShRUIOp>(sum, builder.constant(wide, 8));
  if (constant.any(high))
    sum = builder.create<arith::AddIOp>(
        sum, builder.create<arith::MulIOp>(x, constant(high)));
  if (constant.any(up))
    sum = builder.create<LLVM::UAddSat>(wide, sum, constant(up));
  if (constant.any(down))
    sum = builder.create<LLVM::USubSat>(wide, sum, constant(down));
  sum = builder.create<arith::ShRUIOp>(
      sum, builder.constant(wide, lines.front().fraction));
  sum = builder.create<arith::MinUIOp>(
      sum, constant([](const ByteLine &line) { return line.highest; }));
  return builder.create<arith::TruncIOp>(type, sum);
}
