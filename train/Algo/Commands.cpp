//===- Commands.cpp - What oqat-train does --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Commands.h"
#include "oqat/Formats/Printable.h"
#include "train/Algo/Evaluate.h"
#include "train/Algo/Oqat.h"
#include "train/Dist/DeviceRanks.h"
#include "train/Gpu/Gpu.h"
#include "train/Model/LoadedPlan.h"
#include "train/Model/Steps.h"
#include "train/Model/Support.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <thread>
#include <unistd.h>

namespace oqat::train {

namespace fs = std::filesystem;
using formats::Json;

void setUp(int threads, const Communicator &ranks) {
  keepFreedMemory();
  // A limit on the size of files is an error of the write, not of the process.
  std::signal(SIGXFSZ, SIG_IGN);
  if (threads <= 0)
    threads = static_cast<int>(std::thread::hardware_concurrency() /
                               ranksPerMachine(ranks));
  setThreads(std::max(threads, 1));
}

int reportError(const std::exception &error, const Communicator *ranks) {
  std::cerr << "oqat-train: error: " << (ranks ? ranks->prefix() : "")
            << formats::printable(error.what(),
                                  dynamic_cast<const Error *>(&error)
                                      ? formats::Lines::One
                                      : formats::Lines::Many)
            << std::endl;
  if (ranks && !ranks->isAlone())
    std::_Exit(1);
  return 1;
}

namespace {

/// A trained supernet, or an export of one.
struct Trained {
  LoadedPlan loaded;
  Parameters parameters;
  CheckpointInfo info;

  Trained(const PlanSource &source, const std::string &checkpoint)
      : loaded(openPlan(source.module, source.plan)),
        parameters(loaded.plan, 0),
        info(readCheckpoint(checkpoint, parameters)) {
    completeSteps(loaded.plan, parameters);
  }

  int bits(int wanted) const {
    if (wanted)
      return wanted;
    if (!info.bits)
      throw Error("the checkpoint does not say its bits: give --bits");
    return info.bits;
  }
};

formats::SubnetConfig readSubnet(const formats::Plan &plan,
                                 const std::string &name, int bits) {
  formats::SubnetConfig subnet;
  if (name == "max") {
    subnet = maximalSubnet(plan);
  } else if (name == "min") {
    subnet = minimalSubnet(plan);
  } else {
    std::string error;
    auto read = formats::readSubnet(name, error);
    if (!read)
      throw Error(error);
    subnet = *read;
  }
  if (bits == kFloatBits)
    return subnet;
  for (const formats::PlanChoice &choice : plan.choices)
    if (choice.perLayer && !subnet.find(choice.key))
      subnet.set(choice.key, bits);
  return subnet;
}

/// What batch norm is recalibrated on: as training saw them.
Dataset trainingPictures(const std::string &data, const Trained &trained,
                         const std::string &checkpoint,
                         const DataOptions &options,
                         const std::vector<std::string> &classes = {}) {
  Dataset train =
      loadDataset(data, "train", trained.loaded.plan.classes, options, classes);
  if (!trained.info.recipe.empty())
    train.augmentation =
        parseRecipe(trained.info.recipe, checkpoint).augmentation;
  return train;
}

void report(const Dataset &dataset, const Communicator &ranks) {
  for (const std::string &line : dataset.unreadable->takeLines())
    std::fprintf(stderr, "oqat-train: %s%s\n", ranks.prefix().c_str(),
                 formats::printable(line).c_str());
}

/// Answers subnet after subnet over the same pictures.
class Evaluator {
public:
  Evaluator(const EvaluateOptions &options)
      : options(options), trained(options.source, options.checkpoint),
        network(trained.loaded.network()),
        test(loadDataset(options.data, options.split,
                         trained.loaded.plan.classes, testOptions(options))) {}

  Json answer(const std::string &name) {
    auto started = std::chrono::steady_clock::now();
    int bits = trained.bits(options.bits);
    formats::SubnetConfig subnet = readSubnet(trained.loaded.plan, name, bits);
    Selection selection(trained.loaded.plan, subnet, bits);
    std::string text = formats::writeSubnet(subnet);
    bool isExport = !trained.info.subnet.empty();
    if (isExport && trained.info.subnet != text)
      throw Error(options.checkpoint +
                  ": is an export of another subnet: " + trained.info.subnet);
    Parameters calibrated =
        isExport ? trained.parameters
                 : recalibrate(network, trained.parameters, selection,
                               calibration(), *options.ranks);
    EvaluationResult result =
        evaluate(network, calibrated, selection, test,
                 {options.limit, options.trace, text, options.ranks});
    report(test, *options.ranks);
    std::chrono::duration<double> seconds =
        std::chrono::steady_clock::now() - started;
    return {{"top1", result.top1()},
            {"correct", result.correct},
            {"images", result.images},
            {"unreadable", result.unreadable},
            {"bits", bits},
            {"split", options.split},
            {"recalibrated", !isExport},
            {"seconds", seconds.count()},
            {"subnet", Json::parse(text)}};
  }

private:
  const EvaluateOptions &options;
  Trained trained;
  Network network;
  Dataset test, train;

  /// A trace is compared picture by picture, so that none may be missing.
  static DataOptions testOptions(const EvaluateOptions &options) {
    DataOptions pictures = options.pictures;
    pictures.isStrict |= !options.trace.empty();
    return pictures;
  }

