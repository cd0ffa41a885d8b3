//===- CommonKernels.h - Kernels that every network needs -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_CONVERSION_KERNELSTOGPU_COMMONKERNELS_H
#define OQAT_LIB_CONVERSION_KERNELSTOGPU_COMMONKERNELS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::oqat {

// Functions in the form of training kernels, added at `builder`'s place. T3 is
// memref<?x?x?xT> [images, pixels, channels], T2 [images, channels], T1
// [channels].

/// sum_partials(T3 parts, T2 out), of f32, and with `_i64` and `_f64` behind
/// the name of these: out[image][channel] += the sum of
/// parts[image][...][channel].
func::FuncOp buildSumOfPartials(OpBuilder &builder, Location loc, Type element);

/// integer_statistics(T3 x, T1 sums, T1 squares): f32 that hold integers, their
/// sums and those of their squares in i64 (N12).
func::FuncOp buildIntegerStatistics(OpBuilder &builder, Location loc);

/// float_statistics(T3 x, T1 sums, T1 squares): the same of any f32 in f64.
func::FuncOp buildFloatStatistics(OpBuilder &builder, Location loc);

/// norm_gradient(T3 dz, T3 x, T1 a, T1 p, T1 q, T3 out), of f32: a * dz + p * x
/// + q, which is what a batch norm with batch statistics passes on.
func::FuncOp buildNormGradient(OpBuilder &builder, Location loc);

/// integer_fold_norm and float_fold_norm(f64 product, f64 count, f64 eps,
/// T3 sums, T3 squares, T3 gamma, T3 beta, T3 a, T3 b, T3 mean, T3 variance,
/// T3 deviation), of [1, 1, channels]: a and b of N1 with the statistics of a
/// batch. Sums are i64 or f64, the last three f64, the others f32.
func::FuncOp buildFoldNorm(OpBuilder &builder, Location loc, bool areIntegers);

/// fold_norm_gradient(f64 product, f64 count, T3 da, T3 db, T3 mean,
/// T3 deviation, T3 a, T3 p, T3 q, T3 dgamma, T3 dbeta), of [1, 1, channels]:
/// what norm_gradient takes, and gradients that are added to.
func::FuncOp buildFoldNormGradient(OpBuilder &builder, Location loc);

} // namespace mlir::oqat

#endif // OQAT_LIB_CONVERSION_KERNELSTOGPU_COMMONKERNELS_H
