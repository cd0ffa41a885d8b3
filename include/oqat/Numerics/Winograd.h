//===- Winograd.h - Minimal filtering of 3x3 kernels in integers ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// F(2x2, 3x3): 2x2 outputs of a 3x3 convolution of stride 1 out of 16 products
// instead of 36. The filter matrix is doubled, so that it has only integers;
// the result is exactly four times the convolution:
//
//   4 * outputs = output(input(tile) * filter(kernel))
//
// Each function is one matrix on both sides of a row-major square. `Ring` adds
// and subtracts whatever `T` is: integers, intervals, or values of IR.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_WINOGRAD_H
#define OQAT_NUMERICS_WINOGRAD_H

#include <array>
#include <cstddef>

namespace oqat::numerics {

/// Rows and columns of a tile of inputs, and of outputs.
inline constexpr size_t kWinogradTile = 4, kWinogradOutputs = 2;
inline constexpr size_t kWinogradPositions = kWinogradTile * kWinogradTile;
inline constexpr int kWinogradScale = 4;

struct PlainRing {
  template <typename T>
  T add(T x, T y) const {
    return x + y;
  }
  template <typename T>
  T sub(T x, T y) const {
    return x - y;
  }
};

namespace winograd {

/// `matrix` maps N values to M: of the columns of `x` first, then of its rows.
template <size_t N, size_t M, typename T, typename Matrix>
std::array<T, M * M> applyBothWays(const std::array<T, N * N> &x,
                                   Matrix matrix) {
  std::array<T, M * N> half;
  for (size_t column = 0; column < N; ++column) {
    std::array<T, N> values;
    for (size_t row = 0; row < N; ++row)
      values[row] = x[row * N + column];
    std::array<T, M> mapped = matrix(values);
    for (size_t row = 0; row < M; ++row)
      half[row * N + column] = mapped[row];
  }
  std::array<T, M * M> result;
  for (size_t row = 0; row < M; ++row) {
    std::array<T, N> values;
    for (size_t column = 0; column < N; ++column)
      values[column] = half[row * N + column];
    std::array<T, M> mapped = matrix(values);
    for (size_t column = 0; column < M; ++column)
      result[row * M + column] = mapped[column];
  }
  return result;
}

} // namespace winograd

/// [2 0 0; 1 1 1; 1 -1 1; 0 0 2]
template <typename T, typename Ring>
std::array<T, 16> winogradFilter(const std::array<T, 9> &kernel, Ring &&ring) {
  return winograd::applyBothWays<3, 4>(
      kernel, [&](const std::array<T, 3> &g) -> std::array<T, 4> {
        T outer = ring.add(g[0], g[2]);
        return {ring.add(g[0], g[0]), ring.add(outer, g[1]),
                ring.sub(outer, g[1]), ring.add(g[2], g[2])};
      });
}

/// [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1]
template <typename T, typename Ring>
std::array<T, 16> winogradInput(const std::array<T, 16> &tile, Ring &&ring) {
  return winograd::applyBothWays<4, 4>(
      tile, [&](const std::array<T, 4> &d) -> std::array<T, 4> {
        return {ring.sub(d[0], d[2]), ring.add(d[1], d[2]),
                ring.sub(d[2], d[1]), ring.sub(d[1], d[3])};
      });
}

/// [1 1 1 0; 0 1 -1 -1]
template <typename T, typename Ring>
std::array<T, 4> winogradOutput(const std::array<T, 16> &sums, Ring &&ring) {
  return winograd::applyBothWays<4, 2>(
      sums, [&](const std::array<T, 4> &m) -> std::array<T, 2> {
        return {ring.add(ring.add(m[0], m[1]), m[2]),
                ring.sub(ring.sub(m[1], m[2]), m[3])};
      });
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_WINOGRAD_H
