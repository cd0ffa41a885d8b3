//===- WeightThreads.h - Kernels of weights as threads ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// S is memref<?x?x?x?xf32> with any strides, [filters, ky, kx, inputs]: the
// part of a shared weight that a subnet has, or that subnet's own weight in the
// order that its layer takes it. T4 is dense. What a kernel does not use may be
// empty.
//
//   <name>_forward(S w, memref<?x?xf32> matrix, memref<?xf32> quant,
//                  T4 product, S values, memref<?x?x?x?xi8> codes)
//   <name>_backward(S w, memref<?x?xf32> matrix, memref<?xf32> quant,
//                   T4 product, S grad, S dw, memref<?xf64> parts)
//   weight_matrix_gradient(S w, S grad, memref<?x?xf32> dmatrix)
//   weight_step_gradient(f64 scale, index entry, memref<?xf64> parts,
//                        memref<?xf32> dsteps)
//   accumulator_ends(i64 lowest, i64 highest, S codes,
//                    memref<?x?xf32> ends)
//
// Elements are those of oqat/Autodiff/WeightKernels.h, with their bits, and so
// is what they add to `dw`. A kernel that transforms and quantizes ends in
// `product`, as on the host, with the gradient of what it made there: the
// kernel that only transforms takes that further. Sums are made in double:
// `parts` has one of every block for the step, and dsteps[entry] gets scale *
// their sum, dmatrix one number per entry, both added after rounding to f32.
// `ends`, [2, filters], are the lowest and the highest sums of products of the
// codes with inputs from `lowest` to `highest`.
//
// Threads are those of gpuElementGrid() in oqat/Numerics/GpuLayers.h; the
// matrix has a block per entry, the step one block, the ends a warp per filter.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_CONVERSION_KERNELSTOGPU_WEIGHTTHREADS_H
#define OQAT_LIB_CONVERSION_KERNELSTOGPU_WEIGHTTHREADS_H

#include "GpuKernelBuilder.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::oqat {

/// Writes the kernels of all weights that `functions` makes at the end of
/// `module`. Diagnostics say what a function has that no thread can do.
LogicalResult emitWeightKernels(ArrayRef<func::FuncOp> functions,
                                gpu::GPUModuleOp module);

LogicalResult emitWeightForward(func::FuncOp host, gpu::GPUModuleOp module,
                                bool transforms, bool quantizes);
LogicalResult emitWeightBackward(func::FuncOp host, gpu::GPUModuleOp module,
                                 bool transforms, bool quantizes);
void emitMatrixGradient(gpu::GPUModuleOp module, Location loc);
void emitStepGradient(gpu::GPUModuleOp module, Location loc);
void emitAccumulatorEnds(gpu::GPUModuleOp module, Location loc);

/// Types of arguments.
struct WeightTypes {
  explicit WeightTypes(MLIRContext *context);
  Type f64, i64, index;
  MemRefType strided, dense, codes, matrix, floats, doubles;
};

/// An element of a weight.
struct WeightPlace {
  Value filter, y, x, input;
  SmallVector<Value> indices() const { return {filter, y, x, input}; }
  /// y and x, as a row or a column of a matrix.
  Value tap;
};

/// The number of elements of `weight`.
Value countElements(GpuKernelBuilder &k, Value weight);
/// One of them, by its number in a dense array.
WeightPlace placeOf(GpuKernelBuilder &k, Value number, Value weight);
/// The place of another tap of the same filter and input.
WeightPlace atTap(GpuKernelBuilder &k, const WeightPlace &place, Value tap,
                  Value weight);

} // namespace mlir::oqat

#endif // OQAT_LIB_CONVERSION_KERNELSTOGPU_WEIGHTTHREADS_H
