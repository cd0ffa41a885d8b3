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
#include <iterator>
#include <map>

namespace oqat::train {

namespace {

constexpr int64_t kCalibrationBatches = 20, kCalibrationImages = 100;
constexpr uint64_t kCalibrationSeed = 937162211;
constexpr int64_t kEvaluationImages = 128;

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

/// Mean and variance of every normalized layer of a subnet, one after the
/// other.
static std::vector<double> statisticsOf(const Program &program) {
  std::vector<double> row;
  for (const auto &op : program.operations())
    if (const Accumulator *acc = op->normalized()) {
      row.insert(row.end(), acc->mean.begin(), acc->mean.end());
      row.insert(row.end(), acc->variance.begin(), acc->variance.end());
    }
  return row;
}

static int64_t countStatistics(const Program &program) {
  int64_t count = 0;
  for (const auto &op : program.operations())
    if (op->normalized())
      count += 2 * op->result()->channels;
  return count;
}

static void storeStatistics(const Program &program,
                            const std::vector<double> &row,
                            Parameters &parameters) {
  auto from = row.begin();
  auto store = [&](const std::string &name, int64_t channels) {
    float *to = parameters[name].data();
    for (int64_t c = 0; c < channels; ++c)
      to[c] = static_cast<float>(*from++);
  };
  for (const auto &op : program.operations())
    if (const Accumulator *acc = op->normalized()) {
      store(acc->norm->mean, op->result()->channels);
      store(acc->norm->variance, op->result()->channels);
    }
}

Parameters recalibrate(const Network &network, const Parameters &parameters,
                       const Selection &selection, const Dataset &train,
                       Communicator &ranks) {
  Parameters result = parameters.copyOfValues();
  std::vector<int64_t> order = shuffledOrder(train.size(), kCalibrationSeed);
  int64_t wanted =
      std::min(kCalibrationBatches * kCalibrationImages, train.size());
  int64_t batches = (wanted + kCalibrationImages - 1) / kCalibrationImages;
  auto imagesOf = [&](int64_t batch) {
    return std::min(kCalibrationImages, wanted - batch * kCalibrationImages);
  };
  auto program = std::make_unique<Program>(network, selection, result,
                                           RunMode{}, imagesOf(0));
  int64_t width = countStatistics(*program);
  std::vector<double> rows(static_cast<size_t>(batches * width));
  for (int64_t i = 0; i < batches; ++i) {
    if (!ranks.isMine(i))
      continue;
    int64_t first = i * kCalibrationImages, count = imagesOf(i);
    if (program->images() != count)
      program = std::make_unique<Program>(network, selection, result, RunMode{},
                                          count);
    BatchRequest request;
    request.pictures = {order.begin() + first, order.begin() + first + count};
    request.size = program->inputSize();
    request.seed = kCalibrationSeed + static_cast<uint64_t>(first);
    Batch batch = loadBatch(train, request);
    std::copy(batch.views.begin(), batch.views.end(), program->input());
    program->forward();
    std::vector<double> row = statisticsOf(*program);
    std::copy(row.begin(), row.end(), rows.begin() + i * width);
  }
  ranks.meet();
  // Every number is one rank's, and 0 on the others: nothing is rounded before
  // the means are made in the order of batches.
  ranks.sum(rows.data(), batches * width);
  std::vector<double> means(static_cast<size_t>(width));
  for (int64_t i = 0; i < batches; ++i)
    for (size_t c = 0; c < means.size(); ++c)
      means[c] +=
          rows[static_cast<size_t>(i * width) + c] *
          (static_cast<double>(imagesOf(i)) / static_cast<double>(wanted));
  storeStatistics(*program, means, result);
  return result;
}

/// Adds the counts of all ranks, and stops where a value of any is not finite.
static void addRanks(const std::string &badLayer, EvaluationResult &result,
                     Communicator &ranks) {
  int64_t counts[] = {result.images, result.correct, result.unreadable,
                      !badLayer.empty()};
  ranks.meet();
  ranks.sum(counts, std::size(counts));
  if (!badLayer.empty())
    throw Error("layer '" + badLayer + "': a value is not finite");
  if (counts[3])
    throw Error("a value is not finite on another rank");
  result.images = counts[0];
  result.correct = counts[1];
  result.unreadable = counts[2];
}

EvaluationResult evaluate(const Network &network, Parameters &parameters,
                          const Selection &selection, const Dataset &dataset,
                          const EvaluationMode &how) {
  EvaluationResult result;
  int64_t classes = network.plan.classes;
  int64_t images =
      how.limit > 0 ? std::min(how.limit, dataset.size()) : dataset.size();
  RunMode mode;
  mode.statistics = Statistics::Running;
  Trace recorded;
  std::unique_ptr<Program> program;
  for (int64_t first = 0; first < images; first += kEvaluationImages) {
    if (!how.ranks->isMine(first / kEvaluationImages))
      continue;
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
    if (!how.trace.empty())
      recorded.add(*program, classes);
  }
  addRanks(program ? program->firstNonFinite() : "", result, *how.ranks);
  if (!how.trace.empty())
    recorded.write(how.trace, images, classes, how.subnet);
  return result;
}

} // namespace oqat::train
