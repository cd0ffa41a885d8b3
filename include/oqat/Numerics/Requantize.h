//===- Requantize.h - From accumulators to codes (N14) --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Between an accumulator and the code that becomes of it lies a function of one
// bounded integer. Once it has been evaluated everywhere (`codes[i]` being the
// code of accumulator lo + i), a table of these bytes or, where they only rise
// or only fall, a list of thresholds is that function, with no float left.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_REQUANTIZE_H
#define OQAT_NUMERICS_REQUANTIZE_H

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace oqat::numerics {

/// The code is the number of `values`, which ascend, that are below the
/// accumulator; where the function falls, below its complement -acc - 1.
struct Thresholds {
  bool falling = false;
  std::vector<int32_t> values;
};

inline int32_t applyThresholds(int64_t acc, bool falling, const int32_t *values,
                               int64_t count) {
  int64_t x = falling ? ~acc : acc;
  return static_cast<int32_t>(std::lower_bound(values, values + count, x) -
                              values);
}

/// The thresholds of a function whose codes are 0 to `highest`; nothing where
/// it both rises and falls. A code that is never reached gets a threshold that
/// no accumulator of the interval passes, or that all do.
inline std::optional<Thresholds> findThresholds(std::vector<uint8_t> codes,
                                                int64_t lo, int32_t highest) {
  Thresholds result;
  if (!std::is_sorted(codes.begin(), codes.end())) {
    // Seen from the complement, which goes through the interval backwards.
    std::reverse(codes.begin(), codes.end());
    if (!std::is_sorted(codes.begin(), codes.end()))
      return std::nullopt;
    lo = ~(lo + static_cast<int64_t>(codes.size()) - 1);
    result.falling = true;
  }
  for (int32_t code = 1; code <= highest; ++code) {
    auto first = std::lower_bound(codes.begin(), codes.end(), code);
    int64_t below = lo + (first - codes.begin()) - 1;
    if (below < INT32_MIN || below > INT32_MAX)
      return std::nullopt;
    result.values.push_back(static_cast<int32_t>(below));
  }
  return result;
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_REQUANTIZE_H
