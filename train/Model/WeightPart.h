//===- WeightPart.h - A subnet's part of a shared weight --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which rows, columns and taps of the maximal parameter a layer of a subnet
// has, by which transforms, and what quantizes it (OQAT.md sections 3 and 4).
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_WEIGHTPART_H
#define OQAT_TRAIN_MODEL_WEIGHTPART_H

#include "train/Model/Operations.h"
#include "train/Model/Steps.h"

#include <array>
#include <vector>

namespace oqat::train {

class WeightPart {
public:
  WeightPart(const BuildContext &context, const formats::PlanNode &node);

  int64_t outputs() const { return out; }
  int64_t inputs() const { return in; }
  int64_t kernel() const { return size; }
  int64_t depth() const { return size * size * in; }
  bool isQuantized() const { return quantized; }
  /// |s|, or 1 for a float layer.
  float step() const;
  /// The parameters that have a gradient.
  std::vector<const Parameter *> trained() const;

protected:
  /// The centre of kernels, and a matrix over its taps if there is one.
  struct Cut {
    int64_t from, to;
    Parameter *matrix;
  };

  const BuildContext context;
  std::string layer;
  Parameter *parameter;
  int64_t out, in, size, maxIn, maxSize;
  /// At least one; the last is quantized.
  std::vector<Cut> cuts;
  bool quantized = false;
  Step learned;
  numerics::CodeRange range{0, 0};

  bool quantizes(size_t cut) const {
    return quantized && cut + 1 == cuts.size();
  }
  /// Of a cut's result.
  std::array<int64_t, 4> sizes(size_t cut) const {
    return {out, cuts[cut].to, cuts[cut].to, in};
  }
  /// Inputs of what a cut is taken from.
  int64_t columns(size_t cut) const { return cut == 0 ? maxIn : in; }
  /// r, Qn, Qp.
  std::array<float, 3> quantizer() const;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_WEIGHTPART_H
