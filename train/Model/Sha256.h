//===- Sha256.h - SHA-256 of bytes ----------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_SHA256_H
#define OQAT_TRAIN_MODEL_SHA256_H

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace oqat::train {

/// Takes bytes in pieces of any size.
class Sha256 {
public:
  void add(std::string_view bytes);
  /// 64 lower-case hexadecimal digits, of all bytes so far. Ends the object's
  /// life.
  std::string hex();

private:
  std::array<uint32_t, 8> state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  /// What is no whole block yet.
  std::string rest;
  uint64_t bytes = 0;
};

std::string sha256Hex(std::string_view bytes);

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_SHA256_H
