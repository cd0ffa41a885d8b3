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

/// One gene per choice of the space. Options are the values in ascending order.
/// As in the search of Once-for-All, the choices of one block change together
/// with probability 0.1, a depth alone with 0.1, the picture size with 0.5.
/// Choices per layer (bits) are fixed, or have one gene per quantized layer,
/// each of which changes with 0.1.
class SearchSpace {
public:
  /// Choices per layer are set to the only entry of `bits`, or searched over
  /// all of them; they must offer each.
  SearchSpace(const formats::Plan &plan, std::vector<int> bits);

  const std::vector<solver::Gene> &genes() const { return geneList; }

  /// Sets the genes of blocks and layers that do not run, and of choices that
  /// nothing uses, to 0.
  void canonicalize(solver::Candidate &candidate) const;

  formats::SubnetConfig subnet(const solver::Candidate &candidate) const;

private:
  const formats::Plan &plan;
  std::vector<int> bits; // ascending
  /// Quantized layers, those of blocks that may not run included.
  size_t layerCount = 0;
  /// Choices, then per choice per layer one gene for each quantized layer.
  std::vector<solver::Gene> geneList;
  /// Per choice that is not per layer: its values, ascending.
  std::vector<const formats::PlanChoice *> choices;
  std::vector<std::vector<double>> values;
  std::map<std::string, size_t> geneOf;

  void group(const std::vector<formats::PlanNode> &body, int group, int &next);
  void markUsed(const std::vector<formats::PlanNode> &body,
                const solver::Candidate &candidate,
                std::vector<bool> &used) const;
  void mark(const std::string &choice, std::vector<bool> &used) const;
  size_t depthOf(const formats::PlanNode &stage,
                 const solver::Candidate &candidate) const;
  /// Counts the quantized layers of a body in `next` and lists those that run.
  void listLayers(const std::vector<formats::PlanNode> &body,
                  const solver::Candidate *candidate, bool isActive,
                  size_t &next, std::vector<size_t> &active) const;
  std::vector<size_t> activeLayers(const solver::Candidate &candidate) const;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_SEARCH_SEARCHSPACE_H
