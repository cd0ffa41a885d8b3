//===- Packing.h - Weight codes at their own bit-width --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Code i occupies the bits i*b to i*b + b - 1 of one little-endian bit stream,
// in two's complement. Bits after the last code are 0.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_PACKING_H
#define OQAT_NUMERICS_PACKING_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace oqat::numerics {

inline int64_t packedBytes(int64_t count, int bits) {
  return (count * bits + 7) / 8;
}

/// `codes` must fit `bits` bits in two's complement.
inline std::vector<uint8_t> packCodes(const int8_t *codes, int64_t count,
                                      int bits) {
  std::vector<uint8_t> bytes(static_cast<size_t>(packedBytes(count, bits)));
  const unsigned mask = (1u << bits) - 1;
  for (int64_t i = 0; i < count; ++i) {
    int64_t bit = i * bits;
    unsigned code = (static_cast<unsigned>(codes[i]) & mask) << (bit % 8);
    bytes[bit / 8] |= static_cast<uint8_t>(code);
    if (bit % 8 + bits > 8)
      bytes[bit / 8 + 1] |= static_cast<uint8_t>(code >> 8);
  }
  return bytes;
}

/// Code `index` of a stream made by packCodes.
inline int8_t unpackCode(const uint8_t *bytes, int64_t index, int bits) {
  int64_t bit = index * bits;
  int shift = static_cast<int>(bit % 8);
  unsigned word = bytes[bit / 8];
  if (shift + bits > 8)
    word |= static_cast<unsigned>(bytes[bit / 8 + 1]) << 8;
  int code = static_cast<int>(word >> shift & ((1u << bits) - 1));
  int sign = 1 << (bits - 1);
  return static_cast<int8_t>((code ^ sign) - sign);
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_PACKING_H
