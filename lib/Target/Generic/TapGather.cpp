//===- TapGather.cpp - The taps of a pixel side by side -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TapGather.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::oqat;

TapGather::TapGather(KernelFrame &frame, const Geometry &geometry,
                     int64_t zeroPoint, int64_t chunk)
    : geometry(geometry), chunk(chunk), input(frame.input),
      padding(frame.addBytes(SmallVector<uint8_t>(
          geometry.inC, static_cast<uint8_t>(zeroPoint)))) {}

void TapGather::emit(KernelBuilder &builder, Value pixel, Value goal) const {
  Value width = builder.index(geometry.outW);
  Value y = builder.create<arith::DivUIOp>(pixel, width);
  Value x = builder.create<arith::RemUIOp>(pixel, width);
  Value top = builder.add(builder.mul(y, geometry.stride), -geometry.padH());
  Value left = builder.add(builder.mul(x, geometry.stride), -geometry.padW());
  if (innerRows() <= 0 || innerColumns() <= 0)
    return copyTaps(builder, top, left, goal);
  Value isInner = builder.create<arith::AndIOp>(
      builder.isBelow(top, innerRows()), builder.isBelow(left, innerColumns()));
  builder.when(
      isInner, [&] { copyRows(builder, top, left, goal); },
      [&] { copyTaps(builder, top, left, goal); });
}

void TapGather::emit(KernelBuilder &builder, Value pixel, int64_t count,
                     Value goal, int64_t pitch) const {
  auto emitEach = [&] {
    builder.loop(builder.index(0), builder.index(count), 1, [&](Value i) {
      emit(builder, builder.add(pixel, i),
           builder.at(goal, builder.mul(i, pitch)));
    });
  };
  // Where all of them start that are in a row and inside.
  int64_t starts = innerColumns() - (count - 1) * geometry.stride;
  if (innerRows() <= 0 || starts <= 0)
    return emitEach();
  Value width = builder.index(geometry.outW);
  Value y = builder.create<arith::DivUIOp>(pixel, width);
  Value x = builder.create<arith::RemUIOp>(pixel, width);
  Value top = builder.add(builder.mul(y, geometry.stride), -geometry.padH());
  Value left = builder.add(builder.mul(x, geometry.stride), -geometry.padW());
  // A row of the output may end before its taps would leave the picture.
  Value isInner = builder.create<arith::AndIOp>(
      builder.isBelow(x, geometry.outW - count + 1),
      builder.create<arith::AndIOp>(builder.isBelow(top, innerRows()),
                                    builder.isBelow(left, starts)));
  builder.when(
      isInner,
      [&] {
        for (int64_t i = 0; i < count; ++i)
          copyRows(builder, top, builder.add(left, i * geometry.stride),
                   builder.at(goal, i * pitch));
      },
      emitEach);
}

/// The taps of a row lie side by side.
void TapGather::copyRows(KernelBuilder &builder, Value top, Value left,
                         Value goal) const {
  constexpr int64_t kLeast = 16, kMost = 64;
  int64_t rowBytes = geometry.kernelW * geometry.inC;
  int64_t step =
      std::clamp<int64_t>(llvm::PowerOf2Ceil(rowBytes), kLeast, kMost);
  VectorType bytes = builder.vectorOf(builder.getI8Type(), step);
  Value place = builder.add(builder.mul(top, geometry.inW), left);
  Value source = builder.at(input, builder.mul(place, geometry.inC));
  for (int64_t ky = 0; ky < geometry.kernelH; ++ky) {
    Value row = builder.at(source, ky * geometry.inW * geometry.inC);
    Value own = builder.at(goal, ky * rowBytes);
    builder.loop(builder.index(0), builder.index(rowBytes), step, [&](Value i) {
      builder.store(builder.load(bytes, builder.at(row, i)),
                    builder.at(own, i));
    });
  }
}

void TapGather::copyTaps(KernelBuilder &builder, Value top, Value left,
                         Value goal) const {
  Value zero = builder.index(0);
  VectorType bytes = builder.vectorOf(builder.getI8Type(), chunk);
  auto copyTap = [&](Value ky, Value kx) {
    Value row = builder.add(top, ky), column = builder.add(left, kx);
    Value isInside =
        builder.create<arith::AndIOp>(builder.isBelow(row, geometry.inH),
                                      builder.isBelow(column, geometry.inW));
    Value place = builder.add(builder.mul(row, geometry.inW), column);
    Value source = builder.create<arith::SelectOp>(
        isInside, builder.at(input, builder.mul(place, geometry.inC)), padding);
    Value tap = builder.add(builder.mul(ky, geometry.kernelW), kx);
    Value own = builder.at(goal, builder.mul(tap, geometry.inC));
    builder.loop(zero, builder.index(geometry.inC), chunk, [&](Value c) {
      builder.store(builder.load(bytes, builder.at(source, c)),
                    builder.at(own, c));
    });
  };
  builder.loop(zero, builder.index(geometry.kernelH), 1, [&](Value ky) {
    builder.loop(zero, builder.index(geometry.kernelW), 1,
                 [&](Value kx) { copyTap(ky, kx); });
  });
}
