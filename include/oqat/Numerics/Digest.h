//===- Digest.h - FNV-1a of a tensor's bytes ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_DIGEST_H
#define OQAT_NUMERICS_DIGEST_H

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace oqat::numerics {

inline constexpr uint64_t kFnvOffset = 0xcbf29ce484222325ull;

/// 64-bit FNV-1a. Hand the result in as `state` to go on with more bytes.
inline uint64_t fnv1a64(const void *data, size_t size,
                        uint64_t state = kFnvOffset) {
  const auto *bytes = static_cast<const unsigned char *>(data);
  for (size_t i = 0; i < size; ++i)
    state = (state ^ bytes[i]) * 0x100000001b3ull;
  return state;
}

inline uint64_t fnv1a64(std::string_view bytes) {
  return fnv1a64(bytes.data(), bytes.size());
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_DIGEST_H
