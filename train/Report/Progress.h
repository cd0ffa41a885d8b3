//===- Progress.h - A bar, or lines now and then --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_REPORT_PROGRESS_H
#define OQAT_TRAIN_REPORT_PROGRESS_H

#include <chrono>
#include <cstdint>
#include <string>

namespace oqat::train {

/// A bar that redraws itself on a terminal, else a plain line now and then.
class Progress {
public:
  explicit Progress(bool quiet = false);
  ~Progress();
  void update(const std::string &what, int64_t done, int64_t total,
              const std::string &detail);
  /// A line of its own.
  void line(const std::string &text);

  /// "12 s", "3 min 20 s", "2 h 5 min".
  static std::string duration(double seconds);

private:
  bool isTerminal, isQuiet, hasBar = false;
  std::chrono::steady_clock::time_point lastShown;

  void clear();
};

} // namespace oqat::train

#endif // OQAT_TRAIN_REPORT_PROGRESS_H
