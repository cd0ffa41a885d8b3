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

static int32_t product(int32_t x, int32_t factor) {
  return static_cast<int32_t>(
      (static_cast<uint32_t>(x) << 8) * static_cast<uint64_t>(factor) >> 16);
}

uint8_t ByteLine::operator()(uint8_t x) const {
  int32_t sum = std::clamp<int32_t>(product(x, factor) + offset, 0, 0xffff);
  return static_cast<uint8_t>(std::min<int32_t>(sum >> fraction, highest));
}

/// The offset with which `factor` gives the whole table, if there is one.
static std::optional<ByteLine> findOffset(const std::array<uint8_t, 256> &table,
                                          int32_t factor, int32_t fraction,
                                          uint8_t highest) {
  int32_t lowest = -0xffff, largest = 0xffff;
  for (int32_t x = 0; x < 256; ++x) {
    // table[x] <= (product + offset) / 2^fraction < table[x] + 1, but what
    // saturates may lie beyond.
    if (table[x] != 0)
      lowest = std::max(lowest, (table[x] << fraction) - product(x, factor));
    if (table[x] != highest)
      largest = std::min(largest,
                         ((table[x] + 1) << fraction) - 1 - product(x, factor));
  }
  if (lowest > largest)
    return std::nullopt;
  return ByteLine{static_cast<uint16_t>(factor),
                  lowest + (largest - lowest) / 2, fraction, highest};
}

std::optional<ByteLine>
mlir::oqat::findByteLine(const std::array<uint8_t, 256> &table) {
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
  for (int32_t fraction = 8; fraction >= 0; --fraction) {
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

Value mlir::oqat::emitByteLine(KernelBuilder &builder, const ByteLine &line,
                               Value bytes) {
  auto type = cast<VectorType>(bytes.getType());
  VectorType wide =
      builder.vectorOf(builder.getI16Type(), type.getNumElements());
  auto constant = [&](int32_t value) {
    return builder.constant(wide, static_cast<int16_t>(value));
  };
  // With h and l the bytes of the factor, x * factor >> 8 is x * h plus
  // x * l >> 8: no product of 32 bits, nor of its high half, of which LLVM 19
  // makes 32 bits where one factor is constant.
  Value x = builder.create<arith::ExtUIOp>(wide, bytes);
  Value sum = builder.create<arith::ShRUIOp>(
      builder.create<arith::MulIOp>(x, constant(line.factor & 0xff)),
      constant(8));
  if (line.factor > 0xff)
    sum = builder.create<arith::AddIOp>(
        sum, builder.create<arith::MulIOp>(x, constant(line.factor >> 8)));
  if (line.offset > 0)
    sum = builder.create<LLVM::UAddSat>(wide, sum, constant(line.offset));
  else if (line.offset < 0)
    sum = builder.create<LLVM::USubSat>(wide, sum, constant(-line.offset));
  sum = builder.create<arith::ShRUIOp>(sum, constant(line.fraction));
  sum = builder.create<arith::MinUIOp>(sum, constant(line.highest));
  return builder.create<arith::TruncIOp>(type, sum);
}
