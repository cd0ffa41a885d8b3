//===- RowBand.cpp - Rows of codes with their border ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowBand.h"

using namespace mlir;
using namespace mlir::oqat;

/// Chunks of a row may reach into its right border, which comes after them.
int64_t RowBand::pitch() const {
  return roundUp(leftBytes() + rowBytes(), kChunk) +
         roundUp(leftBytes() + kChunk, kChunk);
}

RowBand::RowBand(KernelBuilder &builder, KernelFrame &frame,
                 const Geometry &geometry, int64_t zeroPoint)
    : geometry(geometry), input(frame.input),
      padding(frame.addBytes(
          SmallVector<uint8_t>(kChunk, static_cast<uint8_t>(zeroPoint)))),
      band(builder.allocate(geometry.kernelH * pitch())) {}

Value RowBand::rowAt(KernelBuilder &builder, Value ky) const {
  return builder.at(band, builder.mul(ky, pitch()));
}

void RowBand::emit(KernelBuilder &builder, Value y) const {
  VectorType bytes = builder.vectorOf(builder.getI8Type(), kChunk);
  Value zero = builder.index(0), border = builder.load(bytes, padding);
  auto fill = [&](Value from, int64_t count) {
    builder.loop(zero, builder.index(count), kChunk,
                 [&](Value i) { builder.store(border, builder.at(from, i)); });
  };
  Value top = builder.add(builder.mul(y, geometry.stride), -geometry.padH());
  builder.loop(zero, builder.index(geometry.kernelH), 1, [&](Value ky) {
    Value row = builder.add(top, ky), own = rowAt(builder, ky);
    Value inner = builder.at(own, leftBytes());
    fill(own, leftBytes());
    builder.when(
        builder.isBelow(row, geometry.inH),
        [&] {
          Value source = builder.at(input, builder.mul(row, rowBytes()));
          builder.loop(zero, builder.index(rowBytes()), kChunk, [&](Value i) {
            builder.store(builder.load(bytes, builder.at(source, i)),
                          builder.at(inner, i));
          });
        },
        [&] { fill(inner, rowBytes()); });
    fill(builder.at(inner, rowBytes()), leftBytes());
  });
}
