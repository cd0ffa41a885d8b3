//===- Bench.cpp - Latency of an artifact ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunnerParts.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::oqat;

double mlir::oqat::median(std::vector<double> values) {
  size_t middle = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + middle, values.end());
  return values[middle];
}

void mlir::oqat::writeDecimal(llvm::json::OStream &json, llvm::StringRef key,
                              double value) {
  json.attributeBegin(key);
  json.rawValue(llvm::formatv("{0:f6}", value).str());
  json.attributeEnd();
}

llvm::Error mlir::oqat::runBench(Artifact &artifact, const RunOptions &options,
                                 const Stopwatch &sinceLoad,
                                 llvm::raw_ostream &out) {
  constexpr size_t kWarmUp = 3;
  std::vector<uint8_t> image =
      randomPicture(options.seed, 0, artifact.getImageBytes());
  std::vector<float> logits;
  std::vector<double> times;
  double total = 0, firstResult = 0;
  for (size_t round = 0; round < kWarmUp || needsRound(times.size(), total);
       ++round) {
    Stopwatch watch;
    if (llvm::Error error = artifact.run(image, logits))
      return error;
    double time = watch.milliseconds();
    if (round == 0)
      firstResult = sinceLoad.milliseconds();
    if (round < kWarmUp)
      continue;
    times.push_back(time);
    total += time;
  }
  llvm::json::OStream json(out);
  json.object([&] {
    json.attribute("name", artifact.getManifest().name);
    json.attribute("target", artifact.getManifest().target);
    if (artifact.getManifest().emulated)
      json.attribute("emulated", true);
    json.attribute("threads", static_cast<int64_t>(options.threads));
    writeDecimal(json, "minMs", *std::min_element(times.begin(), times.end()));
    writeDecimal(json, "medianMs", median(times));
    writeDecimal(json, "firstResultMs", firstResult);
    json.attribute("rounds", static_cast<int64_t>(times.size()));
  });
  out << "\n";
  return llvm::Error::success();
}
