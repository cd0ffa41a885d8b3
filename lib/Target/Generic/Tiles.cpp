//===- Tiles.cpp - Covering rows and channels with tiles ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tiles.h"

using namespace mlir;
using namespace mlir::oqat;

//===----------------------------------------------------------------------===//
// Channels
//===----------------------------------------------------------------------===//

ChannelTiling::ChannelTiling(int64_t channels, int64_t lanes,
                             int64_t maxVectors)
    : lanes(lanes) {
  // As many tiles as needed, all about as wide.
  int64_t total = ceilDiv(channels, lanes);
  vectors = ceilDiv(total, ceilDiv(total, maxVectors));
  fullTiles = channels / (vectors * lanes);
  rest = channels % (vectors * lanes);
}

void ChannelTiling::forEach(KernelBuilder &builder,
                            llvm::function_ref<void(ChannelTile)> body,
                            Value begin, Value end) const {
  int64_t width = vectors * lanes;
  Value full = builder.index(fullTiles);
  if (fullTiles != 0) {
    Value lower = begin ? begin : builder.index(0);
    Value upper = end ? builder.min(end, full) : full;
    builder.loop(lower, upper, 1, [&](Value tile) {
      body({builder.mul(tile, width), vectors, lanes});
    });
  }
  if (rest == 0)
    return;
  int64_t restVectors = ceilDiv(rest, lanes);
  auto emitRest = [&] {
    body({builder.index(fullTiles * width), restVectors,
          rest - (restVectors - 1) * lanes});
  };
  if (!end)
    return emitRest();
  builder.when(
      builder.create<arith::CmpIOp>(arith::CmpIPredicate::sgt, end, full),
      emitRest);
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

Geometry::Geometry(RankedTensorType input, RankedTensorType output,
                   int64_t kernelH, int64_t kernelW, int64_t stride)
    : inH(input.getDimSize(1)), inW(input.getDimSize(2)),
      inC(input.getDimSize(3)), outH(output.getDimSize(1)),
      outW(output.getDimSize(2)), kernelH(kernelH), kernelW(kernelW),
      stride(stride) {}

Geometry Geometry::banded() const {
  Geometry result = *this;
  result.inC *= kernelW;
  result.kernelW = 1;
  return result;
}

Geometry Geometry::gathered() const {
  Geometry result = *this;
  result.inH = outH;
  result.inW = outW;
  result.inC = kernelH * kernelW * inC;
  result.kernelH = result.kernelW = result.stride = 1;
  return result;
}

Geometry mlir::oqat::geometryOf(bitpack::Conv2DOp op) {
  return Geometry(op.getInput().getType(), op.getPictureType(),
                  op.getKernel()[0], op.getKernel()[1], op.getStride());
}

int64_t mlir::oqat::maxTileVectors(const VectorTarget &target,
                                   const Geometry &geometry) {
  if (geometry.isVector())
    return target.registers / 2 - 2;
  return target.registers >= 32 ? 4 : 2;
}

int64_t mlir::oqat::choosePixels(int64_t most,
                                 llvm::function_ref<int64_t(int64_t)> cost) {
  int64_t best = most;
  for (int64_t pixels = most - 1; pixels > 0; --pixels)
    if (cost(pixels) < cost(best))
      best = pixels;
  return best;
}

int64_t mlir::oqat::choosePixels(int64_t all, int64_t most, int64_t perPixel,
                                 int64_t perTile) {
  return choosePixels(most, [&](int64_t pixels) {
    return ceilDiv(all, pixels) * (pixels * perPixel + perTile);
  });
}

void mlir::oqat::forEachRowTile(KernelBuilder &builder,
                                const Geometry &geometry, int64_t maxPixels,
                                llvm::function_ref<void(RowTile)> body) {
  int64_t outW = geometry.outW;
  // As many tiles as needed, all about as wide.
  maxPixels = ceilDiv(outW, ceilDiv(outW, maxPixels));
  // Columns of the output whose taps are all inside.
  int64_t first = std::min(ceilDiv(geometry.padW(), geometry.stride), outW);
  int64_t last = std::clamp<int64_t>(
      (geometry.inW - geometry.kernelW + geometry.padW()) / geometry.stride + 1,
      first, outW);
  if (geometry.inW + geometry.padW() < geometry.kernelW)
    last = first;
  // The last tile has what others leave, unless that is less than its border.
  int64_t left = std::max(maxPixels, first), border = outW - last;
  int64_t right = (outW - left) % maxPixels;
  if (right == 0)
    right = maxPixels;
  if (right < border)
    left = right = std::max(left, border);
  if (outW <= left)
    return body({builder.index(0), outW, 0, true});

  body({builder.index(0), left, 0, true});
  int64_t inner = outW - left - right;
  if (inner > 0) {
    int64_t pixels = std::min(maxPixels, inner);
    Value highest = builder.index(outW - right - pixels);
    builder.loop(
        builder.index(left), builder.index(outW - right), pixels,
        [&](Value x) { body({builder.min(x, highest), pixels, 0, false}); });
  }
  body({builder.index(outW - right), right, outW - right, true});
}

bool mlir::oqat::isInside(const Geometry &geometry, const RowTile &tile,
                          int64_t pixel, int64_t kx) {
  if (!tile.atBorder)
    return true;
  int64_t column =
      (tile.staticX + pixel) * geometry.stride + kx - geometry.padW();
  return column >= 0 && column < geometry.inW;
}

Share mlir::oqat::shareOf(KernelBuilder &builder, const KernelFrame &frame,
                          int64_t units, int64_t all, int64_t block) {
  Value isLast = builder.create<arith::CmpIOp>(arith::CmpIPredicate::eq,
                                               frame.end, builder.index(units));
  return {builder.mul(frame.begin, block),
          builder.create<arith::SelectOp>(isLast, builder.index(all),
                                          builder.mul(frame.end, block))};
}

int64_t mlir::oqat::countEvenUnits(int64_t all, int64_t least) {
  int64_t units = std::max<int64_t>(all / least, 1);
  return units == 1 ? 1 : units / 2 * 2;
}

Share mlir::oqat::shareEvenly(KernelBuilder &builder, const KernelFrame &frame,
                              int64_t units, int64_t all) {
  auto startOf = [&](Value unit) -> Value {
    return builder.create<arith::DivUIOp>(builder.mul(unit, all),
                                          builder.index(units));
  };
  return {startOf(frame.begin), startOf(frame.end)};
}

void mlir::oqat::forEachPixelBlock(KernelBuilder &builder,
                                   const KernelFrame &frame, int64_t units,
                                   int64_t all, int64_t block,
                                   llvm::function_ref<void(Value)> body) {
  Share share = shareOf(builder, frame, units, all, block);
  Value highest = builder.add(share.end, -block);
  builder.loop(share.first, share.end, block,
               [&](Value next) { body(builder.min(next, highest)); });
}

SmallVector<Value> mlir::oqat::forEachTapRow(
    KernelBuilder &builder, const Geometry &geometry, Value y,
    ValueRange carried,
    llvm::function_ref<SmallVector<Value>(Value, Value, ValueRange)> body,
    int64_t first, std::optional<int64_t> last) {
  if (geometry.kernelH == 1) {
    return body(builder.index(0), builder.mul(y, geometry.stride), carried);
  }
  Value top = builder.add(builder.mul(y, geometry.stride), -geometry.padH());
  Value lower =
      builder.max(builder.index(first), builder.sub(builder.index(0), top));
  Value upper = builder.min(builder.index(last.value_or(geometry.kernelH)),
                            builder.sub(builder.index(geometry.inH), top));
  return builder.loop(lower, upper, 1, carried,
                      [&](Value ky, ValueRange values) {
                        return body(ky, builder.add(top, ky), values);
                      });
}
