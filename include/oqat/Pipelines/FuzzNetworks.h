//===- FuzzNetworks.h - Random networks against the interpreter -*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_PIPELINES_FUZZNETWORKS_H
#define OQAT_PIPELINES_FUZZNETWORKS_H

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace mlir::oqat {

struct FuzzOptions {
  /// Networks of the seeds `seed` to `seed + count - 1`.
  uint64_t seed = 1;
  uint64_t count = 1;
  /// Kernel targets, taken in turn.
  std::vector<std::string> targets = {"native"};
  /// Where files go; those of a network that fails stay there.
  std::string folder;
  /// One line per network.
  bool verbose = false;
};

/// Draws networks, compiles them and compares every tensor of every level, of
/// every canonicalized level and of the object with the interpreter's. Prints
/// what was covered; an error names the seed and how to see it again.
llvm::Error fuzzNetworks(const FuzzOptions &options, llvm::raw_ostream &out);

} // namespace mlir::oqat

#endif // OQAT_PIPELINES_FUZZNETWORKS_H
