//===- PlanePacker.cpp - Pixels of many channels to planes of one ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanePacker.h"

#include "Interleave.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;

PlanePacker::PlanePacker(KernelBuilder &builder, KernelFrame &frame,
                         const PlaneShape &shape,
                         const std::optional<PlaneLayout> &planes)
    : builder(builder), frame(frame), shape(shape), planes(planes) {
  if (planes)
    return;
  for (const PlaneColumns &tile : shape.tiles)
    records = std::max(records, firstRecord(tile, shape.geometry.stride));
  place = builder.allocate(shape.channels.vectors * records * kRecordBytes);
}

/// Of a phase, the index of its first record.
int64_t PlanePacker::firstRecord(const PlaneColumns &columns,
                                 int64_t phase) const {
  int64_t first = 0;
  for (int64_t before = 0; before < phase; ++before)
    first += shape.records(columns, before);
  return first;
}

void PlanePacker::pack(const PlaneColumns &columns, Value y, Value count,
                       const ChannelTile &tile) {
  const Geometry &geometry = shape.geometry;
  Value top = builder.add(builder.mul(y, geometry.stride), -geometry.padH());
  topRow = top;
  firstChannel = tile.first;
  if (planes)
    return;
  for (int64_t phase = 0; phase < geometry.stride; ++phase)
    builder.loop(
        builder.index(0), shape.countRecords(builder, columns, phase, count), 1,
        [&](Value index) {
          Value first = builder.add(
              top, builder.add(
                       builder.mul(index, columns.recordRows * geometry.stride),
                       phase));
          Value record = builder.add(index, firstRecord(columns, phase));
          shape.forEachVector(builder, tile,
                              [&](Value vector, Value channel, int64_t count) {
                                packRecord(columns, first, channel, count,
                                           recordAt(vector, record));
                              });
        });
}

/// A record of `count` channels, of rows from `first` on.
void PlanePacker::packRecord(const PlaneColumns &columns, Value first,
                             Value channel, int64_t count, Value goal) {
  VectorType type =
      builder.vectorOf(builder.getI8Type(), roundUp(count, PlaneShape::kPart));
  SmallVector<Value> bytes;
  for (int64_t row = 0; row < columns.recordRows; ++row)
    packRow(columns, builder.add(first, row * shape.geometry.stride), channel,
            type, bytes);
  bytes.resize(PlaneShape::kPart, builder.constant(type, 0));
  for (auto [i, vector] : llvm::enumerate(transposeBytes(builder, bytes)))
    builder.store(vector, builder.at(goal, static_cast<int64_t>(i) *
                                               PlaneShape::kChannels));
}

/// Appends the bytes of an input row. Rows outside the picture are read from
/// within and become 0.
void PlanePacker::packRow(const PlaneColumns &columns, Value row, Value channel,
                          VectorType type, SmallVector<Value> &bytes) {
  const Geometry &geometry = shape.geometry;
  VectorType pairs =
      builder.vectorOf(builder.getI16Type(), type.getNumElements() / 2);
  Value inside = builder.create<arith::ExtSIOp>(
      builder.getI8Type(), builder.isBelow(row, geometry.inH));
  Value mask = builder.splat(inside, type.getNumElements());
  Value nearest = builder.min(builder.max(row, builder.index(0)),
                              builder.index(geometry.inH - 1));
  Value pixel = builder.add(builder.mul(nearest, geometry.inW), columns.start);
  Value codes = builder.at(
      frame.input, builder.add(builder.mul(pixel, geometry.inC), channel));
  for (int64_t group = 0; group < columns.groups; ++group) {
    Value all;
    int64_t first = group * PlaneShape::kCodes;
    for (int64_t column = first;
         column < std::min(first + PlaneShape::kCodes, columns.columns);
         ++column) {
      // In pairs, since no code leaves its byte and CPUs don't shift bytes.
      Value code =
          builder.load(pairs, builder.at(codes, column * geometry.inC));
      if (column != first)
        code = builder.create<arith::ShLIOp>(
            code,
            builder.constant(pairs, 2 * static_cast<double>(column - first)));
      all = all ? builder.create<arith::OrIOp>(all, code).getResult() : code;
    }
    bytes.push_back(builder.create<arith::AndIOp>(
        builder.create<LLVM::BitcastOp>(type, all), mask));
  }
}

Value PlanePacker::recordAt(Value vector, Value index) const {
  Value record = builder.add(builder.mul(vector, records), index);
  return builder.at(place, builder.mul(record, kRecordBytes));
}

Value PlanePacker::loadRecord(const PlaneColumns &columns, int64_t phase,
                              Value index, Value vector, Value element) const {
  VectorType type = builder.vectorOf(builder.getI64Type(), 2);
  if (planes) {
    Value channel = builder.add(
        builder.add(firstChannel, builder.mul(vector, PlaneShape::kChannels)),
        element);
    Value row = builder.add(
        topRow, builder.add(builder.mul(index, columns.recordRows *
                                                   shape.geometry.stride),
                            phase));
    Value offset = builder.add(builder.mul(channel, planes->planeBytes()),
                               builder.mul(row, planes->rowBytes()));
    return builder.load(
        type,
        builder.at(builder.at(frame.input, offset),
                   planes->firstRow() + columns.start / PlaneLayout::kCodes));
  }
  Value record =
      recordAt(vector, builder.add(index, firstRecord(columns, phase)));
  Value size = builder.index(PlaneShape::kPart);
  Value part = builder.create<arith::DivUIOp>(element, size);
  Value offset =
      builder.add(builder.mul(builder.create<arith::RemUIOp>(element, size),
                              PlaneShape::kChannels),
                  builder.mul(part, PlaneShape::kPart));
  return builder.load(type, builder.at(record, offset));
}
