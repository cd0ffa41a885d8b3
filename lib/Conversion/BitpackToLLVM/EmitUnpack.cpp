//===- EmitUnpack.cpp - Packed weights into the panels of kernels ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// <net>_prepare has a function for each kind of panel: one that is written for
// its bits and its elements is several times as fast as one for all, and a
// network has few kinds. Of bits that divide a byte, sixteen codes at a time
// become a vector of elements: bytes are halved until each has one code. Of
// others, and of short rows, four become one of words; what is left of a row is
// unpacked code by code.
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
          (panel.winograd ? "_winograd" : "") +
          (panel.groupsTaps ? "_taps" : ""))
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
  void emitGroupedTaps();
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
  VectorType bytes(int64_t count) {
    return builder.vectorOf(builder.getI8Type(), count);
  }
  VectorType elements(int64_t count) {
    return builder.vectorOf(
        builder.getIntegerType(8 * static_cast<unsigned>(kind.elementBytes)),
        count);
  }
  bool dividesByte() const { return llvm::isPowerOf2_64(kind.bits); }

  Value loadCode(Value bit);
  Value loadCodes(Value bit);
  Value loadBytes(Value bit);
  Value loadManyCodes(Value bit);
  Value load(Value bit, int64_t count);
  Value columnAt(Value firstGroup, Value column, Value c);
  void storeOne(Value weight, Value firstGroup, Value column, Value c);
  void store(Value weights, Value firstGroup, Value column, Value c);
  void forEachInput(llvm::function_ref<void(Value c, int64_t count)> body);
  void
  forEachTap(llvm::function_ref<void(Value n, Value tap, Value firstBit)> body);
  Value rowAt(Value n, Value row);
  Value firstBitOf(Value n);
  Value makeFields(Value row, Value firstBit);
  void emitRow(Value row, Value place, Value firstBit, bool isVector);
  void emitOutputs(Value n, Value full, Value square);
  void emitOutput(Value n, Value full);

  /// How many are unpacked at a time.
  static constexpr int64_t kCodes = 4, kManyCodes = 16;
  using Square = std::array<Value, kManyCodes>;
  Square transpose(Square rows);

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

/// Stores the `weight` of input `c`, an integer of 32 bits or fewer.
void Unpack::storeOne(Value weight, Value firstGroup, Value column, Value c) {
  Value element = builder.add(
      builder.mul(columnAt(firstGroup, column, c), kind.group),
      builder.create<arith::AndIOp>(c, builder.index(kind.group - 1)));
  if (Type type = elements(1).getElementType(); weight.getType() != type)
    weight = builder.create<arith::TruncIOp>(type, weight);
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

/// `count` elements of each of two vectors from `first` on, in turns.
static Value interleave(KernelBuilder &builder, Value lhs, Value rhs,
                        int64_t first, int64_t count) {
  int64_t all = cast<VectorType>(lhs.getType()).getNumElements();
  SmallVector<int32_t> lanes;
  for (int64_t i = first; i < first + count; ++i)
    for (int64_t lane : {i, all + i})
      lanes.push_back(static_cast<int32_t>(lane));
  return builder.create<LLVM::ShuffleVectorOp>(lhs, rhs, lanes);
}

/// Sixteen codes of bits that divide a byte, each in the low bits of a byte.
Value Unpack::loadBytes(Value bit) {
  Value place = builder.at(packed, shiftRight(bit, 3));
  int64_t count = kManyCodes * kind.bits / 8;
  Value codes;
  if (kind.bits < 4) {
    Value raw = builder.create<arith::ShRUIOp>(
        builder.load(builder.getI64Type(), place),
        builder.create<arith::AndIOp>(bit, builder.index(7)));
    Type type = builder.getIntegerType(static_cast<unsigned>(8 * count));
    codes = builder.create<LLVM::BitcastOp>(
        bytes(count), builder.create<arith::TruncIOp>(type, raw));
  } else {
    codes = builder.load(bytes(count), place);
  }
  // Bytes of several codes become two of half as many.
  for (int64_t half = 4; half >= kind.bits; half /= 2, count *= 2) {
    auto constant = [&](int64_t value) {
      return builder.constant(bytes(count), static_cast<double>(value));
    };
    Value low = builder.create<arith::AndIOp>(
        codes, constant((int64_t(1) << half) - 1));
    Value high = builder.create<arith::ShRUIOp>(codes, constant(half));
    codes = interleave(builder, low, high, 0, count);
  }
  return codes;
}

/// Sixteen codes as signed elements; words where they are to be transformed.
Value Unpack::loadManyCodes(Value bit) {
  Value codes = loadBytes(bit);
  if (kind.bits < 8) {
    Value sign = builder.constant(codes.getType(),
                                  static_cast<double>(1 << (kind.bits - 1)));
    codes = builder.sub(builder.create<arith::XOrIOp>(codes, sign), sign);
  }
  if (kind.elementBytes != 1 || kind.winograd)
    codes = builder.create<arith::ExtSIOp>(
        builder.vectorOf(builder.getI16Type(), kManyCodes), codes);
  if (!kind.odd)
    return codes;
  return builder.add(builder.add(codes, codes),
                     builder.constant(codes.getType(), 1));
}

Value Unpack::load(Value bit, int64_t count) {
  if (count == 1)
    return loadCode(bit);
  return count == kCodes ? loadCodes(bit) : loadManyCodes(bit);
}

/// Stores the weights of the inputs from `c` on, one or a multiple of four:
/// groups are not longer.
void Unpack::store(Value weights, Value firstGroup, Value column, Value c) {
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
    builder.store(builder.slice(weights, first, kind.group),
                  builder.at(panel, place));
  }
}

