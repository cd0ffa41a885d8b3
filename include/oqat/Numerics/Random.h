//===- Random.h - Counter-based random numbers ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// splitmix64: number i of stream `seed` is a function of both alone, so any
// part of a stream can be made anywhere, on any thread, in any order.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_RANDOM_H
#define OQAT_NUMERICS_RANDOM_H

#include <cmath>
#include <cstdint>

namespace oqat::numerics {

inline uint64_t mix64(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

/// Number `index` of stream `seed`.
inline uint64_t randomAt(uint64_t seed, uint64_t index) {
  return mix64(seed + (index + 1) * 0x9e3779b97f4a7c15ull);
}

/// The seed of a stream named by two numbers, such as a run and a picture.
inline uint64_t combineSeeds(uint64_t x, uint64_t y) {
  return randomAt(randomAt(x, 0), y);
}

/// A stream read in order.
class Random {
public:
  explicit Random(uint64_t seed, uint64_t index = 0)
      : seed(seed), index(index) {}

  uint64_t next() { return randomAt(seed, index++); }

  /// In [0, count), from the upper bits; `count` must not be 0.
  uint64_t below(uint64_t count) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<uint64_t>((Wide(next()) * count) >> 64);
  }

  /// In [0, 1), a multiple of 2^-53.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  double uniform(double lo, double hi) { return lo + (hi - lo) * uniform(); }

  /// About N(0, 1): the sum of twelve uniforms less 6, exact on every machine
  /// (no logarithm of a C library takes part).
  double normal() {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i)
      sum += uniform();
    return sum;
  }

private:
  uint64_t seed, index;
};

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_RANDOM_H
