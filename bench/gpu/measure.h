// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Memory of a GPU and the time that its kernels take.

#ifndef OQAT_BENCH_GPU_MEASURE_H
#define OQAT_BENCH_GPU_MEASURE_H

#include "oqat/Formats/Json.h"
#include "train/Device/CudaDriver.h"

#include <cstring>
#include <functional>
#include <random>
#include <stdexcept>

namespace oqat::train {

/// Memory of the device that holds copies of vectors; none of an empty one.
class Memory {
public:
  explicit Memory(CudaDevice &device) : device(device) {}
  ~Memory();
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;

  DevicePointer allocate(size_t bytes);
  template <typename T>
  DevicePointer make(const std::vector<T> &like) {
    return allocate(like.size() * sizeof(T));
  }
  template <typename T>
  DevicePointer put(const std::vector<T> &values) {
    DevicePointer pointer = make(values);
    if (pointer)
      device.toDevice(pointer, values.data(), values.size() * sizeof(T));
    return pointer;
  }
  template <typename T>
  void get(std::vector<T> &values, DevicePointer pointer) {
    if (pointer)
      device.toHost(values.data(), pointer, values.size() * sizeof(T));
  }

private:
  CudaDevice &device;
  std::vector<DevicePointer> owned;
};

/// Seeded numbers.
std::vector<float> randomFloats(size_t count, std::mt19937 &random,
                                float low = -4, float high = 4);

/// Throws where bits differ from the CPU's.
template <typename T>
void expectSame(const std::vector<T> &got, const std::vector<T> &expected,
                const std::string &what) {
  if (!got.empty() &&
      std::memcmp(got.data(), expected.data(), got.size() * sizeof(T)) != 0)
    throw std::runtime_error(what + " differs from the CPU's");
}

struct Timing {
  std::string what;
  /// Read and written.
  double bytes = 0;
  std::function<void()> run;
};

/// The rates of all of them, in turns with a copy of `copied` bytes.
formats::Json measureRates(CudaDevice &device, const std::string &kernel,
                           std::vector<Timing> timings, size_t copied,
                           int rounds);

} // namespace oqat::train

#endif // OQAT_BENCH_GPU_MEASURE_H