  const Dataset &calibration() {
    if (train.paths.empty())
      train = trainingPictures(options.data, trained, options.checkpoint,
                               options.pictures, test.classes);
    report(train, *options.ranks);
    return train;
  }
};

/// Makes the run's folder and the plan; gives the plan's folder.
std::string prepareRun(const TrainOptions &options) {
  std::error_code code;
  if (fs::path parent = fs::path(options.out).parent_path();
      !parent.empty() && !fs::is_directory(parent, code))
    throw Error(parent.string() + ": is not a folder");
  bool isThere = !listCheckpoints(options.out).empty();
  if (isThere && !options.resume)
    throw Error(options.out +
                ": holds a run already: give --resume or another folder");
  fs::create_directories(options.out, code);
  if (code)
    throw Error(options.out + ": cannot be made: " + code.message());
  std::string planFolder = options.source.plan;
  if (planFolder.empty()) {
    planFolder = options.out + "/plan";
    compilePlan(options.source.module, planFolder, options.device != "cpu");
  }
  return planFolder;
}

int trainByRecipe(const TrainOptions &options) {
  Communicator &ranks = *options.ranks;
  Recipe recipe = readRecipe(options.recipe);
  std::string device = deviceOfRank(options.device, ranks);
  const OqatCollectives *collectives = nullptr;
  if (device != "cpu") {
    checkDevice(device);
    if (!ranks.isAlone())
      collectives = &loadCollectives(kNcclPlugin);
  }
  std::string planFolder = options.source.plan;
  if (ranks.isFirst())
    planFolder = prepareRun(options);
  else if (planFolder.empty())
    planFolder = options.out + "/plan";
  ranks.meetFirst();
  LoadedPlan loaded = loadPlan(planFolder);
  Network network = loaded.network();
  std::unique_ptr<Gpu> gpu;
  std::unique_ptr<Communicator> devices;
  if (device != "cpu")
    gpu = openGpu(device, loaded.plan, planFolder);
  if (collectives)
    devices = joinDevices(*collectives, ranks, gpu->device(), gpu->stream(),
                          options.timeout);
  Dataset train =
      loadDataset(options.data, "train", loaded.plan.classes, options.pictures);
  train.augmentation = recipe.augmentation;
  int workers = options.pictures.workers;
  if (workers < 0)
    workers = train.isKept() ? 0 : 2;
  Dataset validation;
  std::error_code code;
  if (recipe.holdOut > 0)
    validation = holdOut(train, recipe.holdOut);
  else if (fs::is_directory(options.data + "/val", code))
    validation = loadDataset(options.data, "val", loaded.plan.classes,
                             options.pictures, train.classes);
  OqatTrainer trainer(network, recipe, std::move(train),
                      validation.paths.empty() ? nullptr : &validation,
                      {options.out, options.weights, options.teacher}, workers,
                      devices ? *devices : ranks, gpu.get());
  if (options.resume)
    trainer.resume();
  if (trainer.run())
    return 0;
  if (ranks.isFirst())
    std::fprintf(stderr,
                 "oqat-train: stopped by %s; --resume goes on from %s\n",
                 trainer.stoppedBy() == SIGINT ? "SIGINT" : "SIGTERM",
                 trainer.checkpoint().c_str());
  return 128 + trainer.stoppedBy();
}

} // namespace

int runTrain(const TrainOptions &options) {
  try {
    return trainByRecipe(options);
  } catch (const RankLost &error) {
    auto found = listCheckpoints(options.out);
    if (found.empty())
      throw;
    throw Error(std::string(error.what()) + "; --resume goes on from " +
                found.rbegin()->second + ", with any number of ranks");
  }
}

int runEvaluate(const EvaluateOptions &options) {
  if (!options.ranks->isAlone() && !options.trace.empty())
    throw Error("--trace: is for one process");
  if (!options.ranks->isAlone() && options.subnet == "-")
    throw Error("--subnet -: is for one process");
  Evaluator evaluator(options);
  if (options.subnet != "-") {
    Json answer = evaluator.answer(options.subnet);
    if (options.ranks->isFirst())
      std::cout << answer.dump() << "\n";
    return 0;
  }
  for (std::string line; std::getline(std::cin, line);) {
    Json answer;
    try {
      answer = evaluator.answer(line);
    } catch (const Error &error) {
      answer = {{"error", error.what()}};
    }
    std::cout << answer.dump() << std::endl;
  }
  return 0;
}

int runExport(const ExportOptions &options) {
  Trained trained(options.source, options.checkpoint);
  int bits = trained.bits(options.bits);
  formats::SubnetConfig subnet =
      readSubnet(trained.loaded.plan, options.subnet, bits);
  Selection selection(trained.loaded.plan, subnet, bits);
  Dataset train = trainingPictures(options.data, trained, options.checkpoint,
                                   options.pictures);
  Network network = trained.loaded.network();
  Parameters calibrated = recalibrate(network, trained.parameters, selection,
                                      train, *options.ranks);
  report(train, *options.ranks);
  CheckpointInfo info = trained.info;
  info.subnet = formats::writeSubnet(subnet);
  info.bits = bits;
  if (options.ranks->isFirst())
    writeCheckpoint(options.out, calibrated, info, false);
  return 0;
}

} // namespace oqat::train
