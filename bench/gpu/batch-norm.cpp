// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "batch-norm.h"

#include <cmath>
#include <random>
#include <stdexcept>

namespace oqat::train {
namespace {

/// Memory of the device that holds copies of vectors.
class Memory {
public:
  explicit Memory(CudaDevice &device) : device(device) {}
  ~Memory() {
    for (DevicePointer pointer : owned)
      device.release(pointer);
  }
  DevicePointer allocate(size_t bytes) {
    owned.push_back(device.allocate(bytes));
    return owned.back();
  }
  template <typename T>
  DevicePointer put(const std::vector<T> &values) {
    DevicePointer pointer = allocate(values.size() * sizeof(T));
    device.toDevice(pointer, values.data(), values.size() * sizeof(T));
    return pointer;
  }
  template <typename T>
  void get(std::vector<T> &values, DevicePointer pointer) {
    device.toHost(values.data(), pointer, values.size() * sizeof(T));
  }

private:
  CudaDevice &device;
  std::vector<DevicePointer> owned;
};

size_t countElements(const DeviceShape &shape) {
  return static_cast<size_t>(shape.images * shape.pixels * shape.channels);
}

/// Sums of `x` and of its squares, there and here, in T; they may differ by
/// `tolerance` times the sum of magnitudes.
template <typename T>
void checkStatistics(CudaDevice &device, Launcher &kernels,
                     const DeviceShape &shape, const std::vector<float> &x,
                     bool areIntegers, double tolerance) {
  size_t channels = static_cast<size_t>(shape.channels);
  std::vector<T> sums(channels, T(0)), squares(channels, T(0));
  Memory memory(device);
  DevicePointer sumsThere = memory.put(sums),
                squaresThere = memory.put(squares);
  launchStatistics(kernels, areIntegers, shape, memory.put(x), sumsThere,
                   squaresThere, memory.allocate(statisticsWorkspace(shape)));
  memory.get(sums, sumsThere);
  memory.get(squares, squaresThere);
  for (size_t c = 0; c < channels; ++c) {
    T sum = 0, square = 0;
    double magnitude = 0;
    for (size_t i = c; i < x.size(); i += channels) {
      T value = static_cast<T>(x[i]);
      sum += value;
      square += value * value;
      magnitude += std::fabs(static_cast<double>(value));
    }
    double limit = tolerance * magnitude;
    if (!(std::fabs(static_cast<double>(sums[c] - sum)) <= limit) ||
        !(std::fabs(static_cast<double>(squares[c] - square)) <=
          tolerance * static_cast<double>(square)))
      throw std::runtime_error("the statistics of channel " +
                               std::to_string(c) + " differ from the CPU's");
  }
}

void checkGradient(CudaDevice &device, Launcher &kernels,
                   const DeviceShape &shape, std::mt19937 &random) {
  std::uniform_real_distribution<float> wide(-4, 4);
  auto make = [&](size_t count) {
    std::vector<float> values(count);
    for (float &value : values)
      value = wide(random);
    return values;
  };
  size_t channels = static_cast<size_t>(shape.channels);
  std::vector<float> dz = make(countElements(shape)), x = make(dz.size()),
                     a = make(channels), p = make(channels), q = make(channels),
                     got(dz.size());
  Memory memory(device);
  DevicePointer out = memory.put(got);
  launchNormGradient(kernels, shape, memory.put(dz), memory.put(x),
                     memory.put(a), memory.put(p), memory.put(q), out);
  memory.get(got, out);
  for (size_t i = 0; i < got.size(); ++i) {
    size_t c = i % channels;
    float fromZ = a[c] * dz[i], fromX = p[c] * x[i], both = fromZ + fromX;
    if (got[i] != both + q[c])
      throw std::runtime_error("norm_gradient differs from the CPU's");
  }
}
} // namespace

void checkBatchNorm(CudaDevice &device, Launcher &kernels,
                    const DeviceShape &shape) {
  std::mt19937 random(3);
  std::uniform_int_distribution<int> integers(-(1 << 24), 1 << 24);
  std::uniform_real_distribution<float> floats(-4, 4);
  std::vector<float> x(countElements(shape));
  for (float &value : x)
    value = static_cast<float>(integers(random));
  checkStatistics<int64_t>(device, kernels, shape, x, true, 0);
  for (float &value : x)
    value = floats(random);
  checkStatistics<double>(device, kernels, shape, x, false, 1e-14);
  checkGradient(device, kernels, shape, random);
}

} // namespace oqat::train
