//===- EvolutionTest.cpp - Search under a constraint ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Solver/Evolution.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <set>

using namespace oqat::solver;

namespace {
int64_t costOf(const Candidate &candidate) {
  int64_t cost = 0;
  for (size_t i = 0; i < candidate.size(); ++i)
    cost += candidate[i] * static_cast<int64_t>(i + 1);
  return cost;
}

/// Every gene wants to be large, later ones more; the constraint forbids most.
Problem knapsack(int64_t limit, std::set<Candidate> *seen = nullptr) {
  Problem problem;
  for (int i = 0; i < 12; ++i)
    problem.genes.push_back({4, i / 2, 0.2});
  problem.isFeasible = [limit](const Candidate &candidate) {
    return costOf(candidate) <= limit;
  };
  problem.evaluate = [seen, limit](const std::vector<Candidate> &candidates) {
    std::vector<double> fitness;
    for (const Candidate &candidate : candidates) {
      EXPECT_LE(costOf(candidate), limit);
      if (seen) {
        EXPECT_TRUE(seen->insert(candidate).second);
      }
      double worth = 0;
      for (size_t i = 0; i < candidate.size(); ++i)
        worth += std::sqrt(candidate[i]) * (1 + (i * 7) % 5);
      fitness.push_back(worth);
    }
    return fitness;
  };
  return problem;
}

double best(const std::vector<Evaluated> &all) {
  return all[fittest(all)].fitness;
}

TEST(Evolution, KeepsBudgetAndConstraint) {
  std::set<Candidate> seen;
  EvolutionOptions options;
  options.budget = 237;
  EXPECT_EQ(evolve(knapsack(80, &seen), options).size(), 237u);
  EXPECT_EQ(seen.size(), 237u);
}

TEST(Evolution, BeatsRandomSearch) {
  for (uint64_t seed : {1, 2, 3, 4, 5}) {
    Problem problem = knapsack(80);
    EvolutionOptions options;
    options.budget = 200;
    options.seed = seed;
    std::vector<double> fitness =
        problem.evaluate(sampleFeasible(problem, 200, seed + 100));
    EXPECT_GT(best(evolve(problem, options)),
              *std::max_element(fitness.begin(), fitness.end()))
        << "seed " << seed;
  }
}

TEST(Evolution, ASeedFixesEverything) {
  EvolutionOptions options;
  options.seed = 9;
  std::vector<Evaluated> x = evolve(knapsack(80), options);
  std::vector<Evaluated> y = evolve(knapsack(80), options);
  ASSERT_EQ(x.size(), y.size());
  for (size_t i = 0; i < x.size(); ++i)
    EXPECT_EQ(x[i].candidate, y[i].candidate);
  options.seed = 10;
  EXPECT_NE(evolve(knapsack(80), options)[0].candidate, x[0].candidate);
}

TEST(Evolution, RareFeasibleCandidatesAreFound) {
  // Of 4^12 candidates about 30 cost at most 6.
  EvolutionOptions options;
  options.budget = 10;
  EXPECT_EQ(evolve(knapsack(6), options).size(), 10u);
}

TEST(Evolution, AnImpossibleConstraintGivesNothing) {
  EXPECT_TRUE(evolve(knapsack(-1), {}).empty());
  EXPECT_TRUE(sampleFeasible(knapsack(-1), 5, 0).empty());
}

TEST(Evolution, ASmallSpaceIsExhausted) {
  Problem problem;
  problem.genes = {{2, 0, 0.5}, {3, 1, 0.5}};
  problem.evaluate = [](const std::vector<Candidate> &candidates) {
    return std::vector<double>(candidates.size(), 1.0);
  };
  EXPECT_EQ(evolve(problem, {}).size(), 6u);
  EXPECT_EQ(sampleFeasible(problem, 100, 3).size(), 6u);
}

TEST(Evolution, CanonicalCandidatesAreEvaluatedOnce) {
  Problem problem;
  problem.genes = {{2, 0, 0.5}, {10, 1, 0.5}};
  problem.canonicalize = [](Candidate &candidate) {
    if (candidate[0] == 0)
      candidate[1] = 0;
  };
  problem.evaluate = [](const std::vector<Candidate> &candidates) {
    return std::vector<double>(candidates.size(), 1.0);
  };
  EXPECT_EQ(evolve(problem, {}).size(), 11u);
}

TEST(Evolution, NaNIsTheWorst) {
  Problem problem;
  problem.genes = {{5, 0, 0.5}};
  problem.evaluate = [](const std::vector<Candidate> &candidates) {
    std::vector<double> fitness;
    for (const Candidate &candidate : candidates)
      fitness.push_back(candidate[0] == 3 ? -1.0 : NAN);
    return fitness;
  };
  std::vector<Evaluated> all = evolve(problem, {});
  EXPECT_EQ(all[fittest(all)].candidate[0], 3);
}

// Every mutant equals its parent, so children are crossovers or new samples;
// the search must neither hang nor repeat itself.
TEST(Evolution, MutationMayBeOff) {
  Problem problem;
  for (int i = 0; i < 8; ++i)
    problem.genes.push_back({100, 0, 0.0});
  problem.evaluate = [](const std::vector<Candidate> &candidates) {
    std::vector<double> fitness;
    for (const Candidate &candidate : candidates)
      fitness.push_back(std::accumulate(candidate.begin(), candidate.end(), 0));
    return fitness;
  };
  EvolutionOptions options;
  options.budget = 60;
  EXPECT_EQ(evolve(problem, options).size(), 60u);
}
} // namespace
