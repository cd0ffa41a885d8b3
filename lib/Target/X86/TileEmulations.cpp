//===- TileEmulations.cpp - What the tiles of AMX compute -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tile registers in memory: the 64 bytes of the configuration as ldtilecfg has
// them (palette, bytes per row from byte 16 on, rows from byte 48 on), then
// eight tiles of 16 rows of 64 bytes. What lies outside of a tile's shape is 0,
// as it is in the CPU. An instruction that the CPU refuses, because of shapes
// that don't fit or without a configuration, traps. Operations are made one
// statement at a time, as in Emulations.cpp.
//
//===----------------------------------------------------------------------===//

#include "Emulations.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {

constexpr int64_t kTiles = 8, kRows = 16, kRowBytes = 64, kGroup = 4;
constexpr int64_t kWidths = 16, kHeights = 48;
static_assert(kTileStateBytes == kRowBytes * (1 + kTiles * kRows));

/// The registers at `state`, and control flow.
class TileWriter {
public:
  TileWriter(ImplicitLocOpBuilder &builder, Value state)
      : b(builder), state(state) {}

  //===--------------------------------------------------------------------===//
  // Numbers, memory and control flow
  //===--------------------------------------------------------------------===//

  Value constant(Type type, int64_t value) {
    Attribute attr = b.getIntegerAttr(getElementTypeOrSelf(type), value);
    if (auto vector = dyn_cast<VectorType>(type))
      attr = DenseElementsAttr::get(vector, attr);
    return b.create<LLVM::ConstantOp>(type, cast<TypedAttr>(attr));
  }
  Value index(int64_t value) { return constant(b.getI64Type(), value); }
  Value add(Value lhs, Value rhs) { return b.create<LLVM::AddOp>(lhs, rhs); }
  Value mul(Value lhs, Value rhs) { return b.create<LLVM::MulOp>(lhs, rhs); }
  Value mul(Value lhs, int64_t rhs) { return mul(lhs, index(rhs)); }
  Value at(Value base, Value bytes) {
    return b.create<LLVM::GEPOp>(base.getType(), b.getI8Type(), base,
                                 ArrayRef<LLVM::GEPArg>{bytes});
  }
  Value at(Value base, int64_t bytes) { return at(base, index(bytes)); }
  Value load(Type type, Value pointer) {
    return b.create<LLVM::LoadOp>(type, pointer, /*alignment=*/1);
  }
  void store(Value value, Value pointer) {
    b.create<LLVM::StoreOp>(value, pointer, /*alignment=*/1);
  }
  VectorType rowOf(Type element) {
    return VectorType::get(8 * kRowBytes / element.getIntOrFloatBitWidth(),
                           element);
  }
  Value zeroRow() { return constant(rowOf(b.getI8Type()), 0); }

  Block *split() {
    Block *block = b.getInsertionBlock();
    return block->splitBlock(b.getInsertionPoint());
  }

  /// for (i = 0; i < count; ++i) body(i).
  void loop(Value count, llvm::function_ref<void(Value)> body) {
    Block *before = b.getInsertionBlock(), *after = split();
    Block *head = b.createBlock(after, {b.getI64Type()}, {b.getLoc()});
    Block *inside = b.createBlock(after);
    b.setInsertionPointToEnd(before);
    b.create<LLVM::BrOp>(ValueRange(index(0)), head);
    b.setInsertionPointToEnd(head);
    Value i = head->getArgument(0);
    Value goesOn = compare(LLVM::ICmpPredicate::ult, i, count);
    b.create<LLVM::CondBrOp>(goesOn, inside, after);
    b.setInsertionPointToEnd(inside);
    body(i);
    b.create<LLVM::BrOp>(ValueRange(add(i, index(1))), head);
    b.setInsertionPointToStart(after);
  }

  Value compare(LLVM::ICmpPredicate predicate, Value lhs, Value rhs) {
    return b.create<LLVM::ICmpOp>(predicate, lhs, rhs);
  }
  void require(LLVM::ICmpPredicate predicate, Value lhs, int64_t rhs) {
    require(predicate, lhs, constant(lhs.getType(), rhs));
  }
  void require(LLVM::ICmpPredicate predicate, Value lhs, Value rhs) {
    Value holds = compare(predicate, lhs, rhs);
    Block *before = b.getInsertionBlock(), *after = split();
    Block *refused = b.createBlock(after);
    b.create<LLVM::Trap>();
    b.create<LLVM::UnreachableOp>();
    b.setInsertionPointToEnd(before);
    b.create<LLVM::CondBrOp>(holds, after, refused);
    b.setInsertionPointToStart(after);
  }

  //===--------------------------------------------------------------------===//
  // Registers
  //===--------------------------------------------------------------------===//

  struct Tile {
    Value data, rows, rowBytes;
  };

  Value palette() { return load(b.getI8Type(), state); }
  Value wide(Value value) {
    return b.create<LLVM::ZExtOp>(b.getI64Type(), value);
  }
  Value rows(Value number) {
    return wide(load(b.getI8Type(), at(at(state, kHeights), number)));
  }
  Value rowBytes(Value number) {
    Value distance = mul(number, 2);
    return wide(load(b.getI16Type(), at(at(state, kWidths), distance)));
  }

  /// A register that has a shape, as all instructions want it.
  Tile use(Value immediate) {
    require(LLVM::ICmpPredicate::eq, palette(), 1);
    Value number = wide(immediate);
    Tile tile;
    tile.rows = rows(number);
    tile.rowBytes = rowBytes(number);
    Value distance = mul(number, kRows * kRowBytes);
    tile.data = at(at(state, kRowBytes), distance);
    require(LLVM::ICmpPredicate::ne, tile.rows, 0);
    require(LLVM::ICmpPredicate::ne, tile.rowBytes, 0);
    return tile;
  }

