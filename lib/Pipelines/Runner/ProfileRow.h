//===- ProfileRow.h - What a profile says ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_PIPELINES_RUNNER_PROFILEROW_H
#define OQAT_LIB_PIPELINES_RUNNER_PROFILEROW_H

#include "RunnerParts.h"

namespace mlir::oqat {

/// In microseconds.
struct ProfileTimes {
  double least = 0, middle = 0;

  explicit ProfileTimes(const std::vector<double> &times)
      : least(*std::min_element(times.begin(), times.end())),
        middle(median(times)) {}
  ProfileTimes() = default;
};

/// A line of the profile: of a layer, or of the whole network.
struct ProfileRow {
  std::string name, kind, tensor, kernel;
  ProfileTimes times;
  uint64_t macs = 0;
  std::optional<uint64_t> bytes;
  /// Of the time of all layers, in percent.
  double share = 0;
  double gmacsPerSecond = 0;
};

struct ProfileResult {
  /// One per layer, in the order of the network, then the total.
  std::vector<ProfileRow> rows;
  /// Of whole runs without the callback.
  ProfileTimes plain;
  size_t rounds;
};

/// A table, or JSON where the options say so.
void printProfile(const ProfileResult &profile,
                  const ::oqat::formats::Manifest &manifest,
                  const RunOptions &options, llvm::raw_ostream &out);

} // namespace mlir::oqat

#endif // OQAT_LIB_PIPELINES_RUNNER_PROFILEROW_H
