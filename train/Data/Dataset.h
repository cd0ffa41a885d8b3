//===- Dataset.h - Decoded pictures and their labels ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DATA_DATASET_H
#define OQAT_TRAIN_DATA_DATASET_H

#include "oqat/Image/Image.h"

#include <cstdint>
#include <string>
#include <vector>

namespace oqat::train {

/// All pictures of a split, decoded once and kept as bytes.
struct Dataset {
  std::vector<std::string> classes;
  std::vector<image::Image> pictures;
  std::vector<int64_t> labels;

  int64_t size() const { return static_cast<int64_t>(pictures.size()); }
};

/// Reads `root`/`split` (or `root` itself). The number of classes must be the
/// network's; the classes must be `expected` where that is not empty.
Dataset loadDataset(const std::string &root, const std::string &split,
                    int64_t classes,
                    const std::vector<std::string> &expected = {});

/// Moves the last pictures of every class, `count` in all, into a second set.
Dataset holdOut(Dataset &dataset, int64_t count);

/// The order of an epoch: a permutation of `size` numbers.
std::vector<int64_t> shuffledOrder(int64_t size, uint64_t seed);

/// Writes the training views of these pictures, size x size x 3 each; the view
/// of place i depends on `seed` and i only.
void loadTrainingBatch(const Dataset &dataset, const int64_t *indices,
                       int64_t count, int64_t size, uint64_t seed,
                       uint8_t *out);
/// Writes pictures first … first + count - 1 as evaluation sees them.
void loadEvaluationBatch(const Dataset &dataset, int64_t first, int64_t count,
                         int64_t size, uint8_t *out);

} // namespace oqat::train

#endif // OQAT_TRAIN_DATA_DATASET_H
