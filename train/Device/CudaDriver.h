//===- CudaDriver.h - A GPU through the CUDA driver -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The driver (libcuda.so.1) is opened at run time, so this needs no CUDA to be
// built or started. Failures are exceptions that name the driver's function and
// what it says.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DEVICE_CUDADRIVER_H
#define OQAT_TRAIN_DEVICE_CUDADRIVER_H

#include "train/Device/ChainLaunch.h"

#include <map>
#include <memory>

namespace oqat::train {

struct CudaFunctions;

/// One GPU with its primary context, which it shares with LibTorch.
class CudaDevice {
public:
  /// `library` is for tests.
  explicit CudaDevice(int index = 0,
                      const std::string &library = "libcuda.so.1");
  ~CudaDevice();
  CudaDevice(const CudaDevice &) = delete;
  CudaDevice &operator=(const CudaDevice &) = delete;

  const std::string &name() const { return deviceName; }
  /// 90 for sm_90.
  int architecture() const { return arch; }

  DevicePointer allocate(size_t bytes);
  void release(DevicePointer pointer);
  void toDevice(DevicePointer to, const void *from, size_t bytes);
  void toHost(void *to, DevicePointer from, size_t bytes);
  /// These two take their place in the stream, as launches do.
  void copy(DevicePointer to, DevicePointer from, size_t bytes);
  void clear(DevicePointer to, size_t bytes);
  void synchronize();

  /// Launches and copies go to this stream from now on; 0 is the default one.
  /// It may be LibTorch's (`c10::Stream::native_handle()`).
  void setStream(void *handle) { stream = handle; }
  void *currentStream() const { return stream; }
  /// The milliseconds that the work between takes on the device.
  void startTimer();
  double stopTimer();

private:
  friend class CudaKernels;
  std::unique_ptr<CudaFunctions> cuda;
  std::string deviceName;
  int arch = 0, device = 0;
  void *stream = nullptr, *first = nullptr, *last = nullptr;
};

/// Kernels of one module, PTX or a cubin.
class CudaKernels : public Launcher {
public:
  CudaKernels(CudaDevice &device, const std::string &code);
  ~CudaKernels() override;

  void launch(const std::string &kernel, const numerics::GpuGrid &grid,
              const std::vector<uint64_t> &parameters) override;

private:
  CudaDevice &device;
  void *module = nullptr;
  std::map<std::string, void *> functions;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_DEVICE_CUDADRIVER_H
