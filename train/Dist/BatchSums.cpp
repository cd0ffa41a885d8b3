//===- BatchSums.cpp - Sums over the pictures of all ranks ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Dist/BatchSums.h"

namespace oqat::train {
namespace {

__extension__ using Wide = __int128;

/// The chunks of this rank.
struct OwnSums {
  std::vector<double> sums, squares;
  /// In place of squares where f64 may not hold them.
  std::vector<Wide> wide;

  OwnSums(const Accumulator &acc, int64_t channels, int64_t chunks)
      : sums(static_cast<size_t>(channels)), squares(sums.size()) {
    size_t n = sums.size();
    if (!acc.wideSquares.empty())
      wide.resize(n);
    for (size_t at = 0; at < static_cast<size_t>(chunks) * n; ++at) {
      sums[at % n] += acc.sums[at];
      if (wide.empty())
        squares[at % n] += acc.squares[at];
      else
        wide[at % n] += acc.wideSquares[at];
    }
  }
};

} // namespace

/// Both in one message.
static void addFloats(OwnSums &own, Communicator &ranks) {
  size_t n = own.sums.size();
  std::vector<double> all = own.sums;
  all.insert(all.end(), own.squares.begin(), own.squares.end());
  ranks.sum(all.data(), static_cast<int64_t>(all.size()));
  own.sums.assign(all.begin(), all.begin() + static_cast<int64_t>(n));
  own.squares.assign(all.begin() + static_cast<int64_t>(n), all.end());
}

/// Squares go as two numbers, which cannot overflow: they may be above 2^63.
static void addIntegers(OwnSums &own, Communicator &ranks) {
  constexpr int kLowBits = 32;
  size_t n = own.sums.size();
  std::vector<int64_t> all(3 * n);
  for (size_t c = 0; c < n; ++c) {
    Wide square =
        own.wide.empty() ? static_cast<Wide>(own.squares[c]) : own.wide[c];
    all[c] = static_cast<int64_t>(own.sums[c]);
    all[n + c] = static_cast<int64_t>(square >> kLowBits);
    all[2 * n + c] = static_cast<int64_t>(square & ((Wide(1) << kLowBits) - 1));
  }
  ranks.sum(all.data(), static_cast<int64_t>(all.size()));
  own.wide.resize(n);
  for (size_t c = 0; c < n; ++c) {
    own.sums[c] = static_cast<double>(all[c]);
    own.wide[c] = (Wide(all[n + c]) << kLowBits) + all[2 * n + c];
  }
}

BatchSums batchSums(const Accumulator &acc, int64_t channels, int64_t chunks,
                    Communicator &ranks) {
  OwnSums own(acc, channels, chunks);
  if (!ranks.isAlone())
    acc.isQuantized ? addIntegers(own, ranks) : addFloats(own, ranks);
  for (size_t c = 0; c < own.wide.size(); ++c)
    own.squares[c] = static_cast<double>(own.wide[c]);
  return {std::move(own.sums), std::move(own.squares)};
}

std::vector<double> batchSums(const std::vector<at::Tensor> &parts,
                              Communicator &ranks) {
  std::vector<double> sums;
  for (const at::Tensor &part : parts) {
    size_t first = sums.size(), n = static_cast<size_t>(part.size(1));
    sums.resize(first + n);
    const float *from = part.data_ptr<float>();
    for (int64_t k = 0; k < part.size(0); ++k)
      for (size_t c = 0; c < n; ++c)
        sums[first + c] += static_cast<double>(*from++);
  }
  ranks.sum(sums.data(), static_cast<int64_t>(sums.size()));
  return sums;
}

} // namespace oqat::train
