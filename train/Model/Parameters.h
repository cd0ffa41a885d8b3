//===- Parameters.h - The trained tensors of a network --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_PARAMETERS_H
#define OQAT_TRAIN_MODEL_PARAMETERS_H

#include "oqat/Formats/Plan.h"

#include <ATen/core/Tensor.h>

#include <string>
#include <unordered_map>
#include <vector>

namespace oqat::train {

struct Parameter {
  std::string name, kind;
  at::Tensor value, grad, momentum;

  float *data() { return value.data_ptr<float>(); }
  const float *data() const { return value.data_ptr<float>(); }
  float *gradData() { return grad.data_ptr<float>(); }
  /// Batch statistics are not trained.
  bool isTrained() const { return kind != "mean" && kind != "variance"; }
};

/// All parameters of a plan at their maximal size, in the plan's order.
class Parameters {
public:
  /// Initialises from `seed`: weights normal by fan-in, transforms identity,
  /// steps and their entries 0, which means "not yet known".
  Parameters(const formats::Plan &plan, uint64_t seed);

  Parameter &operator[](const std::string &name);
  const Parameter &operator[](const std::string &name) const;
  std::vector<Parameter> &all() { return entries; }
  const std::vector<Parameter> &all() const { return entries; }

  /// A copy of the values; gradients and momentum stay shared.
  Parameters copyOfValues() const;
  void zeroGradients();

private:
  std::vector<Parameter> entries;
  std::unordered_map<std::string, size_t> index;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_PARAMETERS_H
