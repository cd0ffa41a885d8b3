//===- Driver.h - From a supernet to an artifact ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_PIPELINES_DRIVER_H
#define OQAT_PIPELINES_DRIVER_H

#include "oqat/Pipelines/Pipelines.h"

namespace mlir::oqat {

/// What `oqat-compile` makes.
enum class Emit { Artifact, TrainingPlan, CostServer, LLVMIR, Assembly };

/// Whether the target's intrinsics are emulated; `Missing`: where this machine
/// lacks them.
enum class Emulate { Never, Missing, Always };

struct CompileOptions {
  /// A file of IR, or "-".
  std::string input;
  /// DIR/net for an artifact, a folder for a plan, else a file or "-".
  std::string output;
  Emit emit = Emit::Artifact;
  /// Prints the IR at the end of a phase instead.
  std::optional<Phase> compileTo;
  /// The phase that the input has already gone through.
  Phase compileFrom = Phase::Supernet;
  Emulate emulate = Emulate::Never;
  /// The folder that keeps the objects of layers; none are kept without.
  std::string cacheFolder;
  /// Prints a line that counts what came from there.
  bool cacheStatistics = false;
  /// Takes the kernels that are fastest on this machine, and prints a line
  /// about it. What was measured is kept in the file, if there is one.
  bool tune = false;
  std::string tuningFile;
  /// GPUs that a training plan has machine code for, or "none".
  std::vector<std::string> gpus;
  PipelineOptions pipeline;
};

/// Does what the options ask. A failure has printed one line to `errors`, which
/// starts with "oqat-compile: error: ", and left no output.
LogicalResult compile(const CompileOptions &options, raw_ostream &errors);

/// The whole of the tool; returns its exit code.
int compileMain(int argc, char **argv);

} // namespace mlir::oqat

#endif // OQAT_PIPELINES_DRIVER_H
