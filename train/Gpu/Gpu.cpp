//===- Gpu.cpp - A GPU on which programs run ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Gpu/Gpu.h"
#include "train/Device/CudaDriver.h"
#include "train/Device/PlanGpuCode.h"
#include "train/Gpu/SharedParameters.h"
#include "train/Model/Support.h"

#include <ATen/Context.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/mm.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <cstdlib>
#include <dlfcn.h>

namespace oqat::train {

Gpu::Gpu(at::Device device, Launcher &launcher)
    : launcher(launcher), where(device) {}
Gpu::~Gpu() = default;

SharedParameters &Gpu::share(Parameters &parameters) {
  if (!parametersThere)
    parametersThere = std::make_unique<SharedParameters>(*this, parameters);
  return *parametersThere;
}

DevicePointer Gpu::workspace(size_t bytes) {
  if (!scratch.defined() || scratch.nbytes() < bytes)
    scratch = at::empty({static_cast<int64_t>(bytes)}, options(at::kByte));
  return addressOf(scratch);
}

at::Tensor Gpu::takeSlab(int64_t bytes) {
  at::Tensor slab = std::move(keptSlab);
  if (slab.defined() && static_cast<int64_t>(slab.nbytes()) >= bytes)
    return slab;
  slab = at::Tensor();
  return at::empty({bytes}, options(at::kByte));
}

Tf32::Tf32(bool isAllowed) : before(at::globalContext().allowTF32CuBLAS()) {
  at::globalContext().setAllowTF32CuBLAS(isAllowed);
}
Tf32::~Tf32() { at::globalContext().setAllowTF32CuBLAS(before); }

void Gpu::checkTf32() {
  constexpr int64_t kRows = 512, kDepth = 512, kOutputs = 96;
  constexpr int kCode = 255, kWeight = 127;
  at::Tensor x = at::empty({kRows, kDepth}, at::kFloat);
  at::Tensor w = at::empty({kOutputs, kDepth}, at::kFloat);
  for (int64_t i = 0; i < x.numel(); ++i)
    x.data_ptr<float>()[i] = static_cast<float>(kCode - i * 7 % 11);
  // At most 255 * 127 * 512 < 2^24.
  for (int64_t i = 0; i < w.numel(); ++i)
    w.data_ptr<float>()[i] = static_cast<float>(kWeight - i * 5 % 13);
  at::Tensor there = w.to(where).t();
  Tf32 tf32(true);
  for (int64_t rows : {int64_t(1), int64_t(64), kRows}) {
    at::Tensor part = x.narrow(0, 0, rows);
    at::Tensor exact = at::mm(part.to(at::kDouble), w.to(at::kDouble).t());
    at::Tensor made = at::mm(part.to(where), there).cpu().to(at::kDouble);
    isTf32Exact &= made.equal(exact);
  }
}

at::Tensor viewOf(const Gpu &gpu, DevicePointer data, at::IntArrayRef sizes,
                  at::ScalarType type) {
  // With the device given, nobody asks the driver whose memory this is.
  return at::for_blob(reinterpret_cast<void *>(data), sizes)
      .options(gpu.options(type))
      .target_device(gpu.device())
      .make_tensor();
}

namespace {

/// The plan's kernels by the CUDA driver.
struct Kernels {
  Kernels(int index, const std::string &library, const formats::Plan &plan,
          const std::string &folder)
      : device(index, library),
        code(device, readGpuCode(plan, folder, device.architecture())) {}
  CudaDevice device;
  CudaKernels code;
};

class KernelGpu : public Gpu {
public:
  KernelGpu(at::Device where, std::unique_ptr<Kernels> own)
      : Gpu(where, own->code), kernels(std::move(own)) {
    checkTf32();
  }
  std::string name() const override { return kernels->device.name(); }
  void *stream() const override { return kernels->device.currentStream(); }
  void synchronize() override { kernels->device.synchronize(); }

private:
  std::unique_ptr<Kernels> kernels;
};

/// The folder of the libtorch_cpu.so that this process runs with.
std::string torchFolder() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<void *>(&at::globalContext), &info) ||
      !info.dli_fname)
    return {};
  std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/') + 1);
}

/// Brings LibTorch's CUDA kernels into its dispatcher.
void loadTorchCuda(const std::string &device) {
  for (const char *name : {"libc10_cuda.so", "libtorch_cuda.so"}) {
    std::string path = torchFolder() + name;
    if (!dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL))
      throw Error("--device=" + device +
                  ": LibTorch's CUDA library cannot be loaded: " + dlerror());
  }
}

int indexOf(const std::string &device) {
  if (device == "cuda")
    return 0;
  std::string digits = device.rfind("cuda:", 0) == 0 ? device.substr(5) : "";
  if (digits.empty() || digits.size() > 3 ||
      digits.find_first_not_of("0123456789") != std::string::npos)
    throw Error("--device: expected 'cpu', 'cuda' or 'cuda:N', but got '" +
                device + "'");
  return std::atoi(digits.c_str());
}

} // namespace

void checkDevice(const std::string &device) {
  int index = indexOf(device);
  try {
    CudaDevice opened(index, "libcuda.so.1");
  } catch (const std::runtime_error &error) {
    throw Error("--device=" + device + ": " + error.what());
  }
  // Before LibTorch can notice that they are not there.
  loadTorchCuda(device);
}

std::unique_ptr<Gpu> openGpu(const std::string &device,
                             const formats::Plan &plan,
                             const std::string &folder) {
  int index = indexOf(device);
  std::unique_ptr<Kernels> kernels;
  try {
    kernels = std::make_unique<Kernels>(index, "libcuda.so.1", plan, folder);
  } catch (const Error &) {
    throw;
  } catch (const std::runtime_error &error) {
    throw Error("--device=" + device + ": " + error.what());
  }
  loadTorchCuda(device);
  at::Device where(at::kCUDA, static_cast<at::DeviceIndex>(index));
  at::globalContext().lazyInitDevice(at::kCUDA);
  c10::impl::VirtualGuardImpl guard(at::kCUDA);
  guard.setDevice(where);
  kernels->device.setStream(guard.getStream(where).native_handle());
  return std::make_unique<KernelGpu>(where, std::move(kernels));
}

std::unique_ptr<Gpu> openLockstepGpu(const std::string &library,
                                     const formats::Plan &plan,
                                     const std::string &folder) {
  return std::make_unique<KernelGpu>(
      at::Device(at::kCPU),
      std::make_unique<Kernels>(0, library, plan, folder));
}

} // namespace oqat::train
