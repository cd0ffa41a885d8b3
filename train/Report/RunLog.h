//===- RunLog.h - What a run writes about itself
//----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_REPORT_RUNLOG_H
#define OQAT_TRAIN_REPORT_RUNLOG_H

#include "oqat/Formats/Json.h"
#include "train/Report/EventFile.h"

#include <functional>
#include <string>
#include <vector>

namespace oqat::train {

/// The records of a run's metrics.jsonl; none where there is no such file. Half
/// a line, which a killed run may have left, is none.
std::vector<formats::Json> readMetrics(const std::string &folder);

/// One JSON object per line in `folder`/metrics.jsonl, and the same numbers for
/// TensorBoard in `folder`/tensorboard.
class RunLog {
public:
  /// Continues after the records for which `keep` holds; `step` steps are done.
  RunLog(const std::string &folder, int64_t step,
         const std::function<bool(const formats::Json &)> &keep);

  /// Adds the time. False where the record waits for the next to be written.
  bool add(formats::Json record, std::string &error);

private:
  AppendFile metrics;
  EventFile events;
};

/// The numbers of a record that TensorBoard shows.
Scalars scalarsOf(const formats::Json &record);

} // namespace oqat::train

#endif // OQAT_TRAIN_REPORT_RUNLOG_H
