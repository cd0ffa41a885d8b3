//===- KernelsAvx512.cpp - Inner loops of the trainer, avx512 -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define OQAT_ISA avx512
#include "train/Kernels/Kernels.inc"
