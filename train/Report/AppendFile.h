//===- AppendFile.h - A file that grows by whole records
//--------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_REPORT_APPENDFILE_H
#define OQAT_TRAIN_REPORT_APPENDFILE_H

#include <cstdint>
#include <string>
#include <string_view>

namespace oqat::train {

/// Never holds a part of a record, unless the process is killed: what can't be
/// written, as on a full disk, waits for the next record.
class AppendFile {
public:
  /// Appends to `path`, which is made where it isn't there.
  explicit AppendFile(std::string path) : path(std::move(path)) {}

  bool append(std::string_view record, std::string &error);

private:
  std::string path, waiting;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_REPORT_APPENDFILE_H
