//===- FloatDotKernel.cpp - Float dot products as threads -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each output is one chain of additions (N5), so a thread has several outputs:
// a vector of channels of some rows. It loads some steps ahead of its sums.
//
//===----------------------------------------------------------------------===//

#include "GpuKernelBuilder.h"
#include "LayerKernels.h"
#include "oqat/Numerics/GpuGrid.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {
class FloatDot {
public:
  FloatDot(gpu::GPUModuleOp module, Location loc, int64_t numRows,
           TypeRange types)
      : k(module, loc, ("float_dot_" + Twine(numRows)).str(), types),
        numRows(numRows), x(k.argument(0)), weights(k.argument(1)),
        bias(k.argument(2)), y(k.argument(3)) {}

  void emit() {
    Value rows = k.dim(y, 0), vectors = k.dim(y, 1);
    vector = k.vector();
    Value first = k.mul(k.item(), numRows);
    Value isThere = k.both(k.isLess(vector, vectors), k.isLess(first, rows));
    k.when(isThere, [&] { emitThread(first, rows); });
  }

private:
  void emitThread(Value first, Value numRowsOfAll);
  /// `count` steps of all sums, from `from` on.
  SmallVector<Value> emitSteps(Value from, int64_t count, ValueRange sums);

  GpuKernelBuilder k;
  int64_t numRows;
  Value x, weights, bias, y, vector;
  SmallVector<Value> rows;
};
} // namespace

SmallVector<Value> FloatDot::emitSteps(Value from, int64_t count,
                                       ValueRange sums) {
  SmallVector<Value> w, in, next(sums);
  for (int64_t step = 0; step < count; ++step) {
    Value depth = k.add(from, step);
    w.push_back(k.load(weights, {depth, vector}));
    for (Value row : rows)
      in.push_back(k.load(x, {row, depth}));
  }
  for (size_t step = 0; step < w.size(); ++step)
    for (size_t row = 0; row < rows.size(); ++row)
      next[row] =
          k.multiplyAdd(in[step * rows.size() + row], w[step], next[row]);
  return next;
}

void FloatDot::emitThread(Value first, Value numRowsOfAll) {
  // Rows past the last one read that one and are not stored.
  Value last = k.sub(numRowsOfAll, k.index(1)), zero = k.index(0);
  Type sum = cast<MemRefType>(y.getType()).getElementType();
  SmallVector<Value> sums(static_cast<size_t>(numRows), k.zero(sum));
  for (int64_t row = 0; row < numRows; ++row)
    rows.push_back(k.min(k.add(first, row), last));
  Value depth = k.dim(x, 1);
  int64_t ahead = numRows == 1 ? 8 : 4;
  Value rest = k.divRem(depth, k.index(ahead)).second;
  Value whole = k.sub(depth, rest);
  sums = k.loop(zero, whole, k.index(ahead), sums,
                [&](Value from, ValueRange sums) {
                  return emitSteps(from, ahead, sums);
                });
  sums =
      k.loop(whole, depth, k.index(1), sums, [&](Value from, ValueRange sums) {
        return emitSteps(from, 1, sums);
      });
  // A sum is never -0, so that +0 changes nothing.
  using Values = SmallVector<Value>;
  Value added = k.when(
      k.isLess(zero, k.dim(bias, 0)),
      [&] { return Values{k.load(bias, vector)}; },
      [&] { return Values{k.zero(sum)}; })[0];
  for (int64_t row = 0; row < numRows; ++row) {
    Value place = k.add(first, row);
    k.when(k.isLess(place, numRowsOfAll), [&] {
      k.store(k.addFloats(sums[static_cast<size_t>(row)], added), y,
              {place, vector});
    });
  }
}

void mlir::oqat::emitFloatDot(gpu::GPUModuleOp module, Location loc,
                              int64_t rows) {
  MLIRContext *context = module.getContext();
  constexpr int64_t kDynamic = ShapedType::kDynamic;
  Type f32 = Float32Type::get(context);
  Type vector = VectorType::get({::oqat::numerics::kGpuVector}, f32);
  auto matrix = MemRefType::get({kDynamic, kDynamic}, vector);
  FloatDot(module, loc, rows,
           {MemRefType::get({kDynamic, kDynamic}, f32), matrix,
            MemRefType::get({kDynamic}, vector), matrix})
      .emit();
}
