//===- EventFile.h - Scalars for TensorBoard
//--------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A file of TFRecords, each the length of the data as u64, the masked CRC-32C
// of these eight bytes as u32, the data, and its masked CRC-32C, all little-
// endian. The data are messages `Event` of TensorFlow's event.proto: first the
// file's version, then, so that a resumed run replaces what it repeats, a
// session that starts at a step, then one summary per step.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_REPORT_EVENTFILE_H
#define OQAT_TRAIN_REPORT_EVENTFILE_H

#include "train/Report/AppendFile.h"

#include <string>
#include <utility>
#include <vector>

namespace oqat::train {

using Scalars = std::vector<std::pair<std::string, double>>;

/// CRC-32C (Castagnoli), as in RFC 3720.
uint32_t crc32c(std::string_view bytes);

class EventFile {
public:
  /// Starts a file in `folder`, which is made; the name holds `wallTime`
  /// (seconds since 1970), this host and this process.
  EventFile(const std::string &folder, double wallTime, int64_t firstStep);

  bool add(double wallTime, int64_t step, const Scalars &scalars,
           std::string &error);

private:
  AppendFile file;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_REPORT_EVENTFILE_H
