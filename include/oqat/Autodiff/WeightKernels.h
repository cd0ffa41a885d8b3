//===- WeightKernels.h - From shared weights and back -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The interface of what makes the weight of one subnet out of the shared one,
// and of its gradient. S4 is memref<?x?x?x?xf32, strided<[?, ?, ?, 1], offset:
// ?>>, [filters, ky, kx, inputs] inside of a larger weight: the first rows and
// columns, and the centre of its kernel. T4 is dense and of the same sizes; T2
// is memref<?x?xf32>, T1 memref<?xf32>. Nothing overlaps; what a kernel does
// not use may be empty.
//
//   <name>_forward(S4 w, T2 matrix, T1 quant, T2 turned, T1 row, T4 product,
//                  T4 values, memref<?x?x?x?xi8> codes)
//   <name>_backward(S4 w, T2 matrix, T1 quant, T1 row, T4 product, T4 grad,
//                   S4 dw, T2 dmatrix, T1 drow, memref<?xf64> dstep)
//
// A kernel that transforms multiplies the taps of every filter's every input by
// `matrix`, [taps, taps]: y[j] is the sum of matrix[j][i] * x[i], i ascending.
// One that quantizes writes `codes`, and to `values` the codes as floats, any
// other the weight itself; one that does both keeps what it quantizes in
// `product`, where backward leaves the gradient of that. `quant` holds r, Qn
// and Qp. `turned` and `row` are room for a matrix and a row of taps, and so is
// `drow`.
//
// `grad` is the gradient with respect to `values`, that is, to codes in units
// of the step. `dw`, `dmatrix` and dstep[0] are added to: `dw` once per
// element, `dmatrix` filter by filter and there input by input, the step in the
// order of elements. `dstep` lacks the factors g and sign(s) of LSQ.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_AUTODIFF_WEIGHTKERNELS_H
#define OQAT_AUTODIFF_WEIGHTKERNELS_H

#include "dialects/oqat/Oqat.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::oqat {

/// A kernel of weights to be built.
struct WeightKernel {
  bool transforms = false;
  /// A quantizer of weights, which are all alike, or null.
  DifferentiableOpInterface quantizer;

  /// As oqat/Formats/Plan.h has it.
  std::string getName() const;
};

/// Adds the kernels that the weights of a network's convolutions need: of
/// floats, since quantizers are off in a warm start, and of codes.
void collectWeightKernels(SupernetOp net,
                          SmallVectorImpl<WeightKernel> &kernels);

func::FuncOp buildForwardKernel(OpBuilder &builder, Location loc,
                                StringRef name, const WeightKernel &kernel);

func::FuncOp buildBackwardKernel(OpBuilder &builder, Location loc,
                                 StringRef name, const WeightKernel &kernel);

} // namespace mlir::oqat

#endif // OQAT_AUTODIFF_WEIGHTKERNELS_H
