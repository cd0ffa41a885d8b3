//===- Report.h - Progress and metrics ------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_REPORT_REPORT_H
#define OQAT_TRAIN_REPORT_REPORT_H

#include "oqat/Formats/Json.h"

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

private:
  bool isTerminal, isQuiet, hasBar = false;
  std::chrono::steady_clock::time_point lastShown;

  void clear();
};

/// One JSON object per line, each written at once.
class Metrics {
public:
  /// Continues `path` after the records for which `keep` holds.
  template <typename Keep>
  Metrics(const std::string &path, Keep &&keep) : path(path) {
    std::string kept;
    for (const formats::Json &record : read())
      if (keep(record))
        kept += record.dump() + "\n";
    rewrite(kept);
  }
  void add(const formats::Json &record);

private:
  std::string path;
  std::vector<formats::Json> read() const;
  void rewrite(const std::string &text) const;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_REPORT_REPORT_H
