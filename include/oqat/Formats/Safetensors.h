//===- Safetensors.h - Named tensors in a file ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The safetensors format: 8 bytes of header size, a JSON header, raw data. Of
// its types those in DType. A reader refuses a header that does not describe
// every byte of the data exactly once. The same tensors give the same bytes.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_FORMATS_SAFETENSORS_H
#define OQAT_FORMATS_SAFETENSORS_H

#include "oqat/Formats/File.h"

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oqat::formats {

enum class DType { F64, F32, I64, I32, U64, U8, I8 };

size_t byteSize(DType type);
const char *dtypeName(DType type);
std::optional<DType> parseDType(std::string_view name);

/// The DType of a C++ type.
template <typename T>
constexpr DType dtypeOf();
template <>
constexpr DType dtypeOf<double>() {
  return DType::F64;
}
template <>
constexpr DType dtypeOf<float>() {
  return DType::F32;
}
template <>
constexpr DType dtypeOf<int64_t>() {
  return DType::I64;
}
template <>
constexpr DType dtypeOf<int32_t>() {
  return DType::I32;
}
template <>
constexpr DType dtypeOf<uint64_t>() {
  return DType::U64;
}
template <>
constexpr DType dtypeOf<uint8_t>() {
  return DType::U8;
}
template <>
constexpr DType dtypeOf<int8_t>() {
  return DType::I8;
}

/// A dense row-major tensor that owns its bytes. They are aligned for any
/// DType.
struct Tensor {
  DType dtype = DType::F32;
  std::vector<int64_t> shape;
  std::string bytes;

  int64_t elements() const;

  /// Null when the elements are not of type T.
  template <typename T>
  const T *as() const {
    return dtype == dtypeOf<T>() ? reinterpret_cast<const T *>(bytes.data())
                                 : nullptr;
  }

  template <typename T>
  static Tensor make(std::vector<int64_t> shape, const T *data, size_t count) {
    return {
        dtypeOf<T>(), std::move(shape),
        std::string(reinterpret_cast<const char *>(data), count * sizeof(T))};
  }
  template <typename T>
  static Tensor make(std::vector<int64_t> shape, const std::vector<T> &data) {
    return make(std::move(shape), data.data(), data.size());
  }
};

/// What a file holds.
struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;

  const Tensor *find(const std::string &name) const {
    auto it = tensors.find(name);
    return it == tensors.end() ? nullptr : &it->second;
  }
};

/// A tensor whose bytes lie in a file that is mapped, aligned for nothing.
struct TensorView {
  DType dtype = DType::F32;
  std::vector<int64_t> shape;
  std::string_view bytes;

  int64_t elements() const;
};

/// An open file: what its header says, and where the tensors are. Nothing is
/// copied, and only the tensors that are looked at are read.
struct MappedTensors {
  std::unique_ptr<FileBytes> file;
  std::map<std::string, TensorView> tensors;
  std::map<std::string, std::string> metadata;

  const TensorView *find(const std::string &name) const {
    auto it = tensors.find(name);
    return it == tensors.end() ? nullptr : &it->second;
  }
};

/// Opens `path`, whose name starts every error.
std::optional<MappedTensors> mapSafetensors(const std::string &path,
                                            std::string &error);

/// Reads all of `path`, whose name starts every error.
std::optional<TensorFile> readSafetensors(const std::string &path,
                                          std::string &error);

/// Parses the bytes of a file.
std::optional<TensorFile> parseSafetensors(std::string_view bytes,
                                           const std::string &place,
                                           std::string &error);

/// The bytes of a file without its tensors' data, which follows in the order
/// of `order`: largest element first, then by name.
std::string safetensorsHeader(const TensorFile &file,
                              std::vector<const Tensor *> &order);

/// Writes atomically (see File.h).
bool writeSafetensors(const std::string &path, const TensorFile &file,
                      std::string &error);

} // namespace oqat::formats

#endif // OQAT_FORMATS_SAFETENSORS_H
