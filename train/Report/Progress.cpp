//===- Progress.cpp - A bar, or lines now and then ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Report/Progress.h"
#include "oqat/Formats/Printable.h"

#include <cstdio>
#include <unistd.h>

namespace oqat::train {

using Clock = std::chrono::steady_clock;

Progress::Progress(bool quiet)
    : isTerminal(isatty(STDERR_FILENO) != 0), isQuiet(quiet) {}

Progress::~Progress() { clear(); }

void Progress::clear() {
  if (hasBar)
    std::fputs("\r\033[K", stderr);
  hasBar = false;
}

void Progress::line(const std::string &text) {
  if (isQuiet)
    return;
  clear();
  std::fprintf(stderr, "%s\n", formats::printable(text).c_str());
}

void Progress::update(const std::string &what, int64_t done, int64_t total,
                      const std::string &detail) {
  auto now = Clock::now();
  double pause = isTerminal ? 0.1 : 10;
  bool isDue = std::chrono::duration<double>(now - lastShown).count() >= pause;
  if (isQuiet || (!isDue && done < total))
    return;
  lastShown = now;
  std::string count = std::to_string(done) + "/" + std::to_string(total);
  if (!isTerminal) {
    std::fprintf(stderr, "%s %s %s\n", formats::printable(what).c_str(),
                 count.c_str(), detail.c_str());
    return;
  }
  constexpr int64_t kWidth = 24;
  int64_t filled = total > 0 ? done * kWidth / total : kWidth;
  std::string bar(static_cast<size_t>(filled), '#');
  bar.resize(kWidth, '.');
  std::fprintf(stderr, "\r\033[K%s [%s] %s %s",
               formats::printable(what).c_str(), bar.c_str(), count.c_str(),
               detail.c_str());
  std::fflush(stderr);
  hasBar = true;
}

std::string Progress::duration(double seconds) {
  auto whole = static_cast<int64_t>(seconds + 0.5);
  std::string s = std::to_string(whole % 60) + " s";
  if (whole < 60)
    return s;
  int64_t minutes = whole / 60;
  std::string m = std::to_string(minutes % 60) + " min";
  if (minutes < 60)
    return m + " " + s;
  return std::to_string(minutes / 60) + " h " + m;
}

} // namespace oqat::train
