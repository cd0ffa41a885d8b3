//===- Sha256.cpp - SHA-256 of bytes (FIPS 180-4) -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/Sha256.h"

#include <algorithm>

namespace oqat::train {

using State = std::array<uint32_t, 8>;

static uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

/// The standard's constants: the first 32 bits of the fractional parts of the
/// cube roots of the first 64 primes, found in integers.
static std::array<uint32_t, 64> roundConstants() {
  std::array<uint32_t, 64> k{};
  size_t found = 0;
  for (uint64_t n = 2; found < k.size(); ++n) {
    bool prime = true;
    for (uint64_t d = 2; d * d <= n; ++d)
      prime &= n % d != 0;
    if (!prime)
      continue;
    // The largest x with x^3 <= n * 2^96.
    __extension__ using Wide = unsigned __int128;
    uint64_t x = 0;
    for (int bit = 35; bit >= 0; --bit) {
      uint64_t next = x | uint64_t(1) << bit;
      // x < 2^36, so the cube fits in 128 bits.
      if (Wide(next) * next * next <= Wide(n) << 96)
        x = next;
    }
    k[found++] = static_cast<uint32_t>(x);
  }
  return k;
}

static void compress(State &state, const unsigned char *block) {
  static const std::array<uint32_t, 64> k = roundConstants();
  std::array<uint32_t, 64> w{};
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 4; ++j)
      w[i] = w[i] << 8 | block[4 * i + j];
  for (int i = 16; i < 64; ++i) {
    uint32_t a = w[i - 15], b = w[i - 2];
    uint32_t s0 = rotate(a, 7) ^ rotate(a, 18) ^ a >> 3;
    uint32_t s1 = rotate(b, 17) ^ rotate(b, 19) ^ b >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  State v = state;
  for (int i = 0; i < 64; ++i) {
    uint32_t s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
    uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
    uint32_t t1 = v[7] + s1 + choice + k[i] + w[i];
    uint32_t s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
    uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
    v = {t1 + s0 + majority, v[0], v[1], v[2], v[3] + t1, v[4], v[5], v[6]};
  }
  for (int i = 0; i < 8; ++i)
    state[i] += v[i];
}

void Sha256::add(std::string_view piece) {
  bytes += piece.size();
  size_t room = (64 - rest.size()) % 64;
  rest += piece.substr(0, room);
  piece.remove_prefix(std::min(room, piece.size()));
  if (rest.size() == 64) {
    compress(state, reinterpret_cast<const unsigned char *>(rest.data()));
    rest.clear();
  }
  for (; piece.size() >= 64; piece.remove_prefix(64))
    compress(state, reinterpret_cast<const unsigned char *>(piece.data()));
  rest += piece;
}

std::string Sha256::hex() {
  uint64_t bits = bytes * 8;
  std::string tail(1, static_cast<char>(0x80));
  tail.resize(1 + (119 - rest.size()) % 64);
  for (int i = 7; i >= 0; --i)
    tail += static_cast<char>(bits >> (8 * i));
  add(tail);
  std::string text;
  for (uint32_t word : state)
    for (int shift = 28; shift >= 0; shift -= 4)
      text += "0123456789abcdef"[word >> shift & 15];
  return text;
}

std::string sha256Hex(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

} // namespace oqat::train
