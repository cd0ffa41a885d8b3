//===- DepthwiseWeights.cpp - Gradients of depthwise weights as threads ---===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A warp of a block has one row of taps, whose sums stay in registers; all
// warps of a block go down the same strips of pixels, so that what one of them
// loads is in the cache for the others. A block leaves its sums at a place of
// its own, which `sum_partials` adds up.
//
//===----------------------------------------------------------------------===//

#include "DepthwiseKernels.h"
#include "LayerKernels.h"
#include "oqat/Numerics/GpuLayers.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace ::oqat::numerics;

namespace {
class WeightGradient {
public:
  WeightGradient(gpu::GPUModuleOp module, Location loc,
                 const DepthwiseKind &kind)
      : kind(kind), length(gpuDepthwiseStrip(kind.kernel, kind.stride)),
        k(module, loc, kind.name("depthwise_weight_gradient"),
          {DepthwiseKind::images(module.getContext(), kind.isCodes),
           DepthwiseKind::images(module.getContext()),
           DepthwiseKind::images(module.getContext())}),
        x(k.argument(0)), grad(k.argument(1)), parts(k.argument(2)) {}

  void emit();

private:
  SmallVector<Value> emitStrip(const StripPlace &place, ValueRange sums);
  SmallVector<Value> emitRow(const StripPlace &place, Value row,
                             ValueRange sums);

  DepthwiseKind kind;
  int64_t length;
  GpuKernelBuilder k;
  Value x, grad, parts;
  Value vectors, vector, tapRow;
};
} // namespace

SmallVector<Value> WeightGradient::emitRow(const StripPlace &place, Value row,
                                           ValueRange sums) {
  SmallVector<Value> next(sums);
  Value left = k.add(k.mul(place.column, kind.stride), -kind.padding());
  SmallVector<Value> in = PixelRun(k, x, vectors, vector, left,
                                   (length - 1) * kind.stride + kind.kernel)
                              .load(place.image, row);
  SmallVector<Value> out =
      PixelRun(k, grad, vectors, vector, place.column, length)
          .load(place.image, place.row);
  // Gradients may be rounded once per step.
  for (int64_t j = 0; j < length; ++j)
    for (int64_t kx = 0; kx < kind.kernel; ++kx) {
      Value &sum = next[static_cast<size_t>(kx)];
      sum = k.multiplyAdd(in[static_cast<size_t>(j * kind.stride + kx)],
                          out[static_cast<size_t>(j)], sum, /*isFused=*/true);
    }
  return next;
}

SmallVector<Value> WeightGradient::emitStrip(const StripPlace &place,
                                             ValueRange sums) {
  Value row =
      k.add(k.add(k.mul(place.row, kind.stride), tapRow), -kind.padding());
  Value isInside = k.isBelow(row, k.dim(x, 1));
  return k.when(
      isInside, [&] { return emitRow(place, row, sums); },
      [&] { return llvm::to_vector(sums); });
}

void WeightGradient::emit() {
  using gpu::Dimension;
  // Parts are [blocks, taps, vectors].
  vectors = k.dim(parts, 2);
  Value blockX = k.blockDim(Dimension::x), zero = k.index(0);
  Value lanes = k.divRem(k.index(kGpuWarp), blockX).first, lane;
  std::tie(tapRow, lane) = k.divRem(k.threadId(Dimension::y), lanes);
  Value channel = k.vector(), isThere = k.isLess(channel, vectors);
  vector = k.min(channel, k.sub(vectors, k.index(1)));

  Value rows = k.dim(grad, 1);
  Value strips = countStrips(k, countColumns(k, grad, vectors), length);
  Value items = k.mul(k.mul(k.dim(grad, 0), rows), strips);
  Value blocks = k.gridDim(Dimension::x), block = k.blockId(Dimension::x);
  Value ofBlock =
      k.divRem(k.add(items, k.sub(blocks, k.index(1))), blocks).first;
  Value first = k.mul(block, ofBlock);
  Value end = k.min(items, k.add(first, ofBlock));
  // Threads without channels take part in the exchange, with zeros.
  end = k.select(isThere, end, zero);

  Type sum = cast<MemRefType>(grad.getType()).getElementType();
  SmallVector<Value> sums(static_cast<size_t>(kind.kernel), k.zero(sum));
  sums = k.loop(
      k.add(first, lane), end, lanes, sums, [&](Value item, ValueRange before) {
        return emitStrip(StripPlace(k, item, rows, strips, length), before);
      });
  sums = k.sumLanes(sums);
  Value stores = k.both(isThere, k.isLess(lane, k.index(1)));
  k.when(stores, [&] {
    for (auto [kx, total] : llvm::enumerate(sums)) {
      Value tap = k.add(k.mul(tapRow, kind.kernel), static_cast<int64_t>(kx));
      k.store(total, parts, {block, tap, vector});
    }
  });
}

void mlir::oqat::emitDepthwiseWeightGradient(gpu::GPUModuleOp module,
                                             Location loc, int64_t kernel,
                                             int64_t stride) {
  for (bool isCodes : {false, true})
    WeightGradient(module, loc, {kernel, stride, isCodes}).emit();
}