/// Vectors of inputs, then those that are left. The last long vector ends with
/// the last short one would: what both have is stored twice.
void Unpack::forEachInput(
    llvm::function_ref<void(Value c, int64_t count)> body) {
  Value whole = builder.create<arith::AndIOp>(inputs, builder.index(-kCodes));
  Value many = zero;
  if (dividesByte()) {
    Value isLong = builder.create<arith::CmpIOp>(
        arith::CmpIPredicate::sge, whole, builder.index(kManyCodes));
    if (kind.bits == 4) {
      // Rows of an odd number of codes don't all start with a byte.
      Value isOdd =
          builder.create<arith::TruncIOp>(builder.getI1Type(), inputs);
      isLong = builder.create<arith::SelectOp>(
          isOdd, builder.constant(builder.getI1Type(), 0), isLong);
    }
    many = builder.create<arith::SelectOp>(isLong, whole, zero);
    Value last = builder.add(whole, -kManyCodes);
    builder.loop(zero, many, kManyCodes,
                 [&](Value c) { body(builder.min(c, last), kManyCodes); });
  }
  builder.loop(many, whole, kCodes, [&](Value c) { body(c, kCodes); });
  builder.loop(whole, inputs, 1, [&](Value c) { body(c, 1); });
}

/// `body` gets an output, one of its taps and the first bit of that.
void Unpack::forEachTap(
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

void Unpack::emitTaps() {
  forEachTap([&](Value n, Value tap, Value firstBit) {
    Value firstGroup = times(builder.add(times(tileOf(n), taps), tap), rows);
    forEachInput([&](Value c, int64_t count) {
      Value bit = builder.add(firstBit, builder.mul(c, kind.bits));
      store(load(bit, count), firstGroup, columnOf(n), c);
    });
  });
}

/// The inputs of a tap side by side become a column of the panel each.
void Unpack::emitGroupedTaps() {
  forEachTap([&](Value n, Value tap, Value firstBit) {
    Value firstInput = times(tileOf(n), inputs);
    forEachInput([&](Value c, int64_t count) {
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

/// Kernels of 9 taps into their 16 positions, which are the panel's taps.
void Unpack::emitPositions() {
  constexpr size_t kTaps = 9;
  Value tapCodes = builder.mul(inputs, kind.bits);
  builder.loop(zero, outputs, 1, [&](Value n) {
    Value firstTap = times(tileOf(n), taps), column = columnOf(n);
    Value firstBit = times(builder.mul(n, kTaps), tapCodes);
    forEachInput([&](Value c, int64_t count) {
      Value bit = builder.add(firstBit, builder.mul(c, kind.bits));
      std::array<Value, kTaps> kernel;
      for (Value &tap : kernel) {
        tap = load(bit, count);
        bit = builder.add(bit, tapCodes);
      }
      auto weights = numerics::winogradFilter(kernel, builder);
      for (auto [position, weight] : llvm::enumerate(weights)) {
        Value firstGroup = times(builder.add(firstTap, position), rows);
        store(weight, firstGroup, column, c);
      }
    });
  });
}

/// Fields that share a byte: input k is row k % rows, field k / rows. Tiles are
/// vectors of bytes, so sixteen outputs lie side by side in one.
void Unpack::emitFields() {
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
Value Unpack::rowAt(Value n, Value row) {
  Value index = builder.add(times(tileOf(n), rows), row);
  return builder.at(panel, builder.add(times(index, width), columnOf(n)));
}
Value Unpack::firstBitOf(Value n) {
  return builder.mul(times(n, inputs), kind.bits);
}

/// Sixteen outputs from `n` on, sixteen rows at a time, which are unpacked
/// along the rows and stored along the outputs.
void Unpack::emitOutputs(Value n, Value full, Value square) {
  Value last = builder.add(full, -kManyCodes);
  builder.loop(zero, full, kManyCodes, [&](Value block) {
    Value row = builder.min(block, last);
    builder.loop(zero, builder.index(kManyCodes), 1, [&](Value i) {
      builder.store(makeFields(row, firstBitOf(builder.add(n, i))),
                    builder.at(square, builder.mul(i, kManyCodes)));
    });
    Square lines;
    for (auto [i, line] : llvm::enumerate(lines))
      line =
          builder.load(bytes(kManyCodes), builder.at(square, i * kManyCodes));
    Value place = rowAt(n, row);
    for (Value line : transpose(lines)) {
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
void Unpack::emitOutput(Value n, Value full) {
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

/// Columns to rows: four times, every vector is interleaved with the one eight
/// behind it.
Unpack::Square Unpack::transpose(Square rows) {
  for (int64_t step = 0; step < 4; ++step) {
    Square next;
    for (int64_t i = 0; i < kManyCodes / 2; ++i)
      for (int64_t half : {0, 1})
        next[2 * i + half] =
            interleave(builder, rows[i], rows[i + kManyCodes / 2],
                       half * kManyCodes / 2, kManyCodes / 2);
    rows = next;
  }
  return rows;
}

/// The bytes of sixteen rows of an output from `row` on, which have all fields.
Value Unpack::makeFields(Value row, Value firstBit) {
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
  if (kind.groupsTaps)
    return unpack.emitGroupedTaps();
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
