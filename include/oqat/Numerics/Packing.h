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

/// Eight codes take `bits` bytes, so they are packed and unpacked as one word.
constexpr int64_t kPackedCodes = 8;

/// `codes` must fit `bits` bits in two's complement.
inline std::vector<uint8_t> packCodes(const int8_t *codes, int64_t count,
                                      int bits) {
  std::vector<uint8_t> bytes(static_cast<size_t>(packedBytes(count, bits)));
  const uint64_t mask = (uint64_t(1) << bits) - 1;
  auto *place = bytes.data();
  for (int64_t first = 0; first < count; first += kPackedCodes) {
    int64_t last = count - first < kPackedCodes ? count : first + kPackedCodes;
    uint64_t word = 0;
    for (int64_t i = first; i < last; ++i)
      word |= (static_cast<uint64_t>(codes[i]) & mask) << ((i - first) * bits);
    for (int64_t left = packedBytes(last - first, bits); left > 0; --left) {
      *place++ = static_cast<uint8_t>(word);
      word >>= 8;
    }
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

namespace detail {
/// A multiple of eight codes of `bits` bits.
template <int bits, typename Code>
void unpackWords(const uint8_t *bytes, int64_t count, Code *codes) {
  constexpr int unused = 64 - bits;
  for (int64_t first = 0; first < count; first += kPackedCodes) {
    uint64_t word = 0;
    for (int i = 0; i < bits; ++i)
      word |= static_cast<uint64_t>(*bytes++) << (8 * i);
    for (int i = 0; i < kPackedCodes; ++i) {
      auto high = static_cast<int64_t>(word << (unused - i * bits));
      codes[first + i] = static_cast<Code>(high >> unused);
    }
  }
}
} // namespace detail

/// The first `count` codes of a stream made by packCodes, to `codes`.
template <typename Code>
void unpackCodes(const uint8_t *bytes, int64_t count, int bits, Code *codes) {
  using Unpack = void (*)(const uint8_t *, int64_t, Code *);
  constexpr Unpack byBits[] = {
      detail::unpackWords<1, Code>, detail::unpackWords<2, Code>,
      detail::unpackWords<3, Code>, detail::unpackWords<4, Code>,
      detail::unpackWords<5, Code>, detail::unpackWords<6, Code>,
      detail::unpackWords<7, Code>, detail::unpackWords<8, Code>};
  int64_t whole = count / kPackedCodes * kPackedCodes;
  byBits[bits - 1](bytes, whole, codes);
  for (int64_t i = whole; i < count; ++i)
    codes[i] = unpackCode(bytes, i, bits);
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_PACKING_H
