//===- EmitUnpack.cpp - Packed weights into the panels of kernels ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// <net>_prepare has a function for each kind of panel: one that is written for
// its bits and its elements is several times as fast as one for all, and a
// network has few kinds. Four codes at a time become a vector of words; what is
// left of a row is unpacked code by code.
//
//===----------------------------------------------------------------------===//

#include "FunctionBuilder.h"
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
          (panel.winograd ? "_winograd" : ""))
      .str();
}

namespace {

class Unpack {
public:
  Unpack(KernelBuilder &builder, const WeightPanel &kind, ValueRange arguments)
      : builder(builder), kind(kind), packed(arguments[0]), panel(arguments[1]),
        outputs(arguments[2]), taps(arguments[3]), inputs(arguments[4]),
        width(arguments[5]), rows(arguments[6]), zero(builder.index(0)) {}

  void emitTaps();
  void emitPositions();
  void emitFields();

private:
  Value times(Value lhs, Value rhs) {
    return builder.create<arith::MulIOp>(lhs, rhs);
  }
  Value shiftRight(Value value, int64_t bits) {
    return builder.create<arith::ShRUIOp>(value, builder.index(bits));
  }
  /// The tile of output `n`, and its column there.
  Value tileOf(Value n) { return builder.create<arith::DivUIOp>(n, width); }
  Value columnOf(Value n) { return builder.create<arith::RemUIOp>(n, width); }

  VectorType words() { return builder.vectorOf(builder.getI32Type(), kCodes); }
  VectorType elements(int64_t count) {
    return builder.vectorOf(
        builder.getIntegerType(8 * static_cast<unsigned>(kind.elementBytes)),
        count);
  }

  Value loadCode(Value bit);
  Value loadCodes(Value bit);
  Value columnAt(Value firstGroup, Value column, Value c);
  void store(Value weight, Value firstGroup, Value column, Value c);
  void storeAll(Value weights, Value firstGroup, Value column, Value c);
  void forEachInput(llvm::function_ref<void(Value c, bool isVector)> body);
  void emitRow(Value row, Value place, Value firstBit, bool isVector);

  /// How many are unpacked at a time.
  static constexpr int64_t kCodes = 4;

  KernelBuilder &builder;
  const WeightPanel &kind;
  Value packed, panel, outputs, taps, inputs, width, rows, zero;
};

} // namespace

/// The signed code whose lowest bit is bit `bit` of the stream, as i16; 2q + 1
/// for a code q of odd weights.
Value Unpack::loadCode(Value bit) {
  Type half = builder.getI16Type(), size = builder.getI64Type();
  Value byte = shiftRight(bit, 3);
  Value raw = builder.create<arith::ExtUIOp>(
      size, builder.load(half, builder.at(packed, byte)));
  Value shifted = builder.create<arith::ShRUIOp>(
      raw, builder.create<arith::AndIOp>(bit, builder.index(7)));
  Value unused = builder.index(64 - kind.bits);
  Value code = builder.create<arith::ShRSIOp>(
      builder.create<arith::ShLIOp>(shifted, unused), unused);
  Value odd = builder.index(kind.odd);
  code = builder.create<arith::OrIOp>(builder.create<arith::ShLIOp>(code, odd),
                                      odd);
  return builder.create<arith::TruncIOp>(half, code);
}

/// The place of input `c`'s group, in columns from the panel's start.
Value Unpack::columnAt(Value firstGroup, Value column, Value c) {
  Value group =
      builder.add(firstGroup, shiftRight(c, llvm::Log2_64(kind.group)));
  return builder.add(times(group, width), column);
}

/// Stores the i16 `weight` of input `c`.
void Unpack::store(Value weight, Value firstGroup, Value column, Value c) {
  Value element = builder.add(
      builder.mul(columnAt(firstGroup, column, c), kind.group),
      builder.create<arith::AndIOp>(c, builder.index(kind.group - 1)));
  if (kind.elementBytes == 1)
    weight = builder.create<arith::TruncIOp>(builder.getI8Type(), weight);
  builder.store(weight,
                builder.at(panel, builder.mul(element, kind.elementBytes)));
}

/// The codes of four inputs whose first one's lowest bit is `bit`, as words.
Value Unpack::loadCodes(Value bit) {
  Value raw = builder.load(builder.getI64Type(),
                           builder.at(packed, shiftRight(bit, 3)));
  raw = builder.create<arith::ShRUIOp>(
      raw, builder.create<arith::AndIOp>(bit, builder.index(7)));
  Value four = builder.splat(
      builder.create<arith::TruncIOp>(builder.getI32Type(), raw), kCodes);
  SmallVector<int32_t> above;
  for (int64_t i = 1; i <= kCodes; ++i)
    above.push_back(static_cast<int32_t>(32 - i * kind.bits));
  Value left = builder.create<arith::ConstantOp>(
      DenseElementsAttr::get(words(), ArrayRef<int32_t>(above)));
  Value right = builder.constant(words(), static_cast<double>(32 - kind.bits));
  Value codes = builder.create<arith::ShRSIOp>(
      builder.create<arith::ShLIOp>(four, left), right);
  if (!kind.odd)
    return codes;
  return builder.add(builder.add(codes, codes), builder.constant(words(), 1));
}

/// Stores the words `weights` of the inputs from `c` on, a multiple of four:
/// groups are not longer.
void Unpack::storeAll(Value weights, Value firstGroup, Value column, Value c) {
  Value narrow = builder.create<arith::TruncIOp>(elements(kCodes), weights);
  int64_t groupBytes = kind.group * kind.elementBytes;
  for (int64_t first = 0; first < kCodes; first += kind.group) {
    Value place = builder.mul(
        columnAt(firstGroup, column, builder.add(c, first)), groupBytes);
    builder.store(builder.slice(narrow, first, kind.group),
                  builder.at(panel, place));
  }
}

