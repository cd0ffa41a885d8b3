//===- ProgramMemory.cpp - What a program has on a GPU --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Gpu/ProgramMemory.h"

#include <ATen/ops/empty.h>

namespace oqat::train {

/// Pinned where there is a GPU, so that copies do not wait.
at::Tensor ProgramMemory::hostBytes(int64_t size) const {
  return at::empty(
      {size},
      at::TensorOptions(at::kCPU).dtype(at::kByte).pinned_memory(gpu.isCuda()));
}

void ProgramMemory::allocate() {
  for (Part *part : {&uploads, &weights, &sums, &gradients, &weightGradients}) {
    // An empty tensor would have no address.
    part->size = std::max<int64_t>(part->size, 64);
    part->there = at::empty({part->size}, gpu.options(at::kByte));
    part->first = addressOf(part->there);
  }
  uploads.own = hostBytes(uploads.size);
  gradients.own = hostBytes(gradients.size);
}

void ProgramMemory::beginForward() {
  uploads.there.copy_(uploads.own, /*non_blocking=*/true);
  sums.there.zero_();
}

void ProgramMemory::beginBackward() {
  gradients.there.zero_();
  weightGradients.there.zero_();
}

void ProgramMemory::endBackward() {
  gradients.own.copy_(gradients.there, /*non_blocking=*/false);
}

} // namespace oqat::train
