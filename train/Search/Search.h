//===- Search.h - Constrained search of a trained supernet ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_SEARCH_SEARCH_H
#define OQAT_TRAIN_SEARCH_SEARCH_H

#include "train/Data/Dataset.h"
#include "train/Search/Front.h"

#include <string>
#include <vector>

namespace oqat::train {

struct SearchOptions {
  /// IR of the supernet, and a ready plan of it; empty: made from the IR.
  std::string module, plan;
  std::string checkpoint, data;
  /// Of every layer, or those it may have; empty: the checkpoint's.
  std::vector<int> bits;
  Limits limits;
  /// Subnets evaluated by evolution, and at random beside it (-1: as many).
  int64_t budget = 100, random = -1;
  /// Only the first pictures of every class of the validation split; 0: all.
  int64_t validation = 0;
  uint64_t seed = 0;
  DataOptions pictures;
  /// "-" is standard output.
  std::string front, bestSubnet;
  bool quiet = false;
};

/// Evaluates every candidate as a deployed subnet would be: batch norm
/// recalibrated on training pictures, then the exact forward pass over the
/// validation split. That split is `val` of the data, or else the pictures
/// that training held out. Throws Error for bad input.
void runSearch(const SearchOptions &options);

} // namespace oqat::train

#endif // OQAT_TRAIN_SEARCH_SEARCH_H
