//===- CudaDriver.cpp - A GPU through the CUDA driver ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Device/CudaDriver.h"

#include <dlfcn.h>
#include <stdexcept>

namespace oqat::train {

/// The driver's functions that we need, by the names that cuda.h gives them for
/// CUDA 12 and 13. A handle of any kind is a pointer, an address a number of 64
/// bits, a result an int that is 0 where all went well.
#define OQAT_CUDA_FUNCTIONS(X)                                                 \
  X(cuInit, cuInit, unsigned)                                                  \
  X(cuDeviceGet, cuDeviceGet, int *, int)                                      \
  X(cuDeviceGetName, cuDeviceGetName, char *, int, int)                        \
  X(cuDeviceGetAttribute, cuDeviceGetAttribute, int *, int, int)               \
  X(cuDevicePrimaryCtxRetain, cuDevicePrimaryCtxRetain, void **, int)          \
  X(cuDevicePrimaryCtxRelease, cuDevicePrimaryCtxRelease_v2, int)              \
  X(cuCtxSetCurrent, cuCtxSetCurrent, void *)                                  \
  X(cuModuleLoadDataEx, cuModuleLoadDataEx, void **, const void *, unsigned,   \
    int *, void **)                                                            \
  X(cuModuleUnload, cuModuleUnload, void *)                                    \
  X(cuModuleGetFunction, cuModuleGetFunction, void **, void *, const char *)   \
  X(cuMemAlloc, cuMemAlloc_v2, uint64_t *, size_t)                             \
  X(cuMemFree, cuMemFree_v2, uint64_t)                                         \
  X(cuMemcpyHtoD, cuMemcpyHtoD_v2, uint64_t, const void *, size_t)             \
  X(cuMemcpyDtoH, cuMemcpyDtoH_v2, void *, uint64_t, size_t)                   \
  X(cuMemcpyDtoDAsync, cuMemcpyDtoDAsync_v2, uint64_t, uint64_t, size_t,       \
    void *)                                                                    \
  X(cuMemsetD8Async, cuMemsetD8Async, uint64_t, unsigned char, size_t, void *) \
  X(cuCtxSynchronize, cuCtxSynchronize, void)                                  \
  X(cuLaunchKernel, cuLaunchKernel, void *, unsigned, unsigned, unsigned,      \
    unsigned, unsigned, unsigned, unsigned, void *, void **, void **)          \
  X(cuEventCreate, cuEventCreate, void **, unsigned)                           \
  X(cuEventDestroy, cuEventDestroy_v2, void *)                                 \
  X(cuEventRecord, cuEventRecord, void *, void *)                              \
  X(cuEventSynchronize, cuEventSynchronize, void *)                            \
  X(cuEventElapsedTime, cuEventElapsedTime, float *, void *, void *)           \
  X(cuGetErrorString, cuGetErrorString, int, const char **)

struct CudaFunctions {
  explicit CudaFunctions(const std::string &path) {
    library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library)
      throw std::runtime_error(std::string("no CUDA driver: ") + dlerror());
#define OQAT_FIND(NAME, SYMBOL, ...)                                           \
  NAME = reinterpret_cast<int (*)(__VA_ARGS__)>(find(#SYMBOL));
    OQAT_CUDA_FUNCTIONS(OQAT_FIND)
#undef OQAT_FIND
  }

  void *find(const char *symbol) const {
    if (void *function = dlsym(library, symbol))
      return function;
    throw std::runtime_error(std::string("the CUDA driver has no ") + symbol);
  }

  void check(int result, const char *what) const {
    if (result == 0)
      return;
    const char *text = nullptr;
    if (cuGetErrorString(result, &text) != 0 || !text)
      text = "an unknown error";
    throw std::runtime_error(std::string(what) + ": " + text + " (" +
                             std::to_string(result) + ")");
  }

  void *library = nullptr;
#define OQAT_DECLARE(NAME, SYMBOL, ...) int (*NAME)(__VA_ARGS__) = nullptr;
  OQAT_CUDA_FUNCTIONS(OQAT_DECLARE)
#undef OQAT_DECLARE
};

/// Calls a function and names it where it fails.
#define OQAT_CUDA(FUNCTIONS, NAME, ...)                                        \
  (FUNCTIONS).check((FUNCTIONS).NAME(__VA_ARGS__), #NAME)

CudaDevice::CudaDevice(int index, const std::string &library)
    : cuda(std::make_unique<CudaFunctions>(library)) {
  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR.
  constexpr int kMajor = 75, kMinor = 76;
  char text[256] = "";
  int major = 0, minor = 0;
  void *context = nullptr;
  OQAT_CUDA(*cuda, cuInit, 0);
  OQAT_CUDA(*cuda, cuDeviceGet, &device, index);
  OQAT_CUDA(*cuda, cuDeviceGetName, text, sizeof(text), device);
  OQAT_CUDA(*cuda, cuDeviceGetAttribute, &major, kMajor, device);
  OQAT_CUDA(*cuda, cuDeviceGetAttribute, &minor, kMinor, device);
  OQAT_CUDA(*cuda, cuDevicePrimaryCtxRetain, &context, device);
  OQAT_CUDA(*cuda, cuCtxSetCurrent, context);
  OQAT_CUDA(*cuda, cuEventCreate, &first, 0);
  OQAT_CUDA(*cuda, cuEventCreate, &last, 0);
  deviceName = text;
  arch = 10 * major + minor;
}

CudaDevice::~CudaDevice() {
  cuda->cuEventDestroy(first);
  cuda->cuEventDestroy(last);
  cuda->cuDevicePrimaryCtxRelease(device);
}

DevicePointer CudaDevice::allocate(size_t bytes) {
  DevicePointer pointer = 0;
  OQAT_CUDA(*cuda, cuMemAlloc, &pointer, bytes);
  return pointer;
}

void CudaDevice::release(DevicePointer pointer) {
  OQAT_CUDA(*cuda, cuMemFree, pointer);
}

void CudaDevice::toDevice(DevicePointer to, const void *from, size_t bytes) {
  OQAT_CUDA(*cuda, cuMemcpyHtoD, to, from, bytes);
}

void CudaDevice::toHost(void *to, DevicePointer from, size_t bytes) {
  // The stream may not be one that this copy waits for.
  synchronize();
  OQAT_CUDA(*cuda, cuMemcpyDtoH, to, from, bytes);
}

void CudaDevice::copy(DevicePointer to, DevicePointer from, size_t bytes) {
  OQAT_CUDA(*cuda, cuMemcpyDtoDAsync, to, from, bytes, stream);
}

void CudaDevice::clear(DevicePointer to, size_t bytes) {
  OQAT_CUDA(*cuda, cuMemsetD8Async, to, 0, bytes, stream);
}

void CudaDevice::synchronize() { OQAT_CUDA(*cuda, cuCtxSynchronize); }

void CudaDevice::startTimer() {
  OQAT_CUDA(*cuda, cuEventRecord, first, stream);
}

double CudaDevice::stopTimer() {
  float milliseconds = 0;
  OQAT_CUDA(*cuda, cuEventRecord, last, stream);
  OQAT_CUDA(*cuda, cuEventSynchronize, last);
  OQAT_CUDA(*cuda, cuEventElapsedTime, &milliseconds, first, last);
  return static_cast<double>(milliseconds);
}

CudaKernels::CudaKernels(CudaDevice &device, const std::string &code)
    : device(device) {
  OQAT_CUDA(*device.cuda, cuModuleLoadDataEx, &module, code.c_str(), 0, nullptr,
            nullptr);
}

CudaKernels::~CudaKernels() { device.cuda->cuModuleUnload(module); }

void CudaKernels::launch(const std::string &kernel,
                         const numerics::GpuGrid &grid,
                         const std::vector<uint64_t> &parameters) {
  void *&function = functions[kernel];
  if (!function)
    OQAT_CUDA(*device.cuda, cuModuleGetFunction, &function, module,
              kernel.c_str());
  std::vector<void *> pointers;
  for (const uint64_t &parameter : parameters)
    pointers.push_back(const_cast<uint64_t *>(&parameter));
  auto size = [](int64_t value) { return static_cast<unsigned>(value); };
  OQAT_CUDA(*device.cuda, cuLaunchKernel, function, size(grid.gridX),
            size(grid.gridY), size(grid.gridZ), size(grid.blockX),
            size(grid.blockY), 1, 0, device.stream, pointers.data(), nullptr);
}

} // namespace oqat::train
