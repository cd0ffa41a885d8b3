//===- TapGather.cpp - The taps of a pixel side by side -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TapGather.h"

using namespace mlir;
using namespace mlir::oqat;

TapGather::TapGather(KernelFrame &frame, const Geometry &geometry,
                     int64_t zeroPoint, int64_t chunk)
    : geometry(geometry), chunk(chunk), input(frame.input),
      padding(frame.addBytes(SmallVector<uint8_t>(
          geometry.inC, static_cast<uint8_t>(zeroPoint)))) {}

void TapGather::emit(KernelBuilder &builder, Value pixel, Value goal) const {
  Value zero = builder.index(0), width = builder.index(geometry.outW);
  Value y = builder.create<arith::DivUIOp>(pixel, width);
  Value x = builder.create<arith::RemUIOp>(pixel, width);
  Value top = builder.add(builder.mul(y, geometry.stride), -geometry.padH());
  Value left = builder.add(builder.mul(x, geometry.stride), -geometry.padW());
  auto isBelow = [&](Value value, int64_t bound) {
    return builder.create<arith::CmpIOp>(arith::CmpIPredicate::ult, value,
                                         builder.index(bound));
  };
  VectorType bytes = builder.vectorOf(builder.getI8Type(), chunk);
  auto copyTap = [&](Value ky, Value kx) {
    Value row = builder.add(top, ky), column = builder.add(left, kx);
    Value isInside = builder.create<arith::AndIOp>(
        isBelow(row, geometry.inH), isBelow(column, geometry.inW));
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
