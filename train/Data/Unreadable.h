//===- Unreadable.h - Pictures that can't be read -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DATA_UNREADABLE_H
#define OQAT_TRAIN_DATA_UNREADABLE_H

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace oqat::train {

/// Counts files, each once, and says the first ones by name. May be used by
/// several threads.
class Unreadable {
public:
  explicit Unreadable(bool isStrict) : isStrict(isStrict) {}

  /// Throws `error`, which names the file, where readers are strict.
  void add(const std::string &path, const std::string &error);
  int64_t count() const;
  /// Lines about what was added since the last call, for the user.
  std::vector<std::string> takeLines();

private:
  static constexpr size_t kNamed = 10;
  bool isStrict;
  mutable std::mutex lock;
  std::set<std::string> paths;
  std::vector<std::string> lines;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_DATA_UNREADABLE_H
