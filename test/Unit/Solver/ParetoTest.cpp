//===- ParetoTest.cpp - Pareto fronts -------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Solver/Pareto.h"
#include "oqat/Numerics/Random.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace oqat::solver;

namespace {
TEST(Pareto, KeepsWhatNothingDominates) {
  EXPECT_EQ(paretoFront({{3, 1}, {1, 3}, {2, 2}, {3, 3}, {2, 3}}),
            (std::vector<size_t>{1, 2, 0}));
  EXPECT_EQ(paretoFront({}), (std::vector<size_t>{}));
}

TEST(Pareto, OfEqualPointsTheFirst) {
  EXPECT_EQ(paretoFront({{1, 1}, {1, 1}, {1, 0}}), (std::vector<size_t>{2}));
  EXPECT_EQ(paretoFront({{1, 1}, {1, 1}}), (std::vector<size_t>{0}));
}

TEST(Pareto, NaNIsNeverOnIt) {
  EXPECT_EQ(paretoFront({{1, NAN}, {2, 2}}), (std::vector<size_t>{1}));
}

TEST(Pareto, AgreesWithTheDefinition) {
  uint64_t seed = 20260107;
  SCOPED_TRACE("seed " + std::to_string(seed));
  oqat::numerics::Random random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::vector<double>> points;
    for (int i = 0; i < 40; ++i)
      points.push_back({double(random.below(9)), double(random.below(9)),
                        double(random.below(9))});
    std::vector<size_t> front = paretoFront(points);
    for (size_t i = 0; i < points.size(); ++i) {
      bool onFront = true;
      for (size_t j = 0; j < points.size(); ++j)
        onFront &= !dominates(points[j], points[i]) &&
                   !(j < i && points[j] == points[i]);
      bool found = std::find(front.begin(), front.end(), i) != front.end();
      EXPECT_EQ(found, onFront);
    }
  }
}
} // namespace
