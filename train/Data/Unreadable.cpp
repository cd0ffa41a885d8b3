//===- Unreadable.cpp - Pictures that can't be read -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Data/Unreadable.h"
#include "train/Model/Support.h"

namespace oqat::train {

void Unreadable::add(const std::string &path, const std::string &error) {
  if (isStrict)
    throw Error(error);
  std::lock_guard<std::mutex> guard(lock);
  if (!paths.insert(path).second || paths.size() > kNamed)
    return;
  lines.push_back(error + "; left out");
  if (paths.size() == kNamed)
    lines.push_back("more pictures that can't be read are only counted");
}

int64_t Unreadable::count() const {
  std::lock_guard<std::mutex> guard(lock);
  return static_cast<int64_t>(paths.size());
}

std::vector<std::string> Unreadable::takeLines() {
  std::lock_guard<std::mutex> guard(lock);
  std::vector<std::string> taken;
  taken.swap(lines);
  return taken;
}

} // namespace oqat::train
