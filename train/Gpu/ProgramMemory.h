//===- ProgramMemory.h - What a program has on a GPU ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Beside its values, a program has memory in parts, each of which moves or is
// cleared at once: what the host makes before forward (factors, pictures), what
// forward sums, and what backward sums, which the host reads after it. Weights
// are made there before forward, and their gradients, zeros when backward
// begins, stay there. Operations reserve places in them while they are made.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_GPU_PROGRAMMEMORY_H
#define OQAT_TRAIN_GPU_PROGRAMMEMORY_H

#include "train/Gpu/Gpu.h"

namespace oqat::train {

class ProgramMemory {
public:
  explicit ProgramMemory(Gpu &gpu) : gpu(gpu) {}

  /// A part on the device and, where the host takes part, here.
  class Part {
  public:
    /// Bytes from which on `bytes` are reserved, a multiple of 64.
    int64_t reserve(int64_t bytes) {
      int64_t place = size;
      size += (bytes + 63) & ~int64_t(63);
      return place;
    }
    int64_t reserveFloats(int64_t count) { return reserve(4 * count); }
    DevicePointer at(int64_t place) const {
      return first + static_cast<DevicePointer>(place);
    }
    template <typename T>
    T *host(int64_t place) const {
      return reinterpret_cast<T *>(own.data_ptr<uint8_t>() + place);
    }

  private:
    friend class ProgramMemory;
    int64_t size = 0;
    DevicePointer first = 0;
    at::Tensor there, own;
  };
  Part uploads, weights, sums, gradients, weightGradients;

  /// Once all is reserved.
  void allocate();
  void beginForward();
  void beginBackward();
  /// Waits for backward.
  void endBackward();

  Gpu &gpu;

private:
  at::Tensor hostBytes(int64_t size) const;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_GPU_PROGRAMMEMORY_H
