//===- Evolution.cpp - Evolutionary search under a constraint -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Solver/Evolution.h"
#include "oqat/Numerics/Random.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>

using namespace oqat::solver;
using oqat::numerics::Random;

namespace {
// Rejections before random candidates are made cheaper, and before giving up.
constexpr int kUniformAttempts = 200;
constexpr int kMaxAttempts = 1000;

class Search {
public:
  Search(const Problem &problem, uint64_t seed)
      : problem(problem), random(seed) {}

  std::optional<Candidate> sample();
  std::optional<Candidate> breed(const std::vector<Evaluated> &parents,
                                 bool crossover);
  void evaluate(const std::vector<Candidate> &candidates,
                std::vector<Evaluated> &result) const;

private:
  Candidate draw();
  Candidate mutate(Candidate candidate);
  Candidate cross(const Candidate &x, const Candidate &y);
  bool shrink(Candidate &candidate);
  /// Takes a feasible candidate that has not been taken before.
  bool take(Candidate &candidate);
  bool isFeasible(Candidate &candidate) const;
  int option(const Gene &gene) {
    return static_cast<int>(random.below(static_cast<uint64_t>(gene.options)));
  }

  const Problem &problem;
  Random random;
  std::set<Candidate> taken;
};
} // namespace

Candidate Search::draw() {
  Candidate candidate;
  for (const Gene &gene : problem.genes)
    candidate.push_back(option(gene));
  return candidate;
}

Candidate Search::mutate(Candidate candidate) {
  std::map<int, bool> changes;
  for (const Gene &gene : problem.genes)
    if (!changes.count(gene.group))
      changes[gene.group] = random.uniform() < gene.mutation;
  for (size_t i = 0; i < candidate.size(); ++i)
    if (changes[problem.genes[i].group])
      candidate[i] = option(problem.genes[i]);
  return candidate;
}

Candidate Search::cross(const Candidate &x, const Candidate &y) {
  Candidate candidate = x;
  for (size_t i = 0; i < candidate.size(); ++i)
    if (random.below(2))
      candidate[i] = y[i];
  return candidate;
}

/// Makes one random gene cheaper; false when all are at their cheapest.
bool Search::shrink(Candidate &candidate) {
  std::vector<size_t> places;
  for (size_t i = 0; i < candidate.size(); ++i)
    if (candidate[i] > 0)
      places.push_back(i);
  if (places.empty())
    return false;
  --candidate[places[random.below(places.size())]];
  return true;
}

bool Search::isFeasible(Candidate &candidate) const {
  if (problem.canonicalize)
    problem.canonicalize(candidate);
  return !problem.isFeasible || problem.isFeasible(candidate);
}

bool Search::take(Candidate &candidate) {
  if (problem.canonicalize)
    problem.canonicalize(candidate);
  // Looking it up first saves asking for the cost of a known candidate.
  return !taken.count(candidate) && isFeasible(candidate) &&
         taken.insert(candidate).second;
}

std::optional<Candidate> Search::sample() {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    Candidate candidate = draw();
    if (attempt >= kUniformAttempts)
      while (!isFeasible(candidate))
        if (!shrink(candidate))
          return std::nullopt;
    if (take(candidate))
      return candidate;
  }
  return std::nullopt;
}

std::optional<Candidate> Search::breed(const std::vector<Evaluated> &parents,
                                       bool crossover) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const Candidate &x = parents[random.below(parents.size())].candidate;
    const Candidate &y = parents[random.below(parents.size())].candidate;
    Candidate candidate = crossover ? cross(x, y) : mutate(x);
    if (take(candidate))
      return candidate;
  }
  return std::nullopt;
}

void Search::evaluate(const std::vector<Candidate> &candidates,
                      std::vector<Evaluated> &result) const {
  std::vector<double> fitness = problem.evaluate(candidates);
  for (size_t i = 0; i < candidates.size(); ++i) {
    bool known = i < fitness.size() && !std::isnan(fitness[i]);
    result.push_back(
        {candidates[i],
         known ? fitness[i] : -std::numeric_limits<double>::infinity()});
  }
}

static int64_t populationOf(const EvolutionOptions &options) {
  int64_t population = options.population;
  if (population <= 0)
    population = std::clamp<int64_t>(options.budget / 5, 8, 100);
  return std::min(population, options.budget);
}

static void sortByFitness(std::vector<Evaluated> &population) {
  std::stable_sort(population.begin(), population.end(),
                   [](const Evaluated &x, const Evaluated &y) {
                     return x.fitness > y.fitness;
                   });
}

std::vector<Candidate> oqat::solver::sampleFeasible(const Problem &problem,
                                                    int64_t count,
                                                    uint64_t seed) {
  Search search(problem, seed);
  std::vector<Candidate> result;
  while (static_cast<int64_t>(result.size()) < count) {
    std::optional<Candidate> candidate = search.sample();
    if (!candidate)
      break;
    result.push_back(std::move(*candidate));
  }
  return result;
}

std::vector<Evaluated> oqat::solver::evolve(const Problem &problem,
                                            const EvolutionOptions &options) {
  int64_t size = populationOf(options);
  Search search(problem, options.seed);
  std::vector<Evaluated> all, population;
  while (static_cast<int64_t>(all.size()) < options.budget) {
    sortByFitness(population);
    auto kept = static_cast<size_t>(
        std::ceil(options.parents * static_cast<double>(population.size())));
    population.resize(std::min(kept, population.size()));
    int64_t room = size - static_cast<int64_t>(population.size());
    room = std::clamp<int64_t>(room, 1, options.budget - all.size());
    std::vector<Candidate> children;
    for (int64_t i = 0; i < room; ++i) {
      std::optional<Candidate> child =
          population.empty() ? search.sample()
                             : search.breed(population, /*crossover=*/i % 2);
      // Parents that are all alike have few different children.
      if (!child && !population.empty())
        child = search.sample();
      if (child)
        children.push_back(std::move(*child));
    }
    if (children.empty())
      break;
    std::vector<Evaluated> born;
    search.evaluate(children, born);
    all.insert(all.end(), born.begin(), born.end());
    population.insert(population.end(), born.begin(), born.end());
  }
  return all;
}

size_t oqat::solver::fittest(const std::vector<Evaluated> &evaluated) {
  auto best = std::max_element(evaluated.begin(), evaluated.end(),
                               [](const Evaluated &x, const Evaluated &y) {
                                 return x.fitness < y.fitness;
                               });
  return static_cast<size_t>(best - evaluated.begin());
}
