//===- EmitUnpack.cpp - Packed weights into the panels of kernels ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// <net>_prepare has a function for each kind of panel: one that is written for
// its bits and its elements is several times as fast as one for all, and a
// network has few kinds.
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

  Value loadCode(Value bit);
  Value columnAt(Value firstGroup, Value column, Value c);
  void store(Value weight, Value firstGroup, Value column, Value c);
  Value copyGroups(Value firstBit, Value firstGroup, Value column);

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

/// Copies whole groups of four bytes, which lie in the stream as they do in
/// the panel, and returns the first input that is left.
Value Unpack::copyGroups(Value firstBit, Value firstGroup, Value column) {
  Value end = builder.create<arith::AndIOp>(inputs, builder.index(-4));
  Value source = builder.at(packed, shiftRight(firstBit, 3));
  builder.loop(zero, end, 4, [&](Value c) {
    builder.store(
        builder.load(builder.getI32Type(), builder.at(source, c)),
        builder.at(panel, builder.mul(columnAt(firstGroup, column, c), 4)));
  });
  return end;
}

void Unpack::emitTaps() {
  bool isCopy =
      kind.bits == 8 && kind.group == 4 && kind.elementBytes == 1 && !kind.odd;
  Value tapCodes = builder.mul(inputs, kind.bits);
  Value rowCodes = times(taps, tapCodes);
  builder.loop(zero, outputs, 1, [&](Value n) {
    Value firstTap = times(tileOf(n), taps), column = columnOf(n);
    builder.loop(zero, taps, 1, [&](Value tap) {
      Value firstBit = builder.add(times(n, rowCodes), times(tap, tapCodes));
      Value firstGroup = times(builder.add(firstTap, tap), rows);
      Value first = zero;
      if (isCopy)
        first = copyGroups(firstBit, firstGroup, column);
      builder.loop(first, inputs, 1, [&](Value c) {
        store(loadCode(builder.add(firstBit, builder.mul(c, kind.bits))),
              firstGroup, column, c);
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
    builder.loop(zero, inputs, 1, [&](Value c) {
      Value bit = builder.add(firstBit, builder.mul(c, kind.bits));
      std::array<Value, kTaps> kernel;
      for (Value &tap : kernel) {
        tap = loadCode(bit);
        bit = builder.add(bit, tapCodes);
      }
      auto weights = numerics::winogradFilter(kernel, builder);
      for (auto [position, weight] : llvm::enumerate(weights))
        store(weight, times(builder.add(firstTap, position), rows), column, c);
    });
  });
}

/// Fields that share a byte: input k is row k % rows, field k / rows.
void Unpack::emitFields() {
  Type size = builder.getI64Type();
  Value mask = builder.index((int64_t(1) << kind.fieldBits) - 1);
  builder.loop(zero, outputs, 1, [&](Value n) {
    Value firstBit = builder.mul(times(n, inputs), kind.bits);
    Value firstRow = times(tileOf(n), rows), column = columnOf(n);
    builder.loop(zero, rows, 1, [&](Value row) {
      Value all;
      for (int64_t field = 0; field < kind.group; ++field) {
        Value k = builder.add(builder.mul(rows, field), row);
        Value code = loadCode(builder.add(firstBit, builder.mul(k, kind.bits)));
        code = builder.create<arith::ShLIOp>(
            builder.create<arith::AndIOp>(
                builder.create<arith::ExtUIOp>(size, code), mask),
            builder.index(field * kind.fieldBits + kind.fieldShift));
        // Rows at the end have fewer fields.
        Value isInput =
            builder.create<arith::CmpIOp>(arith::CmpIPredicate::slt, k, inputs);
        code = builder.create<arith::SelectOp>(isInput, code, zero);
        all = all ? builder.create<arith::OrIOp>(all, code).getResult() : code;
      }
      Value place = builder.at(
          panel, builder.add(times(builder.add(firstRow, row), width), column));
      builder.store(builder.create<arith::TruncIOp>(builder.getI8Type(), all),
                    place);
    });
  });
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
