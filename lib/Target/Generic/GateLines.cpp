//===- GateLines.cpp - Gated codes on lines of 16 bits --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An input d reaches code k on the line of multiplier m if d * m is at least
// a = (2k - 1) * 2^(fraction + 7), since nothing that is shifted out decides
// that. So with the first input f of that code, as it is rounded,
//   f * m >= a  and  (f - 1) * m < a
// must hold for all codes, the first one where f is reached. With
// s = f * m - a that is s >= 0 and s < m. All of this is less than 2^24 and
// exact in floats.
//
//===----------------------------------------------------------------------===//

#include "GateLines.h"

#include "Interleave.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include <cmath>

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

/// Of an input of signed bytes.
static constexpr int64_t kMiddle = 128;
/// Halves of 16 channels.
static constexpr int64_t kHalf = 8;

std::optional<GateLines> GateLines::plan(const VectorTarget &target,
                                         ElementwiseOp op) {
  // Hardly any line would pass more steps, which are counted where it doesn't.
  constexpr int64_t kFewSteps = 3, kManySteps = 15, kLeastFraction = 5,
                    kWord = 16;
  GateLines lines;
  lines.steps = countGateSteps(op);
  lines.isSigned = op.getInputZeroPoint() == kMiddle;
  if (!target.hasPairs() || lines.steps <= kFewSteps ||
      lines.steps > kManySteps || op.getZeroPoint() != 0 ||
      !(lines.isSigned || op.getInputZeroPoint() == 0))
    return {};
  SmallVector<float> factors = getGateFactors(op);
  double largest = *llvm::max_element(factors);
  int64_t highest = (int64_t(1) << (lines.isSigned ? kWord - 1 : kWord)) - 1;
  for (lines.fraction = kWord - 1 - lines.isSigned;
       lines.fraction >= kLeastFraction; --lines.fraction) {
    // What is shifted at last is less than m and a half, and more than the
    // highest code; m may be the neighbour of the nearest one.
    int64_t most = highest - (int64_t(1) << (lines.fraction - 1));
    auto multiplier = std::ldexp(largest, static_cast<int>(lines.fraction) + 8);
    if (multiplier + 2 <= static_cast<double>(most) &&
        (lines.steps + 1) << lines.fraction <= highest + 1)
      return lines;
  }
  return {};
}

GateLines::Found GateLines::find(KernelBuilder &builder, Value factors,
                                 ArrayRef<Value> firsts, Value end) const {
  auto floats = cast<VectorType>(factors.getType());
  VectorType words =
      builder.vectorOf(builder.getI32Type(), floats.getNumElements());
  auto number = [&](double value) { return builder.constant(floats, value); };
  auto compare = [&](arith::CmpFPredicate predicate, Value lhs, Value rhs) {
    return builder.create<arith::CmpFOp>(predicate, lhs, rhs);
  };
  auto toFloats = [&](Value value) -> Value {
    return builder.create<arith::SIToFPOp>(floats, value);
  };
  /// Of all codes, whether s < 0 and s >= m.
  auto check = [&](Value multiplier) -> std::pair<Value, Value> {
    Value least = number(0), most = number(-1);
    for (auto [i, first] : llvm::enumerate(firsts)) {
      double reached = std::ldexp(2.0 * static_cast<double>(i) + 1,
                                  static_cast<int>(fraction) + 7);
      Value s = builder.create<arith::SubFOp>(
          builder.create<arith::MulFOp>(toFloats(first), multiplier),
          number(reached));
      most = builder.select(arith::CmpFPredicate::OGT, s, most, s, most);
      Value isReached =
          builder.create<arith::CmpIOp>(arith::CmpIPredicate::slt, first, end);
      least = builder.create<arith::SelectOp>(
          isReached,
          builder.select(arith::CmpFPredicate::OLT, s, least, s, least), least);
    }
    return {compare(arith::CmpFPredicate::OLT, least, number(0)),
            compare(arith::CmpFPredicate::OGE, most, multiplier)};
  };
  double unit = std::ldexp(1.0, static_cast<int>(fraction) + 8);
  Value nearest = toFloats(
      builder.round(builder.create<arith::MulFOp>(factors, number(unit))));
  auto [isLow, isHigh] = check(nearest);
  auto neighbour = [&](double by, Value where, Value other) -> Value {
    return builder.create<arith::SelectOp>(
        where, builder.create<arith::AddFOp>(nearest, number(by)), other);
  };
  Value multiplier = neighbour(1, isLow, neighbour(-1, isHigh, nearest));
  auto [staysLow, staysHigh] = check(multiplier);
  return {builder.create<arith::FPToSIOp>(words, multiplier),
          builder.create<arith::OrIOp>(staysLow, staysHigh)};
}

void GateLines::store(KernelBuilder &builder, Value multipliers, Value channel,
                      ArrayRef<Value> rows) const {
  int64_t lanes = cast<VectorType>(multipliers.getType()).getNumElements();
  Value shorts = builder.create<arith::TruncIOp>(
      builder.vectorOf(builder.getI16Type(), lanes), multipliers);
  for (int64_t first = 0; first < lanes; first += kHalf) {
    Value half = builder.create<arith::DivUIOp>(builder.add(channel, first),
                                                builder.index(kHalf));
    Value isSecond = builder.create<arith::TruncIOp>(builder.getI1Type(), half);
    Value row = builder.create<arith::SelectOp>(isSecond, rows[1], rows[0]);
    Value place = builder.create<arith::DivUIOp>(half, builder.index(2));
    builder.store(builder.slice(shorts, first, kHalf),
                  builder.at(row, builder.mul(place, 2 * kHalf)));
  }
}

std::array<Value, 2> GateLines::load(KernelBuilder &builder, int64_t bytes,
                                     Value channel,
                                     ArrayRef<Value> rows) const {
  // A byte for each channel, as each row has two for half of them.
  VectorType type = builder.vectorOf(builder.getI16Type(), bytes / 2);
  return {builder.load(type, builder.at(rows[0], channel)),
          builder.load(type, builder.at(rows[1], channel))};
}

Value GateLines::toCodes(KernelBuilder &builder, const VectorTarget &target,
                         Value inputs,
                         const std::array<Value, 2> &multipliers) const {
  auto bytes = cast<VectorType>(inputs.getType());
  auto count = static_cast<int32_t>(bytes.getNumElements());
  VectorType shorts = builder.vectorOf(builder.getI16Type(), count / 2);
  if (isSigned)
    inputs =
        builder.create<arith::XOrIOp>(inputs, builder.constant(bytes, kMiddle));
  // 256 times the inputs.
  Value zeros = builder.constant(bytes, 0), codes[2];
  for (int64_t half : {0, 1}) {
    Value wide = unpackHalf(builder, zeros, inputs, half);
    Value high = target.takeHigh(builder, wide, multipliers[half], isSigned);
    high = builder.create<arith::AddIOp>(
        high, builder.constant(shorts, std::ldexp(1.0, fraction - 1)));
    Value shift = builder.constant(shorts, static_cast<double>(fraction));
    codes[half] = isSigned
                      ? builder.create<arith::ShRSIOp>(high, shift).getResult()
                      : builder.create<arith::ShRUIOp>(high, shift).getResult();
  }
  Value packed = target.pack(builder, codes[0], codes[1], /*isSigned=*/false);
  return builder.create<arith::MinUIOp>(
      packed, builder.constant(bytes, static_cast<double>(steps)));
}
