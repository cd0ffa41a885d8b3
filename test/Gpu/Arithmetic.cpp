//===- Arithmetic.cpp - Arithmetic of all threads at once -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Values.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/ADT/bit.h"
#include <cmath>

using namespace mlir;
using namespace oqat::test;

unsigned oqat::test::getElementBits(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (element.isIndex())
    return 64;
  return std::max(8u, element.getIntOrFloatBitWidth());
}

ThreadValues::ThreadValues(size_t threads, Type type) {
  if (auto vector = dyn_cast<VectorType>(type))
    width = static_cast<size_t>(vector.getNumElements());
  bits.resize(threads * width);
}

llvm::Error oqat::test::operationError(Operation *op, const llvm::Twine &what) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  op->print(stream, OpPrintingFlags().skipRegions().useLocalScope());
  return llvm::createStringError(what + ": " + text);
}

namespace {
/// An integer or index type of some width.
unsigned intBits(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
}
uint64_t truncate(uint64_t value, Type type) {
  unsigned bits = intBits(type);
  return bits == 64 ? value : value & ((uint64_t(1) << bits) - 1);
}
int64_t extend(uint64_t value, Type type) {
  return llvm::SignExtend64(value, intBits(type));
}

double toDouble(uint64_t bits, Type type) {
  if (getElementTypeOrSelf(type).isF32())
    return static_cast<double>(
        llvm::bit_cast<float>(static_cast<uint32_t>(bits)));
  return llvm::bit_cast<double>(bits);
}
/// Rounded to the type: the result of one operation on f32 in double is right
/// after that (its 53 bits are more than 2 * 24 + 2).
uint64_t fromDouble(double value, Type type) {
  if (getElementTypeOrSelf(type).isF32())
    return llvm::bit_cast<uint32_t>(static_cast<float>(value));
  return llvm::bit_cast<uint64_t>(value);
}

/// Applies `compute` to the operands' bits, element by element; an operand of
/// one element goes with all.
template <typename Compute>
ThreadValues map(Operation *op, size_t threads,
                 ArrayRef<const ThreadValues *> operands, Compute compute) {
  ThreadValues result(threads, op->getResult(0).getType());
  std::array<uint64_t, 3> in{};
  for (size_t t = 0; t < threads; ++t)
    for (size_t e = 0; e < result.width; ++e) {
      for (auto [i, operand] : llvm::enumerate(operands))
        in[i] = operand->at(t, operand->width == 1 ? 0 : e);
      result.at(t, e) = compute(in);
    }
  return result;
}
using In = std::array<uint64_t, 3>;

bool compare(arith::CmpFPredicate predicate, double a, double b) {
  using Predicate = arith::CmpFPredicate;
  bool unordered = std::isnan(a) || std::isnan(b);
  switch (predicate) {
  case Predicate::OLT:
    return a < b;
  case Predicate::OLE:
    return a <= b;
  case Predicate::OGT:
    return a > b;
  case Predicate::OGE:
    return a >= b;
  case Predicate::OEQ:
    return a == b;
  case Predicate::UNO:
    return unordered;
  case Predicate::ORD:
    return !unordered;
  case Predicate::UNE:
    return !(a == b);
  default:
    llvm_unreachable("a predicate that no kernel has");
  }
}

ThreadValues constant(arith::ConstantOp op, size_t threads) {
  SmallVector<uint64_t> elements;
  auto add = [&](Attribute value) {
    if (auto number = dyn_cast<FloatAttr>(value))
      elements.push_back(number.getValue().bitcastToAPInt().getZExtValue());
    else
      elements.push_back(cast<IntegerAttr>(value).getValue().getZExtValue());
  };
  if (auto dense = dyn_cast<DenseElementsAttr>(op.getValue()))
    for (Attribute value : dense.getValues<Attribute>())
      add(value);
  else
    add(op.getValue());
  ThreadValues result(threads, op.getType());
  for (size_t i = 0; i < result.bits.size(); ++i)
    result.bits[i] = elements[i % result.width];
  return result;
}

/// One of the operations on two floats or two integers.
template <typename FloatOp, typename IntOp>
ThreadValues binary(Operation *op, size_t threads,
                    ArrayRef<const ThreadValues *> operands, FloatOp onFloats,
                    IntOp onInts) {
  Type type = op->getResult(0).getType();
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(type));
  return map(op, threads, operands, [=](const In &in) {
    if (isFloat)
      return fromDouble(onFloats(toDouble(in[0], type), toDouble(in[1], type)),
                        type);
    return truncate(onInts(in[0], in[1]), type);
  });
}
} // namespace

bool oqat::test::isArithmetic(Operation *op) {
  return isa<arith::ArithDialect, math::MathDialect>(op->getDialect());
}

