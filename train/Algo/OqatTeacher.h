//===- OqatTeacher.h - A teacher other than the step's largest subnet -----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_ALGO_OQATTEACHER_H
#define OQAT_TRAIN_ALGO_OQATTEACHER_H

#include "train/Data/Batch.h"
#include "train/Model/Program.h"

#include <string>
#include <vector>

namespace oqat::train {

/// The largest subnet of a checkpoint, at its own bits.
class Teacher {
public:
  Teacher(const formats::Plan &plan, const std::string &path);

  /// Softmax of what it answers to pictures of `size`, with the batch's
  /// statistics; empty where a logit is not finite.
  std::vector<float> answer(const Network &network, const Batch &batch,
                            int64_t size, const RunMode &mode);
  /// Tells it from others.
  const std::string &description() const { return digest; }

private:
  Parameters parameters;
  int bits = 0;
  std::string digest;
};

/// Of all values.
uint64_t digestOf(const Parameters &parameters);

} // namespace oqat::train

#endif // OQAT_TRAIN_ALGO_OQATTEACHER_H
