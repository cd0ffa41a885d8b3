//===- KernelsAvx2.cpp - Inner loops of the trainer, avx2 -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define OQAT_ISA avx2
#include "train/Kernels/Kernels.inc"