llvm::Expected<ThreadValues>
oqat::test::computeArithmetic(Operation *op, size_t threads,
                              ArrayRef<const ThreadValues *> operands) {
  Type from = op->getNumOperands() ? op->getOperand(0).getType() : Type();
  Type to = op->getResult(0).getType();
  auto each = [&](auto compute) { return map(op, threads, operands, compute); };
  auto none = [](auto, auto) { return 0; };
  auto ints = [&](auto compute) {
    return binary(op, threads, operands, none, compute);
  };
  auto add = [](auto a, auto b) { return a + b; };
  auto sub = [](auto a, auto b) { return a - b; };
  auto mul = [](auto a, auto b) { return a * b; };
  auto div = [](auto a, auto b) { return a / b; };
  auto cast = [&](auto compute) {
    return each([=](const In &in) { return compute(in[0]); });
  };
  using Result = llvm::Expected<ThreadValues>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](arith::ConstantOp c) { return constant(c, threads); })
      .Case<arith::AddFOp, arith::AddIOp>(
          [&](auto) { return binary(op, threads, operands, add, add); })
      .Case<arith::SubFOp, arith::SubIOp>(
          [&](auto) { return binary(op, threads, operands, sub, sub); })
      .Case<arith::MulFOp, arith::MulIOp>(
          [&](auto) { return binary(op, threads, operands, mul, mul); })
      .Case([&](arith::DivFOp) {
        return binary(op, threads, operands, div, none);
      })
      .Case([&](arith::DivUIOp) {
        return ints([](uint64_t a, uint64_t b) { return b ? a / b : 0; });
      })
      .Case([&](arith::RemUIOp) {
        return ints([](uint64_t a, uint64_t b) { return b ? a % b : 0; });
      })
      .Case([&](arith::MinUIOp) {
        return ints([](uint64_t a, uint64_t b) { return std::min(a, b); });
      })
      .Case<arith::MinSIOp, arith::MaxSIOp>([&](auto) {
        bool isMax = isa<arith::MaxSIOp>(op);
        return ints([=](uint64_t a, uint64_t b) {
          return (extend(a, to) < extend(b, to)) == isMax ? b : a;
        });
      })
      .Case([&](arith::AndIOp) {
        return ints([](uint64_t a, uint64_t b) { return a & b; });
      })
      .Case([&](arith::ShLIOp) {
        return ints([](uint64_t a, uint64_t b) { return b < 64 ? a << b : 0; });
      })
      .Case([&](arith::CmpFOp compareOp) {
        auto predicate = compareOp.getPredicate();
        return each([=](const In &in) -> uint64_t {
          return compare(predicate, toDouble(in[0], from),
                         toDouble(in[1], from));
        });
      })
      .Case([&](arith::CmpIOp compareOp) {
        auto predicate = compareOp.getPredicate();
        return each([=](const In &in) -> uint64_t {
          unsigned bits = intBits(from);
          return arith::applyCmpPredicate(predicate, APInt(bits, in[0]),
                                          APInt(bits, in[1]));
        });
      })
      .Case([&](arith::SelectOp) {
        return each([](const In &in) { return in[0] ? in[1] : in[2]; });
      })
      .Case<arith::FPToSIOp>([&](auto) {
        return cast([=](uint64_t a) {
          return truncate(
              static_cast<uint64_t>(static_cast<int64_t>(toDouble(a, from))),
              to);
        });
      })
      .Case<arith::SIToFPOp>([&](auto) {
        return cast([=](uint64_t a) {
          return fromDouble(static_cast<double>(extend(a, from)), to);
        });
      })
      .Case<arith::UIToFPOp>([&](auto) {
        return cast(
            [=](uint64_t a) { return fromDouble(static_cast<double>(a), to); });
      })
      .Case<arith::ExtFOp, arith::TruncFOp>([&](auto) {
        return cast(
            [=](uint64_t a) { return fromDouble(toDouble(a, from), to); });
      })
      .Case<arith::TruncIOp, arith::ExtUIOp>([&](auto) {
        return cast([=](uint64_t a) { return truncate(a, to); });
      })
      .Case<arith::ExtSIOp, arith::IndexCastOp>([&](auto) {
        return cast([=](uint64_t a) {
          return truncate(static_cast<uint64_t>(extend(a, from)), to);
        });
      })
      .Case([&](math::RoundEvenOp) {
        return cast([=](uint64_t a) {
          return fromDouble(std::nearbyint(toDouble(a, from)), to);
        });
      })
      .Case([&](arith::NegFOp) {
        return cast(
            [=](uint64_t a) { return fromDouble(-toDouble(a, from), to); });
      })
      .Case([&](math::FmaOp) {
        return each([](const In &in) -> uint64_t {
          auto f = [&](size_t i) {
            return llvm::bit_cast<float>(static_cast<uint32_t>(in[i]));
          };
          return llvm::bit_cast<uint32_t>(std::fma(f(0), f(1), f(2)));
        });
      })
      .Case([&](math::SqrtOp) {
        return cast([=](uint64_t a) {
          return fromDouble(std::sqrt(toDouble(a, from)), to);
        });
      })
      .Case([&](math::CountTrailingZerosOp) {
        return cast([=](uint64_t a) -> uint64_t {
          return static_cast<uint64_t>(APInt(intBits(from), a).countr_zero());
        });
      })
      .Default([](Operation *unknown) -> Result {
        return operationError(unknown, "no thread can do this");
      });
}
