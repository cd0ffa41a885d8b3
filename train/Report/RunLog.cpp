//===- RunLog.cpp - What a run writes about itself
//--------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Report/RunLog.h"
#include "oqat/Formats/File.h"
#include "train/Model/Support.h"

#include <chrono>
#include <cmath>
#include <fstream>

namespace oqat::train {

using formats::Json;

static const char kFile[] = "/metrics.jsonl";

static double now() {
  using namespace std::chrono;
  auto time = system_clock::now().time_since_epoch();
  return std::round(duration<double>(time).count() * 1e3) / 1e3;
}

std::vector<Json> readMetrics(const std::string &folder) {
  std::vector<Json> records;
  std::ifstream in(folder + kFile);
  for (std::string line; std::getline(in, line);) {
    std::string error;
    auto record = formats::parseJson(line, folder + kFile, error);
    if (record && record->is_object())
      records.push_back(*record);
  }
  return records;
}

RunLog::RunLog(const std::string &folder, int64_t step,
               const std::function<bool(const Json &)> &keep)
    : metrics(folder + kFile),
      events(folder + "/tensorboard", now(), step + 1) {
  std::string kept, error;
  for (const Json &record : readMetrics(folder))
    if (keep(record))
      kept += record.dump() + "\n";
  if (!formats::writeFileAtomically(folder + kFile, {kept}, error))
    throw Error(error);
}

bool RunLog::add(Json record, std::string &error) {
  record["time"] = now();
  bool isWritten = metrics.append(record.dump() + "\n", error);
  int64_t step = record.value("totalSteps", int64_t(0));
  return events.add(record["time"], step, scalarsOf(record), error) &&
         isWritten;
}

Scalars scalarsOf(const Json &record) {
  static const std::pair<const char *, const char *> kTags[] = {
      {"learningRate", "learning_rate/weights"},
      {"stepLearningRate", "learning_rate/steps"},
      {"imagesPerSecond", "speed/images_per_second"},
      {"msPerStep", "speed/ms_per_step"},
      {"imageSize", "image_size"},
      {"largest", "validation_top1/largest"},
      {"smallest", "validation_top1/smallest"}};
  Scalars scalars;
  if (auto losses = record.find("losses"); losses != record.end())
    for (const auto &[subnet, loss] : losses->items())
      scalars.emplace_back("loss/" + subnet, loss.get<double>());
  for (const auto &[key, tag] : kTags)
    if (auto it = record.find(key); it != record.end() && it->is_number())
      scalars.emplace_back(tag, it->get<double>());
  return scalars;
}

} // namespace oqat::train
