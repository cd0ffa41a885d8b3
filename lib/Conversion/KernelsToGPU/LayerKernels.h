//===- LayerKernels.h - Kernels of single layers ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_CONVERSION_KERNELSTOGPU_LAYERKERNELS_H
#define OQAT_LIB_CONVERSION_KERNELSTOGPU_LAYERKERNELS_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mlir::oqat {

// Kernels that sum over taps or inputs, which no `linalg.generic` of three
// loops does, added at the end of `module`. V is vector<4xf32>; the grids are
// those of oqat/Numerics/GpuLayers.h.

/// float_dot_<rows>(memref<?x?xf32> x, memref<?x?xV> weights, memref<?xV> bias,
/// memref<?x?xV> y): `rows` rows per thread in the order of N5. x is [rows,
/// depth], weights [depth, vectors], bias [vectors] or empty, y [rows,
/// vectors].
void emitFloatDot(gpu::GPUModuleOp module, Location loc, int64_t rows);

/// depthwise_<kernel>_<stride>(memref<?x?x?xV> x, memref<?x?xV> weights,
/// memref<?x?x?xV> y), the same with `_codes` behind the name and
/// memref<?x?x?xvector<4xi8>> x, and depthwise_input_gradient_<kernel>_<stride>
/// (grad, weights, dx). Pictures are [images, rows, columns * vectors], weights
/// [taps, vectors].
void emitDepthwise(gpu::GPUModuleOp module, Location loc, int64_t kernel,
                   int64_t stride);

/// depthwise_weight_gradient_<kernel>_<stride>[_codes](x, grad, memref<?x?x?xV>
/// parts), where parts is [blocks in x, taps, vectors].
void emitDepthwiseWeightGradient(gpu::GPUModuleOp module, Location loc,
                                 int64_t kernel, int64_t stride);

} // namespace mlir::oqat

#endif // OQAT_LIB_CONVERSION_KERNELSTOGPU_LAYERKERNELS_H
