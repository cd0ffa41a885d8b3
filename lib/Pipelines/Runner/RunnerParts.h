//===- RunnerParts.h - What the runner's modes share ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_PIPELINES_RUNNER_RUNNERPARTS_H
#define OQAT_LIB_PIPELINES_RUNNER_RUNNERPARTS_H

#include "oqat/Pipelines/Artifact.h"
#include "oqat/Pipelines/Runner.h"
#include "llvm/Support/JSON.h"
#include <algorithm>
#include <chrono>

namespace mlir::oqat {

class Stopwatch {
public:
  double milliseconds() const {
    return std::chrono::duration<double, std::milli>(Clock::now() - start)
        .count();
  }

private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
};

/// Whether measuring goes on: for a second, but at least 20 rounds and at most
/// 100,000.
inline bool needsRound(size_t done, double milliseconds) {
  return done < 20 || (milliseconds < 1000 && done < 100000);
}

double median(std::vector<double> values);

/// A number with six places: of a time in milliseconds, nanoseconds.
void writeDecimal(llvm::json::OStream &json, llvm::StringRef key, double value);

/// Picture `index` of a seeded series: noise between two levels of its own.
std::vector<uint8_t> randomPicture(uint64_t seed, uint64_t index, size_t bytes);

/// Pictures with labels: those of an ImageFolder tree, at the artifact's
/// resolution.
class PictureFolder {
public:
  static llvm::Expected<PictureFolder> open(llvm::StringRef folder,
                                            const Artifact &artifact);
  size_t size() const { return files.size(); }
  int64_t label(size_t index) const { return files[index].label; }
  llvm::StringRef path(size_t index) const { return files[index].path; }
  llvm::Expected<std::vector<uint8_t>> load(size_t index) const;

private:
  struct File {
    std::string path;
    int64_t label;
  };
  std::vector<File> files;
  int64_t side = 0;
};

/// `sinceLoad` was started before the artifact was loaded.
llvm::Error runBench(Artifact &artifact, const RunOptions &options,
                     const Stopwatch &sinceLoad, llvm::raw_ostream &out);
llvm::Error runCheck(Artifact &artifact, const RunOptions &options,
                     llvm::raw_ostream &out);
llvm::Error runProfile(Artifact &artifact, const RunOptions &options,
                       llvm::raw_ostream &out);
llvm::Error runClassify(Artifact &artifact, const RunOptions &options,
                        llvm::raw_ostream &out);

} // namespace mlir::oqat

#endif // OQAT_LIB_PIPELINES_RUNNER_RUNNERPARTS_H
