//===- Reference.h - A subnet in LibTorch operations ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TEST_TRAIN_REFERENCE_H
#define OQAT_TEST_TRAIN_REFERENCE_H

#include "train/Model/Program.h"

#include <ATen/ATen.h>

#include <map>
#include <string>

namespace oqat::train {

/// Runs the active nodes of a plan in f64 under autograd: an independent
/// statement of what a program computes, gradients included.
class Reference {
public:
  Reference(const formats::Plan &plan, const Selection &selection,
            const Parameters &parameters);

  /// `pictures` u8 NHWC; gives [images][classes].
  at::Tensor forward(const at::Tensor &pictures);
  /// Leaves, whose grad() is there after backward() on a loss.
  std::map<std::string, at::Tensor> leaves;

private:
  const formats::Plan &plan;
  const Selection &selection;
  std::map<int64_t, at::Tensor> values; // NCHW

  void run(const std::vector<formats::PlanNode> &body);
  at::Tensor normalize(const formats::PlanNode &node);
  at::Tensor convolve(const formats::PlanNode &node);
  at::Tensor chain(const formats::PlanNode &node);
  at::Tensor batchNorm(const at::Tensor &x, const formats::PlanBatchNorm &bn);
  at::Tensor gate(const formats::PlanNode &node);
  at::Tensor affine(const at::Tensor &x, const formats::PlanAffine &names,
                    int64_t outputs);
  at::Tensor quantize(const at::Tensor &x, const formats::PlanQuantizer &q,
                      const std::string &layer);
  at::Tensor weight(const formats::PlanNode &node);
};

} // namespace oqat::train

#endif // OQAT_TEST_TRAIN_REFERENCE_H
