//===- Pareto.cpp - Pareto fronts -----------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Solver/Pareto.h"

#include <algorithm>
#include <cmath>

using namespace oqat::solver;

bool oqat::solver::dominates(const std::vector<double> &x,
                             const std::vector<double> &y) {
  bool smaller = false;
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] > y[i])
      return false;
    smaller |= x[i] < y[i];
  }
  return smaller;
}

std::vector<size_t>
oqat::solver::paretoFront(const std::vector<std::vector<double>> &points) {
  std::vector<size_t> order;
  for (size_t i = 0; i < points.size(); ++i)
    if (std::none_of(points[i].begin(), points[i].end(),
                     [](double value) { return std::isnan(value); }))
      order.push_back(i);
  // In lexicographic order only earlier points can dominate later ones.
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t x, size_t y) { return points[x] < points[y]; });
  std::vector<size_t> front;
  for (size_t i : order)
    if (std::none_of(front.begin(), front.end(), [&](size_t j) {
          return points[j] == points[i] || dominates(points[j], points[i]);
        }))
      front.push_back(i);
  return front;
}
