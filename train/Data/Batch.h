//===- Batch.h - Pictures of a step
//-----------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DATA_BATCH_H
#define OQAT_TRAIN_DATA_BATCH_H

#include "train/Data/Dataset.h"

namespace oqat::train {

/// Which pictures, and their views: the view of place i is a function of the
/// picture, the size, the seed and firstPlace + i.
struct BatchRequest {
  std::vector<int64_t> pictures;
  int64_t size = 0;
  uint64_t seed = 0;
  /// Of the first picture, in the batch that it is a part of.
  int64_t firstPlace = 0;

  int64_t count() const { return static_cast<int64_t>(pictures.size()); }
  /// `count` places from `first` on, with the views that they have here.
  BatchRequest part(int64_t first, int64_t count) const;
};

struct Batch {
  /// count x size x size x 3.
  std::vector<uint8_t> views;
  std::vector<int64_t> labels;
};

/// Room for what is requested.
Batch makeBatch(const BatchRequest &request);

/// Fills one place. Where its picture can't be read, the next one of the data
/// set that can takes its place, label included.
void fillPlace(const Dataset &dataset, const BatchRequest &request,
               int64_t place, Batch &batch);

/// Fills all places, on all threads.
Batch loadBatch(const Dataset &dataset, const BatchRequest &request);

/// Writes pictures first … first + count - 1 as evaluation sees them, and gives
/// their labels. One that can't be read is black and has the label -1.
std::vector<int64_t> loadEvaluationBatch(const Dataset &dataset, int64_t first,
                                         int64_t count, int64_t size,
                                         uint8_t *out);

} // namespace oqat::train

#endif // OQAT_TRAIN_DATA_BATCH_H
