//===- BatchSums.h - Sums over the pictures of all ranks ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DIST_BATCHSUMS_H
#define OQAT_TRAIN_DIST_BATCHSUMS_H

#include "train/Model/Program.h"

#include <vector>

namespace oqat::train {

/// Per channel.
struct BatchSums {
  std::vector<double> sums, squares;
};

/// Of an accumulator and its square. Those of a quantized layer are integers,
/// and exact (N12); those of a float layer depend on the number of ranks by the
/// rounding of f64.
BatchSums batchSums(const Accumulator &acc, int64_t channels, int64_t chunks,
                    Communicator &ranks);

/// Of each of `parts`, [chunks][channels], one after the other.
std::vector<double> batchSums(const std::vector<at::Tensor> &parts,
                              Communicator &ranks);

} // namespace oqat::train

#endif // OQAT_TRAIN_DIST_BATCHSUMS_H
