//===- PixelIndices.cpp - Codes of pixels as indices, input by input ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// 64 pixels of a row at a time: three codes are joined where they lie, channels
// innermost, and 16 channels of the joined bytes are transposed at once. What
// lies behind a row goes where the next one comes later.
//
//===----------------------------------------------------------------------===//

#include "PixelIndices.h"

#include "Interleave.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;

/// Bytes that are made at a time, about, and most vectors of pixels.
static constexpr int64_t kChunkBytes = 12288, kMostVectors = 32;

/// Bytes that are transposed together.
static constexpr int64_t kPart = 16, kParts = PixelIndices::kVector / kPart;

int64_t PixelIndices::countVectors(const PlaneLayout &layout) {
  return ceilDiv(layout.pictureBytes() * PlaneLayout::kCodes, kVector);
}

PixelIndices::PixelIndices(KernelBuilder &builder, KernelFrame &frame,
                           const LookupPlan &lookups, int64_t inputs,
                           const PlaneLayout &layout, int64_t tile)
    : builder(builder), frame(frame), inputs(inputs), rows(lookups.rows),
      chunk(std::clamp<int64_t>(kChunkBytes / (kVector * rows) / tile, 1,
                                kMostVectors / tile) *
            tile),
      // A group may start before the first pixel and end behind the last one.
      stride((chunk + 2) * kVector), height(layout.height), width(layout.width),
      rowPixels(layout.rowBytes() * PlaneLayout::kCodes),
      type(builder.vectorOf(builder.getI8Type(), kVector)) {
  if (rowPixels == width) {
    width = rowPixels = height * width;
    height = 1;
  }
  joined = builder.allocate(kVector * inputs + kVector);
  place = builder.allocate(rows * stride);
}

/// The group of pixels, of those of all rows, that `pixel` of a plane is in.
Value PixelIndices::groupOf(Value pixel) {
  int64_t perRow = ceilDiv(width, kVector);
  Value y = builder.min(
      builder.create<arith::DivUIOp>(pixel, builder.index(rowPixels)),
      builder.index(height - 1));
  Value x = builder.sub(pixel, builder.mul(y, rowPixels));
  return builder.add(
      builder.mul(y, perRow),
      builder.min(builder.create<arith::DivUIOp>(x, builder.index(kVector)),
                  builder.index(perRow - 1)));
}

void PixelIndices::make(Value first, Value count) {
  Value start = builder.mul(first, kVector);
  Value last = builder.add(builder.add(start, builder.mul(count, kVector)), -1);
  builder.loop(groupOf(start), builder.add(groupOf(last), 1), 1,
               [&](Value group) { makeGroup(group, start); });
}

/// Where `start` is the first pixel that is asked for.
void PixelIndices::makeGroup(Value group, Value start) {
  int64_t perRow = ceilDiv(width, kVector);
  Value y = builder.create<arith::DivUIOp>(group, builder.index(perRow));
  Value index = builder.sub(group, builder.mul(y, perRow));
  Value x = builder.min(builder.mul(index, kVector),
                        builder.index(std::max<int64_t>(width - kVector, 0)));
  Value pixel = builder.add(builder.mul(y, width), x);
  join(builder.at(frame.input, builder.mul(pixel, inputs)),
       builder.min(builder.sub(builder.index(height * width), pixel),
                   builder.index(kVector)));
  Value column = builder.sub(builder.add(builder.mul(y, rowPixels), x), start);
  transpose(builder.at(place, builder.add(column, kVector)));
}

/// The codes of `count` pixels, field j from input r + j * rows on. The last
/// field may be of the next pixel, for which there are no weights, or of
/// anything behind the last one.
void PixelIndices::join(Value source, Value count) {
  VectorType pairs = builder.vectorOf(builder.getI16Type(), kVector / 2);
  Value end = builder.add(builder.mul(count, inputs), rows - inputs);
  Value highest = builder.max(builder.add(end, -kVector), builder.index(0));
  builder.loop(builder.index(0), end, kVector, [&](Value next) {
    Value first = builder.min(next, highest);
    Value all;
    for (int64_t j = 0; j * rows < inputs; ++j) {
      Value codes =
          builder.load(pairs, builder.at(source, builder.add(first, j * rows)));
      if ((j + 1) * rows > inputs)
        codes = builder.create<arith::AndIOp>(codes,
                                              builder.constant(pairs, 0x0303));
      // In pairs, since no code leaves its byte and CPUs don't shift bytes.
      if (j != 0)
        codes = builder.create<arith::ShLIOp>(
            codes, builder.constant(pairs, 2 * static_cast<double>(j)));
      all = all ? builder.create<arith::OrIOp>(all, codes).getResult() : codes;
    }
    builder.store(all, builder.at(joined, first));
  });
}

void PixelIndices::transpose(Value goal) {
  VectorType part = builder.vectorOf(builder.getI8Type(), kPart);
  auto concatenate = [&](Value low, Value high) {
    int64_t count = cast<VectorType>(low.getType()).getNumElements();
    return builder
        .create<LLVM::ShuffleVectorOp>(
            low, high, llvm::to_vector(llvm::seq<int32_t>(0, 2 * count)))
        .getResult();
  };
  for (int64_t first = 0; first < rows; first += kPart) {
    SmallVector<Value> pixels;
    for (int64_t i = 0; i < kPart; ++i) {
      SmallVector<Value> parts;
      for (int64_t j = 0; j < kParts; ++j)
        parts.push_back(builder.load(
            part, builder.at(joined, (i + j * kPart) * inputs + first)));
      pixels.push_back(concatenate(concatenate(parts[0], parts[1]),
                                   concatenate(parts[2], parts[3])));
    }
    SmallVector<Value> columns = transposeBytes(builder, pixels);
    for (int64_t row = first; row < std::min(first + kPart, rows); ++row)
      builder.store(columns[row - first], builder.at(goal, row * stride));
  }
}

Value PixelIndices::load(Value row, Value index) {
  Value pixels = builder.add(builder.mul(index, kVector), kVector);
  return builder.load(
      type, builder.at(builder.at(place, builder.mul(row, stride)), pixels));
}
