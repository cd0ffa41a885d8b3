//===- Commands.h - What oqat-train does ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_ALGO_COMMANDS_H
#define OQAT_TRAIN_ALGO_COMMANDS_H

#include "train/Data/Dataset.h"
#include "train/Dist/Communicator.h"

#include <cstdint>
#include <exception>
#include <string>

namespace oqat::train {

/// Where the network comes from: IR, for which the compiler is run to make the
/// plan, or a folder with a plan.
struct PlanSource {
  std::string module, plan;
};

struct TrainOptions {
  PlanSource source;
  std::string recipe, data, out;
  /// What phases from "weights" start from; may be empty.
  std::string weights;
  /// Of phases with a "given" teacher; may be empty.
  std::string teacher;
  bool resume = false;
  /// Where steps run: "cpu", "cuda" or "cuda:N".
  std::string device = "cpu";
  /// Seconds that another rank's GPU may take to answer.
  int timeout = 30;
  DataOptions pictures;
  Communicator *ranks = &aloneRank();
};

struct EvaluateOptions {
  PlanSource source;
  std::string checkpoint, subnet = "max", data, split = "test", trace;
  int bits = 0; // 0: the checkpoint's
  int64_t limit = 0;
  DataOptions pictures;
  Communicator *ranks = &aloneRank();
};

struct ExportOptions {
  PlanSource source;
  std::string checkpoint, subnet, data, out;
  int bits = 0;
  DataOptions pictures;
  Communicator *ranks = &aloneRank();
};

/// All return the process's exit code and throw Error for bad input.
int runTrain(const TrainOptions &options);
/// Prints one JSON object. A subnet of "-" reads one per line from standard
/// input and answers each with a line.
int runEvaluate(const EvaluateOptions &options);
int runExport(const ExportOptions &options);

/// Threads of the whole process; 0 for one per core, which the ranks of a
/// machine share.
void setUp(int threads, const Communicator &ranks = aloneRank());
/// Says what went wrong; gives the exit code. With other ranks it ends the
/// process: the sums that are in the air may never arrive.
int reportError(const std::exception &error, const Communicator *ranks);

} // namespace oqat::train

#endif // OQAT_TRAIN_ALGO_COMMANDS_H
