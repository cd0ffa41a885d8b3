//===- Search.cpp - Constrained search of a trained supernet --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Search/Search.h"
#include "oqat/Formats/File.h"
#include "train/Algo/Evaluate.h"
#include "train/Algo/Recipe.h"
#include "train/Checkpoint/Checkpoint.h"
#include "train/Model/LoadedPlan.h"
#include "train/Model/Steps.h"
#include "train/Model/Support.h"
#include "train/Report/Progress.h"
#include "train/Search/SearchSpace.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace oqat::train {

namespace fs = std::filesystem;
using solver::Candidate;

namespace {
// Random subnets beside the evolved ones have a stream of their own.
constexpr uint64_t kRandomStream = 1;

struct Pictures {
  Dataset train, validation;
};

Pictures loadPictures(const SearchOptions &options, int64_t classes,
                      const CheckpointInfo &info) {
  Pictures pictures;
  pictures.train =
      loadDataset(options.data, "train", classes, options.pictures);
  int64_t held = 0;
  if (!info.recipe.empty()) {
    Recipe recipe = parseRecipe(info.recipe, options.checkpoint);
    held = recipe.holdOut;
    pictures.train.augmentation = recipe.augmentation;
  }
  std::error_code ignored;
  if (held > 0)
    pictures.validation = holdOut(pictures.train, held);
  else if (fs::is_directory(options.data + "/val", ignored))
    pictures.validation = loadDataset(options.data, "val", classes,
                                      options.pictures, pictures.train.classes);
  else
    throw Error(options.data + ": has no folder 'val', and training held no "
                               "pictures out");
  if (options.validation > 0 && options.validation < pictures.validation.size())
    pictures.validation = holdOut(pictures.validation, options.validation);
  return pictures;
}

std::vector<int> bitsOf(const SearchOptions &options,
                        const CheckpointInfo &info) {
  std::vector<int> bits = options.bits;
  if (bits.empty())
    bits = {info.bits};
  for (int one : bits)
    if (one < 1 || one > 8)
      throw Error(options.checkpoint + ": holds no quantized network: give "
                                       "--bits");
  return bits;
}

/// The subnets found so far and what it takes to find more.
class Searcher {
public:
  Searcher(const SearchOptions &options, const LoadedPlan &loaded);
  std::vector<Found> run();

private:
  const SearchOptions &options;
  const LoadedPlan &loaded;
  Network network;
  Parameters parameters;
  CheckpointInfo info;
  std::vector<int> bits;
  SearchSpace space;
  CostServer costs;
  Pictures pictures;
  Progress progress;
  std::vector<Found> found;

  solver::Problem problem();
  int64_t randomCount() const {
    return options.random < 0 ? options.budget : options.random;
  }
  double top1Of(const formats::SubnetConfig &subnet);
  std::vector<double> evaluateAll(const std::vector<Candidate> &candidates,
                                  bool isEvolved);
};
} // namespace

Searcher::Searcher(const SearchOptions &options, const LoadedPlan &loaded)
    : options(options), loaded(loaded), network(loaded.network()),
      parameters(loaded.plan, 0),
      info(readCheckpoint(options.checkpoint, parameters)),
      bits(bitsOf(options, info)), space(loaded.plan, bits),
      costs(costServerCommand(options.module)),
      pictures(loadPictures(options, loaded.plan.classes, info)),
      progress(options.quiet) {
  completeSteps(loaded.plan, parameters);
}

double Searcher::top1Of(const formats::SubnetConfig &subnet) {
  // The subnet says its own bits.
  Selection selection(loaded.plan, subnet, bits.front());
  Parameters calibrated =
      recalibrate(network, parameters, selection, pictures.train);
  double top1 =
      evaluate(network, calibrated, selection, pictures.validation).top1();
  for (const Dataset *dataset : {&pictures.train, &pictures.validation})
    for (const std::string &line : dataset->unreadable->takeLines())
      progress.line(line);
  return top1;
}

std::vector<double>
Searcher::evaluateAll(const std::vector<Candidate> &candidates,
                      bool isEvolved) {
  std::vector<double> fitness;
  for (const Candidate &candidate : candidates) {
    formats::SubnetConfig subnet = space.subnet(candidate);
    Found one{subnet, costs.costsOf(subnet), top1Of(subnet), isEvolved};
    fitness.push_back(one.top1);
    found.push_back(std::move(one));
    char best[32];
    std::snprintf(best, sizeof(best), "best %.2f %%",
                  found[bestOf(found)].top1);
    progress.update(isEvolved ? "evolving" : "at random",
                    static_cast<int64_t>(found.size()),
                    options.budget + randomCount(), best);
  }
  return fitness;
}

solver::Problem Searcher::problem() {
  solver::Problem problem;
  problem.genes = space.genes();
  problem.canonicalize = [this](Candidate &candidate) {
    space.canonicalize(candidate);
  };
  problem.isFeasible = [this](const Candidate &candidate) {
    return options.limits.allow(costs.costsOf(space.subnet(candidate)));
  };
  problem.evaluate = [this](const std::vector<Candidate> &candidates) {
    return evaluateAll(candidates, /*isEvolved=*/true);
  };
  return problem;
}

std::vector<Found> Searcher::run() {
  solver::EvolutionOptions evolution;
  evolution.budget = options.budget;
  evolution.seed = options.seed;
  solver::evolve(problem(), evolution);
  if (found.empty())
    throw Error("no subnet of the space is within the limits");
  uint64_t seed = numerics::combineSeeds(options.seed, kRandomStream);
  evaluateAll(solver::sampleFeasible(problem(), randomCount(), seed),
              /*isEvolved=*/false);
  return std::move(found);
}

/// Writing comes hours after starting: a wrong path should be found first.
static void checkFolderOf(const std::string &file) {
  fs::path folder = fs::path(file).parent_path();
  std::error_code ignored;
  if (!folder.empty() && !fs::is_directory(folder, ignored))
    throw Error(file + ": there is no folder '" + folder.string() + "'");
}

static void write(const std::string &path, const std::string &text) {
  std::string error;
  if (path == "-")
    std::fputs(text.c_str(), stdout);
  else if (!path.empty() && !formats::writeFileAtomically(path, {text}, error))
    throw Error(error);
}

void runSearch(const SearchOptions &options) {
  if (options.budget < 1)
    throw Error("--budget must be at least 1");
  checkFolderOf(options.front);
  checkFolderOf(options.bestSubnet);
  LoadedPlan loaded = openPlan(options.module, options.plan);
  std::vector<Found> found = Searcher(options, loaded).run();
  const Found &best = found[bestOf(found)];
  write(options.front, writeFront(found, options.limits));
  write(options.bestSubnet, formats::writeSubnet(best.subnet));
  std::string text = describe(found, options.limits);
  std::fputs(text.c_str(), options.front == "-" ? stderr : stdout);
}

} // namespace oqat::train
