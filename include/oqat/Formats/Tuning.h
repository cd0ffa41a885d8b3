//===- Tuning.h - What kernels took on a machine ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `oqat-compile --tune` keeps here what it measured:
//
//   {"format": "oqat-tuning", "formatVersion": 1, "machines": [
//     {"machine": "...", "layers": [
//       {"layer": "avx2 conv2d ...", "kernels": [
//         {"name": "winograd-pmaddubsw-6x16", "minUs": 425.9}, ...]}]}]}
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_FORMATS_TUNING_H
#define OQAT_FORMATS_TUNING_H

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oqat::formats {

/// The least microseconds of one call.
struct KernelTime {
  std::string name;
  double minUs = 0;
};

struct Tuning {
  /// By the shape of a layer.
  using Layers = std::map<std::string, std::vector<KernelTime>>;
  /// By what a machine and its compiler are called.
  std::map<std::string, Layers> machines;
};

/// `place` is named in the error.
std::optional<Tuning> parseTuning(std::string_view text,
                                  const std::string &place, std::string &error);

std::string writeTuning(const Tuning &tuning);

} // namespace oqat::formats

#endif // OQAT_FORMATS_TUNING_H
