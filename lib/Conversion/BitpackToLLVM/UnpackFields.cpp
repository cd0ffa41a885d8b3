//===- UnpackFields.cpp - Packed weights into fields of bytes -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Some panels have the codes of several inputs in a byte. Where that pays,
// sixteen outputs by sixteen rows of bytes are made at a time and transposed,
// as codes lie along the inputs and a panel's bytes along the outputs.
//
//===----------------------------------------------------------------------===//

#include "UnpackEmitter.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {

class FieldsEmitter : UnpackEmitter {
public:
  using UnpackEmitter::UnpackEmitter;

  void emit();

private:
  Value rowAt(Value n, Value row);
  Value firstBitOf(Value n);
  Value makeFields(Value row, Value firstBit);
  void emitRow(Value row, Value place, Value firstBit, bool isVector);
  void emitOutputs(Value n, Value full, Value square);
  void emitOutput(Value n, Value full);
};

} // namespace

/// Fields that share a byte: input k is row k % rows, field k / rows. Tiles are
/// vectors of bytes, so sixteen outputs lie side by side in one.
void FieldsEmitter::emit() {
  // Rows at the end have fewer fields.
  Value full = builder.sub(inputs, builder.mul(rows, kind.group - 1));
  Value many =
      builder.create<arith::AndIOp>(outputs, builder.index(-kManyCodes));
  if (dividesByte()) {
    Value square = builder.allocate(kManyCodes * kManyCodes);
    Value isLong = builder.create<arith::CmpIOp>(
        arith::CmpIPredicate::sge, full, builder.index(kManyCodes));
    many = builder.create<arith::SelectOp>(isLong, many, zero);
    builder.loop(zero, many, kManyCodes,
                 [&](Value n) { emitOutputs(n, full, square); });
  } else {
    many = zero;
  }
  builder.loop(many, outputs, 1, [&](Value n) { emitOutput(n, full); });
}

/// The place of a row of an output in its tile, and its codes.
Value FieldsEmitter::rowAt(Value n, Value row) {
  Value index = builder.add(times(tileOf(n), rows), row);
  return builder.at(panel, builder.add(times(index, width), columnOf(n)));
}
Value FieldsEmitter::firstBitOf(Value n) {
  return builder.mul(times(n, inputs), kind.bits);
}

/// Sixteen outputs from `n` on, sixteen rows at a time, which are unpacked
/// along the rows and stored along the outputs.
void FieldsEmitter::emitOutputs(Value n, Value full, Value square) {
  Value last = builder.add(full, -kManyCodes);
  builder.loop(zero, full, kManyCodes, [&](Value block) {
    Value row = builder.min(block, last);
    builder.loop(zero, builder.index(kManyCodes), 1, [&](Value i) {
      builder.store(makeFields(row, firstBitOf(builder.add(n, i))),
                    builder.at(square, builder.mul(i, kManyCodes)));
    });
    SmallVector<Value> lines;
    for (int64_t i = 0; i < kManyCodes; ++i)
      lines.push_back(
          builder.load(bytes(kManyCodes), builder.at(square, i * kManyCodes)));
    Value place = rowAt(n, row);
    for (Value line : transposeSquare(builder, std::move(lines))) {
      builder.store(line, place);
      place = builder.at(place, width);
    }
  });
  builder.loop(n, builder.add(n, kManyCodes), 1, [&](Value own) {
    builder.loop(full, rows, 1, [&](Value row) {
      emitRow(row, rowAt(own, row), firstBitOf(own), /*isVector=*/false);
    });
  });
}

/// All rows of output `n`.
void FieldsEmitter::emitOutput(Value n, Value full) {
  Value whole = builder.create<arith::AndIOp>(builder.max(full, zero),
                                              builder.index(-kCodes));
  Value firstBit = firstBitOf(n);
  builder.loop(zero, whole, kCodes, [&](Value row) {
    emitRow(row, rowAt(n, row), firstBit, /*isVector=*/true);
  });
  builder.loop(whole, rows, 1, [&](Value row) {
    emitRow(row, rowAt(n, row), firstBit, /*isVector=*/false);
  });
}

/// The bytes of sixteen rows of an output from `row` on, which have all fields.
Value FieldsEmitter::makeFields(Value row, Value firstBit) {
  auto constant = [&](int64_t value) {
    return builder.constant(bytes(kManyCodes), static_cast<double>(value));
  };
  Value all;
  for (int64_t field = 0; field < kind.group; ++field) {
    Value k = builder.add(builder.mul(rows, field), row);
    Value bit = builder.add(firstBit, builder.mul(k, kind.bits));
    // Codes of fewer bits than their field are extended to it.
    Value codes = kind.bits == kind.fieldBits
                      ? loadBytes(bit)
                      : builder
                            .create<arith::AndIOp>(
                                loadManyCodes(bit),
                                constant((int64_t(1) << kind.fieldBits) - 1))
                            .getResult();
    codes = builder.create<arith::ShLIOp>(
        codes, constant(field * kind.fieldBits + kind.fieldShift));
    all = all ? builder.create<arith::OrIOp>(all, codes).getResult() : codes;
  }
  return all;
}

/// Row `row` of an output, or four rows from there on, whose first byte is at
/// `place`.
void FieldsEmitter::emitRow(Value row, Value place, Value firstBit,
                            bool isVector) {
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

void mlir::oqat::emitUnpackFields(KernelBuilder &builder,
                                  const WeightPanel &kind,
                                  ValueRange arguments) {
  FieldsEmitter(builder, kind, arguments).emit();
}
