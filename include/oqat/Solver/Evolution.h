//===- Evolution.h - Evolutionary search under a constraint ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Searches assignments of small integers to genes. Knows nothing of networks:
// what a candidate costs and is worth comes from callbacks. A seed fixes the
// whole course of a search.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_SOLVER_EVOLUTION_H
#define OQAT_SOLVER_EVOLUTION_H

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace oqat::solver {

/// One decision among `options`, ordered from cheap to dear.
struct Gene {
  int options = 1;
  /// Genes of one group change together, with this probability.
  int group = 0;
  double mutation = 0.1;
};

/// The option of every gene.
using Candidate = std::vector<int>;

struct Evaluated {
  Candidate candidate;
  double fitness;
};

struct Problem {
  std::vector<Gene> genes;
  /// Sets genes that have no effect to 0, so that equal candidates compare
  /// equal. May be empty.
  std::function<void(Candidate &)> canonicalize;
  /// May be empty.
  std::function<bool(const Candidate &)> isFeasible;
  /// The larger the better, one number per candidate; a NaN is the worst.
  std::function<std::vector<double>(const std::vector<Candidate> &)> evaluate;
};

struct EvolutionOptions {
  /// Candidates evaluated in all; none is evaluated twice.
  int64_t budget = 100;
  /// 0: a fifth of the budget, from 8 to 100.
  int64_t population = 0;
  /// The best part of a population that breeds and survives.
  double parents = 0.25;
  uint64_t seed = 0;
};

/// Up to `count` different feasible candidates, uniform as long as they are not
/// too rare; where they are, random ones made cheaper gene by gene. Fewer when
/// no more are found.
std::vector<Candidate> sampleFeasible(const Problem &problem, int64_t count,
                                      uint64_t seed);

/// All evaluated candidates, in order of evaluation. Each generation has the
/// parents of the last one, mutants of them, and as many crossovers.
std::vector<Evaluated> evolve(const Problem &problem,
                              const EvolutionOptions &options);

/// The index of the first of the fittest; `evaluated` must not be empty.
size_t fittest(const std::vector<Evaluated> &evaluated);

} // namespace oqat::solver

#endif // OQAT_SOLVER_EVOLUTION_H