  void clear(Value data, int64_t count) {
    loop(index(count), [&](Value row) {
      Value own = at(data, mul(row, kRowBytes));
      store(zeroRow(), own);
    });
  }

  /// Copies the rows of a tile, each to or from its place in memory.
  void copy(const Tile &tile, Value pointer, Value pitch, bool isLoad) {
    loop(tile.rows, [&](Value row) {
      Value own = at(tile.data, mul(row, kRowBytes));
      Value other = at(pointer, mul(row, pitch));
      loop(tile.rowBytes, [&](Value i) {
        Value byte = load(b.getI8Type(), at(isLoad ? other : own, i));
        store(byte, at(isLoad ? own : other, i));
      });
    });
  }

  ImplicitLocOpBuilder &b;
  Value state;
};

} // namespace

//===----------------------------------------------------------------------===//
// The instructions
//===----------------------------------------------------------------------===//

/// (pointer): takes over a configuration, which has palette 1 or, as palette 0,
/// none of the tiles; clears these.
static void configure(ImplicitLocOpBuilder &builder, Value state,
                      ValueRange args) {
  TileWriter w(builder, state);
  w.store(w.load(w.rowOf(builder.getI8Type()), args[0]), state);
  w.require(LLVM::ICmpPredicate::ule, w.palette(), 1);
  w.loop(w.index(kTiles), [&](Value number) {
    w.require(LLVM::ICmpPredicate::ule, w.rows(number), kRows);
    w.require(LLVM::ICmpPredicate::ule, w.rowBytes(number), kRowBytes);
  });
  w.clear(w.at(state, kRowBytes), kTiles * kRows);
}

static void release(ImplicitLocOpBuilder &builder, Value state, ValueRange) {
  TileWriter w(builder, state);
  w.store(w.zeroRow(), state);
}

/// (tile).
static void clearTile(ImplicitLocOpBuilder &builder, Value state,
                      ValueRange args) {
  TileWriter w(builder, state);
  w.clear(w.use(args[0]).data, kRows);
}

/// (tile, pointer, bytes from row to row).
static void loadTile(ImplicitLocOpBuilder &builder, Value state,
                     ValueRange args) {
  TileWriter w(builder, state);
  TileWriter::Tile tile = w.use(args[0]);
  w.clear(tile.data, kRows);
  w.copy(tile, args[1], args[2], /*isLoad=*/true);
}

static void storeTile(ImplicitLocOpBuilder &builder, Value state,
                      ValueRange args) {
  TileWriter w(builder, state);
  w.copy(w.use(args[0]), args[1], args[2], /*isLoad=*/false);
}

/// (sums, codes, weights): of each row of codes, every four unsigned bytes
/// times those of a row of weights, signed, are added to the sums of its row.
static void dotTiles(ImplicitLocOpBuilder &builder, Value state,
                     ValueRange args) {
  TileWriter w(builder, state);
  TileWriter::Tile sums = w.use(args[0]), codes = w.use(args[1]),
                   weights = w.use(args[2]);
  w.require(LLVM::ICmpPredicate::ne, args[0], args[1]);
  w.require(LLVM::ICmpPredicate::ne, args[0], args[2]);
  w.require(LLVM::ICmpPredicate::ne, args[1], args[2]);
  w.require(LLVM::ICmpPredicate::eq, sums.rows, codes.rows);
  w.require(LLVM::ICmpPredicate::eq, sums.rowBytes, weights.rowBytes);
  w.require(LLVM::ICmpPredicate::eq, codes.rowBytes,
            w.mul(weights.rows, kGroup));
  Value odd = builder.create<LLVM::AndOp>(sums.rowBytes, w.index(kGroup - 1));
  w.require(LLVM::ICmpPredicate::eq, odd, 0);
  Type word = builder.getI32Type();
  VectorType row = w.rowOf(word);
  Emulation dot = lookupEmulation("llvm.x86.avx512.vpdpbusd.512");
  w.loop(sums.rows, [&](Value m) {
    Value sumRow = w.at(sums.data, w.mul(m, kRowBytes));
    Value codeRow = w.at(codes.data, w.mul(m, kRowBytes));
    w.loop(weights.rows, [&](Value k) {
      Value four = w.load(word, w.at(codeRow, w.mul(k, kGroup)));
      Value zeros = w.constant(row, 0), place = w.constant(word, 0);
      Value first = builder.create<LLVM::InsertElementOp>(zeros, four, place);
      Value splat = builder.create<LLVM::ShuffleVectorOp>(
          first, first, SmallVector<int32_t>(row.getNumElements(), 0));
      Value weightRow = w.load(row, w.at(weights.data, w.mul(k, kRowBytes)));
      Value sum = dot(builder, {w.load(row, sumRow), splat, weightRow});
      w.store(sum, sumRow);
    });
  });
}

TileEmulation mlir::oqat::lookupTileEmulation(StringRef intrinsic) {
  if (!intrinsic.consume_front("llvm.x86."))
    return nullptr;
  return llvm::StringSwitch<TileEmulation>(intrinsic)
      .Case("ldtilecfg", configure)
      .Case("tilerelease", release)
      .Case("tilezero", clearTile)
      .Case("tileloadd64", loadTile)
      .Case("tilestored64", storeTile)
      .Case("tdpbusd", dotTiles)
      .Default(nullptr);
}
