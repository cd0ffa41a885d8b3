//===- LaunchParameters.h - What a launch passes on -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DEVICE_LAUNCHPARAMETERS_H
#define OQAT_TRAIN_DEVICE_LAUNCHPARAMETERS_H

#include "train/Device/ChainLaunch.h"

#include <cstring>
#include <initializer_list>

namespace oqat::train {

/// Parameters of a launch, as a kernel takes them.
class LaunchParameters {
public:
  /// A dense memref; an absent one has no elements.
  void add(DevicePointer data, std::initializer_list<int64_t> sizes) {
    list.insert(list.end(), {data, data, 0});
    for (int64_t size : sizes)
      list.push_back(data ? static_cast<uint64_t>(size) : 0);
    std::vector<uint64_t> strides(sizes.size(), 1);
    for (size_t i = sizes.size(); i-- > 1;)
      strides[i - 1] = strides[i] * static_cast<uint64_t>(*(sizes.begin() + i));
    list.insert(list.end(), strides.begin(), strides.end());
  }
  /// One whose elements lie `strides` apart.
  void add(DevicePointer data, int64_t offset, const int64_t *sizes,
           const int64_t *strides, size_t rank) {
    list.insert(list.end(), {data, data, static_cast<uint64_t>(offset)});
    for (const int64_t *numbers : {sizes, strides})
      for (size_t i = 0; i < rank; ++i)
        list.push_back(data ? static_cast<uint64_t>(numbers[i]) : 0);
  }
  void add(int64_t scalar) { list.push_back(static_cast<uint64_t>(scalar)); }
  void add(double scalar) {
    list.emplace_back();
    std::memcpy(&list.back(), &scalar, sizeof(scalar));
  }
  std::vector<uint64_t> list;
};

/// out[image][channel] += the sum of parts[image][...][channel]; `type` is "",
/// "_i64" or "_f64".
void launchSum(Launcher &launcher, DevicePointer parts, int64_t images,
               int64_t rows, int64_t channels, DevicePointer out,
               const char *type = "");

} // namespace oqat::train

#endif // OQAT_TRAIN_DEVICE_LAUNCHPARAMETERS_H
