//===- Dataset.h - Pictures and their labels ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The files of a small set are kept in memory, small pictures decoded; those of
// a large one are read at every use. Either way a view is the same function of
// the file's bytes.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DATA_DATASET_H
#define OQAT_TRAIN_DATA_DATASET_H

#include "oqat/Image/Augment.h"
#include "train/Data/Unreadable.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace oqat::train {

struct DataOptions {
  /// Files of more bytes than this, all together, are not kept in memory.
  int64_t keptBytes = int64_t(256) << 20;
  /// A picture that can't be read is an error.
  bool isStrict = false;
  /// Threads that make batches ahead; -1: 2 where pictures are not kept, else
  /// none.
  int workers = -1;
};

/// What is kept of a picture: pixels, the file, or nothing.
struct KeptPicture {
  image::Image pixels;
  std::string file;
};

struct Dataset {
  std::vector<std::string> classes;
  std::vector<std::string> paths;
  std::vector<int64_t> labels;
  /// As many as there are paths, or none.
  std::vector<KeptPicture> kept;
  std::shared_ptr<Unreadable> unreadable;
  image::Augmentation augmentation;

  int64_t size() const { return static_cast<int64_t>(labels.size()); }
  bool isKept() const { return !kept.empty(); }
  /// Tells this list of pictures from others: their names, classes and order.
  std::string fingerprint() const;

  /// A view of picture `index`, or no value and an error.
  std::optional<image::Image> trainingView(int64_t index, int64_t size,
                                           uint64_t seed,
                                           std::string &error) const;
  std::optional<image::Image> evaluationView(int64_t index, int64_t size,
                                             std::string &error) const;
};

/// Lists `root`/`split` (or `root` itself) and keeps it where it is small. The
/// number of classes must be the network's; the classes must be `expected`
/// where that is not empty.
Dataset loadDataset(const std::string &root, const std::string &split,
                    int64_t classes, const DataOptions &options,
                    const std::vector<std::string> &expected = {});

/// Moves the last pictures of every class, `count` in all, into a second set.
Dataset holdOut(Dataset &dataset, int64_t count);

/// The order of an epoch: a permutation of `size` numbers.
std::vector<int64_t> shuffledOrder(int64_t size, uint64_t seed);

} // namespace oqat::train

#endif // OQAT_TRAIN_DATA_DATASET_H
