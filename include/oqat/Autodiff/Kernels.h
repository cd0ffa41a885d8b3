//===- Kernels.h - Forward and backward of one chain ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The interface of a training kernel. T3 is memref<?x?x?xf32> [images, pixels,
// channels], T2 memref<?x?xf32> [images, channels], T1 memref<?xf32>; all are
// contiguous and overlap nowhere; what a kernel does not use may be empty.
//
//   <name>_forward(T3 x, T1 a, T1 b, T2 gate, T3 residual, T1 quant, T3 y,
//                  memref<?x?x?xi8> codes)
//   <name>_backward(T3 x, T1 a, T1 b, T2 gate, T3 residual, T1 quant, T3 grad,
//                   T3 dx, T3 dresidual, T1 da, T1 db, T1 dstep, T2 dgate)
//
// `quant` holds r, Qn and Qp. A chain that ends in a quantizer writes `codes`
// (bit patterns of i8 or u8), any other `y`. `grad` is the gradient of the loss
// with respect to the (dequantized) result. `dx` and `dresidual` are written;
// `da`, `db`, `dstep` and `dgate` are added to, images and pixels in ascending
// order. `dx` of a chain that starts with a rescale is the gradient of the
// rescaled value, because the scale itself depends on x where a batch norm uses
// batch statistics. `dstep` lacks the factors g and sign(s) of LSQ.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_AUTODIFF_KERNELS_H
#define OQAT_AUTODIFF_KERNELS_H

#include "dialects/oqat/Oqat.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::oqat {

/// A rounded code as a byte; a NaN has code 0.
Value buildCode(OpBuilder &builder, Location loc, Value rounded);

func::FuncOp buildForwardKernel(OpBuilder &builder, Location loc,
                                StringRef name,
                                ArrayRef<DifferentiableOpInterface> stages);

func::FuncOp buildBackwardKernel(OpBuilder &builder, Location loc,
                                 StringRef name,
                                 ArrayRef<DifferentiableOpInterface> stages);

} // namespace mlir::oqat

#endif // OQAT_AUTODIFF_KERNELS_H
