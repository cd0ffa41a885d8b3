//===- WeightSums.cpp - What weights sum up, as threads -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Threads of a block take every so-many-th number, in double; the block adds
// its threads as oqat/Numerics/GpuGrid.h has it.
//
//===----------------------------------------------------------------------===//

#include "WeightThreads.h"
#include "oqat/Numerics/GpuGrid.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace ::oqat::numerics;
using gpu::Dimension;

/// The sum of value(0), value(1), ... value(count - 1), for the first thread.
static Value sumOf(GpuKernelBuilder &k, Type f64, Value count,
                   llvm::function_ref<Value(Value)> value) {
  Value sum =
      k.loop(k.threadId(Dimension::y), count, k.blockDim(Dimension::y),
             k.zero(f64), [&](Value i, ValueRange before) {
               return SmallVector<Value>{k.addFloats(before[0], value(i))};
             })[0];
  return k.sumBlock(sum);
}

static Value isFirstThread(GpuKernelBuilder &k) {
  return k.isLess(k.threadId(Dimension::y), k.index(1));
}

/// to[indices] += sum, rounded.
static void addRounded(GpuKernelBuilder &k, Value sum, Value to,
                       ValueRange indices) {
  k.store(k.addFloats(k.load(to, indices), k.toSingle(sum)), to, indices);
}

void mlir::oqat::emitMatrixGradient(gpu::GPUModuleOp module, Location loc) {
  WeightTypes types(module.getContext());
  GpuKernelBuilder k(module, loc, "weight_matrix_gradient",
                     {types.strided, types.strided, types.matrix},
                     GpuKernelBuilder::bufferOf(types.f64));
  Value w = k.argument(0), grad = k.argument(1), matrix = k.argument(2);
  auto [row, column] = k.divRem(k.blockId(Dimension::x), k.dim(matrix, 1));
  WeightPlace made = atTap(k, {}, row, grad), from = atTap(k, {}, column, w);
  Value inputs = k.dim(w, 3);
  Value sum =
      sumOf(k, types.f64, k.mul(k.dim(w, 0), inputs), [&](Value number) {
        Value filter, input;
        std::tie(filter, input) = k.divRem(number, inputs);
        Value dy = k.load(grad, {filter, made.y, made.x, input});
        return k.toDouble(
            k.multiplyFloats(dy, k.load(w, {filter, from.y, from.x, input})));
      });
  k.when(isFirstThread(k), [&, row = row, column = column] {
    addRounded(k, sum, matrix, {row, column});
  });
}

void mlir::oqat::emitStepGradient(gpu::GPUModuleOp module, Location loc) {
  WeightTypes types(module.getContext());
  GpuKernelBuilder k(module, loc, "weight_step_gradient",
                     {types.f64, types.index, types.doubles, types.floats},
                     GpuKernelBuilder::bufferOf(types.f64));
  Value parts = k.argument(2);
  Value sum = sumOf(k, types.f64, k.dim(parts, 0),
                    [&](Value part) { return k.load(parts, part); });
  k.when(isFirstThread(k), [&] {
    addRounded(k, k.multiplyFloats(sum, k.argument(0)), k.argument(3),
               k.argument(1));
  });
}

/// What inputs add to products with weights of one sign is a multiple of the
/// sum of these, which is exact.
void mlir::oqat::emitAccumulatorEnds(gpu::GPUModuleOp module, Location loc) {
  WeightTypes types(module.getContext());
  GpuKernelBuilder k(module, loc, "accumulator_ends",
                     {types.i64, types.i64, types.strided, types.matrix});
  Value lowest = k.argument(0), highest = k.argument(1);
  Value codes = k.argument(2), ends = k.argument(3);
  auto [warp, lane] = k.divRem(k.item(), k.index(kGpuWarp));
  Value filters = k.dim(codes, 0), zero = k.zero(types.i64);
  // Warps past the last filter read that one.
  Value filter = k.min(warp, k.sub(filters, k.index(1)));
  Value inputs = k.dim(codes, 3);
  Value depth = k.mul(k.mul(k.dim(codes, 1), k.dim(codes, 2)), inputs);
  SmallVector<Value> sums =
      k.loop(lane, depth, k.index(kGpuWarp), {zero, zero},
             [&](Value number, ValueRange before) {
               auto [tap, input] = k.divRem(number, inputs);
               WeightPlace at = atTap(k, {}, tap, codes);
               Value code =
                   k.toInteger(k.load(codes, {filter, at.y, at.x, input}));
               return SmallVector<Value>{k.add(before[0], k.max(code, zero)),
                                         k.add(before[1], k.min(code, zero))};
             });
  Value up = k.sumLanes(sums[0]), down = k.sumLanes(sums[1]);
  Value isThere = k.both(k.isLess(lane, k.index(1)), k.isLess(warp, filters));
  k.when(isThere, [&] {
    k.store(k.toSingle(k.add(k.mul(up, lowest), k.mul(down, highest))), ends,
            {k.index(0), filter});
    k.store(k.toSingle(k.add(k.mul(up, highest), k.mul(down, lowest))), ends,
            {k.index(1), filter});
  });
}