/// Vectors of inputs, then those that are left.
void Unpack::forEachInput(
    llvm::function_ref<void(Value c, bool isVector)> body) {
  Value whole = builder.create<arith::AndIOp>(inputs, builder.index(-kCodes));
  builder.loop(zero, whole, kCodes, [&](Value c) { body(c, true); });
  builder.loop(whole, inputs, 1, [&](Value c) { body(c, false); });
}

void Unpack::emitTaps() {
  Value tapCodes = builder.mul(inputs, kind.bits);
  Value rowCodes = times(taps, tapCodes);
  builder.loop(zero, outputs, 1, [&](Value n) {
    Value firstTap = times(tileOf(n), taps), column = columnOf(n);
    builder.loop(zero, taps, 1, [&](Value tap) {
      Value firstBit = builder.add(times(n, rowCodes), times(tap, tapCodes));
      Value firstGroup = times(builder.add(firstTap, tap), rows);
      forEachInput([&](Value c, bool isVector) {
        Value bit = builder.add(firstBit, builder.mul(c, kind.bits));
        isVector ? storeAll(loadCodes(bit), firstGroup, column, c)
                 : store(loadCode(bit), firstGroup, column, c);
      });
    });
  });
}

/// Kernels of 9 taps into their 16 positions, which are the panel's taps.
void Unpack::emitPositions() {
  constexpr size_t kTaps = 9;
  Value tapCodes = builder.mul(inputs, kind.bits);
  builder.loop(zero, outputs, 1, [&](Value n) {
    Value firstTap = times(tileOf(n), taps), column = columnOf(n);
    Value firstBit = times(builder.mul(n, kTaps), tapCodes);
    forEachInput([&](Value c, bool isVector) {
      Value bit = builder.add(firstBit, builder.mul(c, kind.bits));
      std::array<Value, kTaps> kernel;
      for (Value &tap : kernel) {
        tap = isVector ? loadCodes(bit) : loadCode(bit);
        bit = builder.add(bit, tapCodes);
      }
      auto weights = numerics::winogradFilter(kernel, builder);
      for (auto [position, weight] : llvm::enumerate(weights)) {
        Value firstGroup = times(builder.add(firstTap, position), rows);
        isVector ? storeAll(weight, firstGroup, column, c)
                 : store(weight, firstGroup, column, c);
      }
    });
  });
}

/// Fields that share a byte: input k is row k % rows, field k / rows.
void Unpack::emitFields() {
  // Rows at the end have fewer fields.
  Value full = builder.sub(inputs, builder.mul(rows, kind.group - 1));
  Value whole = builder.create<arith::AndIOp>(builder.max(full, zero),
                                              builder.index(-kCodes));
  builder.loop(zero, outputs, 1, [&](Value n) {
    Value firstBit = builder.mul(times(n, inputs), kind.bits);
    Value firstRow = times(tileOf(n), rows), column = columnOf(n);
    auto emit = [&](Value row, bool isVector) {
      Value place = builder.at(
          panel, builder.add(times(builder.add(firstRow, row), width), column));
      emitRow(row, place, firstBit, isVector);
    };
    builder.loop(zero, whole, kCodes, [&](Value row) { emit(row, true); });
    builder.loop(whole, rows, 1, [&](Value row) { emit(row, false); });
  });
}

/// Row `row` of an output, or four rows from there on, whose first byte is at
/// `place`.
void Unpack::emitRow(Value row, Value place, Value firstBit, bool isVector) {
  Type word = builder.getI32Type();
  Type type = isVector ? Type(words()) : word;
  auto constant = [&](int64_t value) {
    return builder.constant(type, static_cast<double>(value));
  };
  Value all;
  for (int64_t field = 0; field < kind.group; ++field) {
    Value k = builder.add(builder.mul(rows, field), row);
    Value bit = builder.add(firstBit, builder.mul(k, kind.bits));
    Value code =
        isVector
            ? loadCodes(bit)
            : builder.create<arith::ExtUIOp>(word, loadCode(bit)).getResult();
    code = builder.create<arith::ShLIOp>(
        builder.create<arith::AndIOp>(
            code, constant((int64_t(1) << kind.fieldBits) - 1)),
        constant(field * kind.fieldBits + kind.fieldShift));
    if (!isVector) {
      Value isInput =
          builder.create<arith::CmpIOp>(arith::CmpIPredicate::slt, k, inputs);
      code = builder.create<arith::SelectOp>(isInput, code, constant(0));
    }
    all = all ? builder.create<arith::OrIOp>(all, code).getResult() : code;
  }
  Type byte = builder.getI8Type();
  if (!isVector) {
    builder.store(builder.create<arith::TruncIOp>(byte, all), place);
    return;
  }
  Value bytes =
      builder.create<arith::TruncIOp>(builder.vectorOf(byte, kCodes), all);
  for (int64_t i = 0; i < kCodes; ++i) {
    builder.store(builder.slice(bytes, i, 1), place);
    place = builder.at(place, width);
  }
}

void mlir::oqat::emitUnpackBody(KernelBuilder &builder, const WeightPanel &kind,
                                ValueRange arguments) {
  Unpack unpack(builder, kind, arguments);
  if (kind.fieldBits != 0)
    return unpack.emitFields();
  kind.winograd ? unpack.emitPositions() : unpack.emitTaps();
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
