//===- Front.h - What a search found --------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_SEARCH_FRONT_H
#define OQAT_TRAIN_SEARCH_FRONT_H

#include "train/Search/CostServer.h"

#include <optional>
#include <string>
#include <vector>

namespace oqat::train {

/// What a subnet may cost at most.
struct Limits {
  std::optional<int64_t> macs, bops, weightBytes;

  bool allow(const Costs &costs) const {
    return costs.macs <= macs.value_or(INT64_MAX) &&
           costs.bops <= bops.value_or(INT64_MAX) &&
           costs.weightBytes <= weightBytes.value_or(INT64_MAX);
  }
};

/// An evaluated subnet.
struct Found {
  formats::SubnetConfig subnet;
  Costs costs;
  double top1 = 0;
  bool isEvolved = false;
};

/// The indices of the subnets that no other beats in top-1 and every limited
/// cost (MACs where nothing is limited), cheapest first.
std::vector<size_t> frontOf(const std::vector<Found> &found,
                            const Limits &limits);

/// The index of the most accurate, of equals the one with fewest MACs.
size_t bestOf(const std::vector<Found> &found);

/// The file's text: `subnets` holds the front, so that `front.json#front-1`
/// names an entry wherever a subnet is asked for; `evaluated` holds all in
/// order.
std::string writeFront(const std::vector<Found> &found, const Limits &limits);

/// Evolved beside random, then the front as a table.
std::string describe(const std::vector<Found> &found, const Limits &limits);

} // namespace oqat::train

#endif // OQAT_TRAIN_SEARCH_FRONT_H
