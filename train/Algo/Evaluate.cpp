//===- Evaluate.cpp - Recalibration and exact evaluation of a subnet ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Evaluate.h"
#include "oqat/Formats/Safetensors.h"
#include "oqat/Numerics/Digest.h"
#include "train/Algo/Loss.h"
#include "train/Model/Support.h"

#include <algorithm>
#include <map>

namespace oqat::train {

namespace {

constexpr int64_t kCalibrationBatches = 20, kCalibrationImages = 100;
constexpr uint64_t kCalibrationSeed = 937162211;
constexpr int64_t kEvaluationImages = 128;

struct MeanStatistics {
  std::vector<double> mean, variance;
};

/// What --trace writes.
struct Trace {
  std::vector<float> logits;
  std::map<std::string, std::vector<uint64_t>> digests;

  void add(const Program &program, int64_t classes) {
    const float *rows = program.logits();
    logits.insert(logits.end(), rows, rows + program.images() * classes);
    for (Value *value : program.quantizedValues()) {
      auto &list = digests["digest/" + value->name];
      size_t first = list.size(), n = static_cast<size_t>(program.images());
      list.resize(first + n);
      forEach(program.images(), [&](int64_t i) {
        list[first + static_cast<size_t>(i)] = numerics::fnv1a64(
            value->codesAt(i), static_cast<size_t>(value->perImage()));
      });
    }
  }

  void write(const std::string &path, int64_t images, int64_t classes,
             const std::string &subnet) const {
    formats::TensorFile file;
    file.tensors["logits"] = formats::Tensor::make({images, classes}, logits);
    for (const auto &[name, list] : digests)
      file.tensors[name] = formats::Tensor::make({images}, list);
    file.metadata = {{"pictures", std::to_string(images)}, {"subnet", subnet}};
    std::string error;
    if (!formats::writeSafetensors(path, file, error))
      throw Error(error);
  }
};

} // namespace

static void addStatistics(const Program &program, double weight,
                          std::map<std::string, MeanStatistics> &means) {
  for (const auto &op : program.operations()) {
    const Accumulator *acc = op->normalized();
    if (!acc)
      continue;
    MeanStatistics &to = means[acc->layer];
    to.mean.resize(acc->mean.size());
    to.variance.resize(acc->mean.size());
    for (size_t c = 0; c < acc->mean.size(); ++c) {
      to.mean[c] += acc->mean[c] * weight;
      to.variance[c] += acc->variance[c] * weight;
    }
  }
}

static void storeStatistics(const Program &program,
                            const std::map<std::string, MeanStatistics> &means,
                            Parameters &parameters) {
  for (const auto &op : program.operations()) {
    const Accumulator *acc = op->normalized();
    if (!acc)
      continue;
    const MeanStatistics &from = means.at(acc->layer);
    float *mean = parameters[acc->norm->mean].data();
    float *variance = parameters[acc->norm->variance].data();
    for (size_t c = 0; c < from.mean.size(); ++c) {
      mean[c] = static_cast<float>(from.mean[c]);
      variance[c] = static_cast<float>(from.variance[c]);
    }
  }
}

Parameters recalibrate(const Network &network, const Parameters &parameters,
                       const Selection &selection, const Dataset &train) {
  Parameters result = parameters.copyOfValues();
  std::vector<int64_t> order = shuffledOrder(train.size(), kCalibrationSeed);
  int64_t wanted =
      std::min(kCalibrationBatches * kCalibrationImages, train.size());
  std::map<std::string, MeanStatistics> means;
  std::unique_ptr<Program> program;
  for (int64_t first = 0; first < wanted; first += kCalibrationImages) {
    int64_t count = std::min(kCalibrationImages, wanted - first);
    if (!program || program->images() != count)
      program = std::make_unique<Program>(network, selection, result, RunMode{},
                                          count);
    BatchRequest request;
    request.pictures = {order.begin() + first, order.begin() + first + count};
    request.size = program->inputSize();
    request.seed = kCalibrationSeed + static_cast<uint64_t>(first);
    Batch batch = loadBatch(train, request);
    std::copy(batch.views.begin(), batch.views.end(), program->input());
    program->forward();
    addStatistics(*program,
                  static_cast<double>(count) / static_cast<double>(wanted),
                  means);
  }
  storeStatistics(*program, means, result);
  return result;
}

EvaluationResult evaluate(const Network &network, Parameters &parameters,
                          const Selection &selection, const Dataset &dataset,
                          int64_t limit, const std::string &trace,
                          const std::string &subnet) {
  EvaluationResult result;
  int64_t classes = network.plan.classes;
  int64_t images = limit > 0 ? std::min(limit, dataset.size()) : dataset.size();
  RunMode mode;
  mode.statistics = Statistics::Running;
  Trace recorded;
  std::unique_ptr<Program> program;
  for (int64_t first = 0; first < images; first += kEvaluationImages) {
    int64_t count = std::min(kEvaluationImages, images - first);
    if (!program || program->images() != count)
      program = std::make_unique<Program>(network, selection, parameters, mode,
                                          count);
    std::vector<int64_t> labels = loadEvaluationBatch(
        dataset, first, count, program->inputSize(), program->input());
    program->forward();
    int64_t unreadable = std::count(labels.begin(), labels.end(), -1);
    result.unreadable += unreadable;
    result.images += count - unreadable;
    result.correct +=
        countCorrect(program->logits(), labels.data(), count, classes);
    if (!trace.empty())
      recorded.add(*program, classes);
  }
  std::string bad = program ? program->firstNonFinite() : "";
  if (!bad.empty())
    throw Error("layer '" + bad + "': a value is not finite");
  if (!trace.empty())
    recorded.write(trace, images, classes, subnet);
  return result;
}

} // namespace oqat::train
