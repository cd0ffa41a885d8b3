//===- WinogradInput.cpp - Codes on their way to minimal filtering --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WinogradInput.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

static constexpr int64_t kTileRows = numerics::kWinogradTile;
static constexpr int64_t kOutputRows = numerics::kWinogradOutputs;
static constexpr int64_t kMaxChunk = 64;

WinogradInput::WinogradInput(KernelFrame &frame, const Geometry &geometry,
                             const WinogradShape &shape,
                             const WinogradPlan &plan, int64_t zeroPoint,
                             int64_t lanes)
    : geometry(geometry), shape(shape), plan(plan), input(frame.input),
      padding(frame.addBytes(
          SmallVector<uint8_t>(geometry.inC, static_cast<uint8_t>(zeroPoint)))),
      chunk(std::min(4 * lanes, kMaxChunk)) {}

/// Where the codes of a tile lie, row by row; outside the picture that is the
/// zero point.
WinogradInput::Pointers WinogradInput::locate(KernelBuilder &builder,
                                              Value tile) const {
  tile = builder.min(tile, builder.index(shape.all - 1));
  Value width = builder.index(shape.tilesX);
  Value top = builder.add(
      builder.mul(builder.create<arith::DivUIOp>(tile, width), kOutputRows),
      -geometry.padH());
  Value left = builder.add(
      builder.mul(builder.create<arith::RemUIOp>(tile, width), kOutputRows),
      -geometry.padW());
  Pointers pointers;
  std::array<Value, kTileRows> columns, insideColumn;
  for (int64_t j = 0; j < kTileRows; ++j) {
    columns[j] = builder.add(left, j);
    insideColumn[j] = builder.isBelow(columns[j], geometry.inW);
  }
  for (int64_t i = 0; i < kTileRows; ++i) {
    Value row = builder.add(top, i);
    Value insideRow = builder.isBelow(row, geometry.inH);
    Value firstPixel = builder.mul(row, geometry.inW);
    for (int64_t j = 0; j < kTileRows; ++j) {
      Value codes =
          builder.at(input, builder.mul(builder.add(firstPixel, columns[j]),
                                        geometry.inC));
      pointers[i * kTileRows + j] = builder.create<arith::SelectOp>(
          builder.create<arith::AndIOp>(insideRow, insideColumn[j]), codes,
          padding);
    }
  }
  return pointers;
}

void WinogradInput::emit(KernelBuilder &builder, Value tile, Value row) const {
  Pointers pointers = locate(builder, tile);
  VectorType narrow = builder.vectorOf(builder.getI8Type(), chunk);
  int64_t codeBytes = plan.dot->getCodeBytes();
  builder.loop(
      builder.index(0), builder.index(geometry.inC), chunk, [&](Value c) {
        Pointers codes;
        for (auto [code, pointer] : llvm::zip(codes, pointers))
          code = builder.load(narrow, builder.at(pointer, c));
        codes = numerics::winogradInput(codes, builder);
        Value goal = builder.at(row, builder.mul(c, codeBytes));
        for (auto [position, code] : llvm::enumerate(codes)) {
          Value moved = builder.createOrFold<arith::AddIOp>(
              code, builder.constant(
                        narrow, static_cast<double>(plan.offsets[position])));
          if (codeBytes == 2)
            moved = builder.create<arith::ExtUIOp>(
                builder.vectorOf(builder.getI16Type(), chunk), moved);
          builder.store(
              moved, builder.at(goal, position * shape.block * shape.rowBytes));
        }
      });
}
