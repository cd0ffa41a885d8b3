//===- WeightArguments.h - Arguments of weight kernels ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Their places in a plan's kernels of weights: those of both directions first,
// then those of each. oqat/Autodiff/WeightKernels.h says what they are.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_FORMATS_WEIGHTARGUMENTS_H
#define OQAT_FORMATS_WEIGHTARGUMENTS_H

namespace oqat::formats::weight_argument {

enum Common : unsigned { W, Matrix, Quant, FirstOwn };
enum Forward : unsigned {
  Turned = FirstOwn,
  ForwardRow,
  ForwardProduct,
  Values,
  Codes
};
enum Backward : unsigned {
  Row = FirstOwn,
  Product,
  Grad,
  DW,
  DMatrix,
  DRow,
  DStep
};

} // namespace oqat::formats::weight_argument

#endif // OQAT_FORMATS_WEIGHTARGUMENTS_H
