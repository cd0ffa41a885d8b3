//===- GradientSum.h - Gradients of all ranks, added in the background ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The subnets of a step share parameters, so that no gradient is whole before
// the last of them goes backward. Then buckets leave while it does: first those
// with parameters that it does not have, then each as soon as the operations
// that add to it are done, from the end of the network to its beginning. From a
// GPU they come all at once, after the last of them.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DIST_GRADIENTSUM_H
#define OQAT_TRAIN_DIST_GRADIENTSUM_H

#include "train/Model/Program.h"

#include <unordered_map>
#include <vector>

namespace oqat::train {

class GradientSum {
public:
  /// A bucket is full with so many floats: 4 MiB.
  explicit GradientSum(int64_t bucketFloats = int64_t(1) << 20)
      : bucketFloats(bucketFloats) {}

  /// Runs the backward pass of a step's last subnet; afterwards the gradients
  /// of `parameters` are the sums over all ranks.
  void run(Program &program, Parameters &parameters, Communicator &ranks);

private:
  struct Bucket {
    std::vector<Parameter *> members;
    int64_t elements = 0;
    /// Calls of backward's hook that are still to come.
    int64_t pending = 0;
    at::Tensor flat;
  };
  int64_t bucketFloats;
  std::vector<Bucket> buckets;
  std::unordered_map<const Parameter *, size_t> bucketOf;

  void fill(const Program &program, Parameters &parameters);
  static void start(Bucket &bucket, Communicator &ranks);
  static void takeBack(Bucket &bucket);
};

} // namespace oqat::train

#endif // OQAT_TRAIN_DIST_GRADIENTSUM_H
