//===- TuneNetwork.h - Kernels chosen by measurement ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PIPELINES_DRIVER_TUNENETWORK_H
#define LIB_PIPELINES_DRIVER_TUNENETWORK_H

#include "LayerCompiler.h"
#include "oqat/Target/Emit/ObjectCache.h"

namespace mlir::oqat {

struct TuneOptions {
  /// Keeps what was measured (oqat/Formats/Tuning.h); nothing is kept without.
  std::string file;
  /// Of the compiler, whose kernels the times are of.
  std::string identity;
};

/// How many layers of how many targets had kernels to choose from, what was
/// measured of them, and for how many it wasn't the first candidate.
struct TuneStatistics {
  unsigned layers = 0, measured = 0, changed = 0;
};

/// Sets `bitpack.kernel` of every layer that has several kernels to what is
/// fastest on this machine, for the targets that run here as they are: by the
/// file, or measured here. An error is where none of the targets does.
llvm::Expected<TuneStatistics> tuneNetwork(bitpack::NetworkOp network,
                                           ArrayRef<KernelSettings> targets,
                                           const TuneOptions &options,
                                           ObjectCache &cache);

} // namespace mlir::oqat

#endif // LIB_PIPELINES_DRIVER_TUNENETWORK_H
