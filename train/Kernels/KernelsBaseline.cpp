//===- KernelsBaseline.cpp - Inner loops of the trainer, baseline ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define OQAT_ISA baseline
#include "train/Kernels/Kernels.inc"
