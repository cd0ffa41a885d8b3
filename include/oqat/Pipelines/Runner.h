//===- Runner.h - Running, timing and checking artifacts --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_PIPELINES_RUNNER_H
#define OQAT_PIPELINES_RUNNER_H

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>
#include <string>

namespace mlir::oqat {

struct RunOptions {
  /// The shared object; its manifest and module lie beside it.
  std::string object;
  /// An ImageFolder tree, or empty.
  std::string data;
  /// A trainer's trace file to compare with, or empty.
  std::string trace;
  /// A number of pictures whose every tensor is compared with the
  /// interpreter, or empty.
  std::string check;
  bool bench = false;
  bool json = false;
  unsigned threads = 1;
  uint64_t seed = 1;
  /// The time of every layer.
  bool profile = false;
  /// The GMAC/s that one core could do at most, to compare layers with.
  std::optional<double> peak;
  /// The target of the object's to run; where empty, what it chooses.
  std::string target;
};

/// Does what the options ask and writes the answer to `out`. A difference that
/// a comparison finds is an error that names it.
llvm::Error runArtifact(const RunOptions &options, llvm::raw_ostream &out);

} // namespace mlir::oqat

#endif // OQAT_PIPELINES_RUNNER_H
