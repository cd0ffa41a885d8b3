//===- PlaneIndices.cpp - Codes of adjacent taps as indices ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A record has rows of four codes a byte. A permutation brings, to every eight
// lanes, the eight bytes from that of their first tap on, and a selection of
// bits to each lane those from its own tap on: three codes of two bits, and two
// bits that lookups ignore. Bytes outside the picture become 0.
//
//===----------------------------------------------------------------------===//

#include "PlaneIndices.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::oqat;

/// Bytes that are made at a time, about.
static constexpr int64_t kBatchBytes = 8192;

static constexpr int64_t kBytes = PlaneShape::kBytes, kTaps = PlaneShape::kTaps,
                         kCodes = PlaneShape::kCodes;

/// Lanes whose bits are selected from the same bytes.
static constexpr int64_t kLanes = 8;

PlaneIndices::PlaneIndices(KernelBuilder &builder, const EmitContext &context,
                           const PlaneShape &shape, const PlanePacker &packer)
    : target(context.target), builder(builder), frame(context.frame),
      shape(shape), geometry(shape.geometry), packer(packer),
      groups(ceilDiv(geometry.kernelW, kTaps)),
      batch(std::clamp<int64_t>(kBatchBytes / (groups * groupBytes()), 1,
                                PlaneShape::kPart)),
      type(builder.vectorOf(builder.getI8Type(), kBytes)) {
  for (const PlaneColumns &columns : shape.tiles)
    arrangements.push_back(arrange(columns));
  place = builder.allocate(batch * groups * groupBytes());
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

/// The first row of a phase.
int64_t PlaneIndices::phaseStart(int64_t phase) const {
  int64_t start = 0;
  for (int64_t before = 0; before < phase; ++before)
    start += shape.phaseRows(before);
  return start;
}

/// A vector may be stored at the last row, and lanes without an output row
/// loaded behind it.
int64_t PlaneIndices::groupBytes() const {
  return roundUp(phaseStart(geometry.stride) * shape.laneColumns, kBytes) +
         2 * kBytes;
}

Value PlaneIndices::at(Value index) {
  return builder.at(place, builder.mul(index, groups * groupBytes()));
}

Value PlaneIndices::rowBytes(Value y) {
  return builder.mul(y, shape.laneColumns);
}

int64_t PlaneIndices::tapBytes(int64_t ky, int64_t group) const {
  int64_t row = phaseStart(ky % geometry.stride) + ky / geometry.stride;
  return group * groupBytes() + row * shape.laneColumns;
}

//===----------------------------------------------------------------------===//
// Bits
//===----------------------------------------------------------------------===//

/// The input column of the first tap of a lane, from the first one of a record
/// on, and the byte from which the lanes around it get their bits; less than 0
/// outside the picture.
int64_t PlaneIndices::inputColumn(const PlaneColumns &columns,
                                  int64_t lane) const {
  return (columns.first + lane % shape.laneColumns) * geometry.stride -
         geometry.padW() - columns.start;
}

int64_t PlaneIndices::byteOf(const PlaneColumns &columns, int64_t lane) const {
  return llvm::divideFloorSigned(inputColumn(columns, lane / kLanes * kLanes),
                                 kCodes);
}

PlaneIndices::Arrangement PlaneIndices::arrange(const PlaneColumns &columns) {
  Arrangement own{addBytes([&](int64_t lane) {
                    return shape.rowOf(lane) * columns.groups +
                           byteOf(columns, lane) + lane % kLanes;
                  }),
                  presentBytes(columns),
                  {}};
  for (int64_t group = 0; group < groups; ++group)
    own.shifts.push_back(addBytes([&](int64_t lane) {
      int64_t first = inputColumn(columns, lane) + kTaps * group;
      return 2 * first - 8 * byteOf(columns, lane);
    }));
  return own;
}

Value PlaneIndices::addBytes(llvm::function_ref<int64_t(int64_t lane)> value) {
  SmallVector<uint8_t> bytes;
  for (int64_t lane = 0; lane < kBytes; ++lane)
    bytes.push_back(static_cast<uint8_t>(value(lane)));
  return builder.load(type, frame.addBytes(bytes));
}

Value PlaneIndices::presentBytes(const PlaneColumns &columns) {
  SmallVector<bool> present;
  for (int64_t lane = 0; lane < kBytes; ++lane) {
    int64_t byte = byteOf(columns, lane) + lane % kLanes;
    present.push_back(byte >= 0 && byte < columns.groups &&
                      shape.rowOf(lane) < columns.recordRows);
  }
  auto masks = builder.vectorOf(builder.getI1Type(), kBytes);
  return builder.create<arith::ConstantOp>(
      DenseElementsAttr::get(masks, ArrayRef<bool>(present)));
}

/// Sixteen bytes as often as there is room.
Value PlaneIndices::repeat(Value record) {
  return builder.create<LLVM::BitcastOp>(
      type, builder.create<LLVM::ShuffleVectorOp>(
                record, record, ArrayRef<int32_t>{0, 1, 0, 1, 0, 1, 0, 1}));
}

void PlaneIndices::make(int64_t tile, Value count, Value vector, Value element,
                        Value goal) {
  const PlaneColumns &columns = shape.tiles[tile];
  const Arrangement &own = arrangements[tile];
  for (int64_t phase = 0; phase < geometry.stride; ++phase)
    builder.loop(
        builder.index(0), shape.countRecords(builder, columns, phase, count), 1,
        [&](Value index) {
          Value record =
              repeat(packer.loadRecord(columns, phase, index, vector, element));
          Value bits = builder.create<arith::SelectOp>(
              own.present, target.lookUp(builder, record, own.bytes),
              builder.constant(type, 0));
          Value row = builder.add(builder.mul(index, columns.recordRows),
                                  phaseStart(phase));
          Value start = builder.at(goal, rowBytes(row));
          // What a record has less than a vector, the next one makes good.
          for (auto [group, shift] : llvm::enumerate(own.shifts))
            builder.store(
                target.selectBits(builder, bits, shift),
                builder.at(start, static_cast<int64_t>(group) * groupBytes()));
        });
}
