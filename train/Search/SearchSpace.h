//===- SearchSpace.h - A plan's choices as genes --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_SEARCH_SEARCHSPACE_H
#define OQAT_TRAIN_SEARCH_SEARCHSPACE_H

#include "oqat/Formats/Plan.h"
#include "oqat/Formats/Subnet.h"
#include "oqat/Solver/Evolution.h"

#include <map>
#include <vector>

namespace oqat::train {

/// One gene per choice of the space, except those per layer (bits), which a
/// search keeps fixed. Options are the values in ascending order. As in the
/// search of Once-for-All, the choices of one block change together with
/// probability 0.1, a depth alone with 0.1, the picture size with 0.5.
class SearchSpace {
public:
  /// Choices per layer are set to `bits`, which they must offer.
  SearchSpace(const formats::Plan &plan, int bits);

  const std::vector<solver::Gene> &genes() const { return geneList; }

  /// Sets the genes of blocks that do not run, and of choices that nothing
  /// uses, to 0.
  void canonicalize(solver::Candidate &candidate) const;

  formats::SubnetConfig subnet(const solver::Candidate &candidate) const;

private:
  const formats::Plan &plan;
  int bits;
  std::vector<solver::Gene> geneList;
  /// Per gene: its choice and the choice's values, ascending.
  std::vector<const formats::PlanChoice *> choices;
  std::vector<std::vector<double>> values;
  std::map<std::string, size_t> geneOf;

  void group(const std::vector<formats::PlanNode> &body, int group, int &next);
  void markUsed(const std::vector<formats::PlanNode> &body,
                const solver::Candidate &candidate,
                std::vector<bool> &used) const;
  void mark(const std::string &choice, std::vector<bool> &used) const;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_SEARCH_SEARCHSPACE_H
