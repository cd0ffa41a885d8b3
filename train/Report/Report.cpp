//===- Report.cpp - Progress and metrics ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Report/Report.h"
#include "oqat/Formats/File.h"
#include "train/Model/Support.h"

#include <cstdio>
#include <fstream>
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
  std::fprintf(stderr, "%s\n", text.c_str());
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
    std::fprintf(stderr, "%s %s %s\n", what.c_str(), count.c_str(),
                 detail.c_str());
    return;
  }
  constexpr int64_t kWidth = 24;
  int64_t filled = total > 0 ? done * kWidth / total : kWidth;
  std::string bar(static_cast<size_t>(filled), '#');
  bar.resize(kWidth, '.');
  std::fprintf(stderr, "\r\033[K%s [%s] %s %s", what.c_str(), bar.c_str(),
               count.c_str(), detail.c_str());
  std::fflush(stderr);
  hasBar = true;
}

std::vector<formats::Json> Metrics::read() const {
  std::vector<formats::Json> records;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    std::string error;
    // A killed run may have left half a line.
    if (auto record = formats::parseJson(line, path, error))
      records.push_back(*record);
  }
  return records;
}

void Metrics::rewrite(const std::string &text) const {
  std::string error;
  if (!formats::writeFileAtomically(path, {text}, error))
    throw Error(error);
}

void Metrics::add(const formats::Json &record) {
  std::ofstream out(path, std::ios::app);
  out << record.dump() + "\n";
  out.flush();
  if (!out)
    throw Error(path + ": cannot be written");
}

} // namespace oqat::train
