//===- Operations.cpp - The operations of a program -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/Operations.h"
#include "train/Kernels/Kernels.h"
#include "train/Model/Support.h"

namespace oqat::train {

float *gradientTarget(const Use &use, const Chunk &chunk, ScratchSlot slot) {
  return use.accumulates ? scratch(slot, chunk.count * use.value->perImage())
                         : use.value->gradAt(chunk.first);
}

void addGradient(const Use &use, const Chunk &chunk, const float *written) {
  if (use.accumulates)
    kernels().accumulate(written, chunk.count * use.value->perImage(),
                         use.value->gradAt(chunk.first));
}

} // namespace oqat::train
