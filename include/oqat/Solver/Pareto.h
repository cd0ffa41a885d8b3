//===- Pareto.h - Pareto fronts -------------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_SOLVER_PARETO_H
#define OQAT_SOLVER_PARETO_H

#include <cstddef>
#include <vector>

namespace oqat::solver {

/// Whether `x` is nowhere larger than `y` and somewhere smaller.
bool dominates(const std::vector<double> &x, const std::vector<double> &y);

/// The indices of the points that no other dominates, by first coordinate and
/// then by index. Every coordinate is minimised (negate what is to be large).
/// Of equal points the first stays; points with a NaN never do.
std::vector<size_t> paretoFront(const std::vector<std::vector<double>> &points);

} // namespace oqat::solver

#endif // OQAT_SOLVER_PARETO_H
