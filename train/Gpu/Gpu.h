//===- Gpu.h - A GPU on which programs run ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LibTorch's tensors and matrix products, and the plan's kernels, in one stream
// of one device. In tests the device is the CPU and the kernels run in
// lockstep.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_GPU_GPU_H
#define OQAT_TRAIN_GPU_GPU_H

#include "oqat/Formats/Plan.h"
#include "train/Device/ChainLaunch.h"

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

namespace oqat::train {

class Parameters;
class SharedParameters;

class Gpu {
public:
  Gpu(at::Device device, Launcher &launcher);
  virtual ~Gpu();

  Launcher &launcher;
  at::Device device() const { return where; }
  bool isCuda() const { return where.is_cuda(); }
  virtual std::string name() const { return "the CPU"; }
  /// Whether products of codes may take them as TF32: false where the GPU
  /// rounds sums that float32 holds.
  bool hasExactTf32() const { return isTf32Exact; }

  at::TensorOptions options(at::ScalarType type) const {
    return at::TensorOptions(where).dtype(type);
  }
  /// Bytes that what is launched next may write over.
  DevicePointer workspace(size_t bytes);
  /// At least `bytes` that the program before has left, or new ones.
  at::Tensor takeSlab(int64_t bytes);
  void keepSlab(at::Tensor slab) { keptSlab = std::move(slab); }
  /// Of the plan's parameters there; made by the first who asks for these.
  SharedParameters &share(Parameters &parameters);
  /// What the programs of a step read.
  SharedParameters &shared() const { return *parametersThere; }
  /// Of all that is launched: a cudaStream_t.
  virtual void *stream() const { return nullptr; }
  /// Waits for all that was launched.
  virtual void synchronize() {}

protected:
  /// Multiplies codes whose sums come close to 2^24, and looks.
  void checkTf32();

private:
  bool isTf32Exact = true;
  at::Device where;
  at::Tensor scratch, keptSlab;
  std::unique_ptr<SharedParameters> parametersThere;
};

/// An error where the device is none of the following, or is not there.
void checkDevice(const std::string &device);

/// Opens "cuda" or "cuda:N" with the code that the plan in `folder` has for it.
/// LibTorch's CUDA libraries are loaded from where libtorch_cpu.so lies.
std::unique_ptr<Gpu> openGpu(const std::string &device,
                             const formats::Plan &plan,
                             const std::string &folder);

/// The CPU's memory with kernels of the CUDA driver `library`, for tests.
std::unique_ptr<Gpu> openLockstepGpu(const std::string &library,
                                     const formats::Plan &plan,
                                     const std::string &folder);

/// While it lives, products of float32 may take their factors as TF32, or not.
class Tf32 {
public:
  explicit Tf32(bool isAllowed);
  ~Tf32();

private:
  bool before;
};

inline DevicePointer addressOf(const at::Tensor &tensor) {
  return reinterpret_cast<DevicePointer>(tensor.data_ptr());
}
/// Memory of the device as a dense tensor.
at::Tensor viewOf(const Gpu &gpu, DevicePointer data, at::IntArrayRef sizes,
                  at::ScalarType type = at::kFloat);

} // namespace oqat::train

#endif // OQAT_TRAIN_GPU_GPU_H
