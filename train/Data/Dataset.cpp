//===- Dataset.cpp - Decoded pictures and their labels --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Data/Dataset.h"
#include "oqat/Image/ImageFolder.h"
#include "oqat/Image/Pipeline.h"
#include "oqat/Numerics/Random.h"
#include "train/Model/Support.h"

#include <cstring>
#include <mutex>
#include <numeric>

namespace oqat::train {

Dataset loadDataset(const std::string &root, const std::string &split,
                    int64_t classes, const std::vector<std::string> &expected) {
  std::string error, folder = image::splitFolder(root, split);
  auto listing = image::scanImageFolder(folder, error, expected);
  if (!listing)
    throw Error(error);
  if (static_cast<int64_t>(listing->classes.size()) != classes)
    throw Error(folder + ": has " + std::to_string(listing->classes.size()) +
                " class folders, the network has " + std::to_string(classes) +
                " classes");
  Dataset dataset;
  dataset.classes = listing->classes;
  int64_t count = static_cast<int64_t>(listing->pictures.size());
  dataset.pictures.resize(static_cast<size_t>(count));
  dataset.labels.resize(static_cast<size_t>(count));
  // The first bad file by name, whatever thread met which first.
  std::mutex lock;
  int64_t firstBad = count;
  std::string firstError;
  forEach(count, [&](int64_t i) {
    size_t at = static_cast<size_t>(i);
    std::string problem;
    auto picture = image::readJpeg(listing->pictures[at].path, problem);
    dataset.labels[at] = listing->pictures[at].label;
    if (picture) {
      dataset.pictures[at] = std::move(*picture);
      return;
    }
    std::lock_guard<std::mutex> guard(lock);
    if (i < firstBad) {
      firstBad = i;
      firstError = problem;
    }
  });
  if (firstBad < count)
    throw Error(firstError);
  return dataset;
}

Dataset holdOut(Dataset &dataset, int64_t count) {
  Dataset kept, held;
  kept.classes = held.classes = dataset.classes;
  int64_t classes = static_cast<int64_t>(dataset.classes.size());
  std::vector<int64_t> left(dataset.classes.size(), 0);
  for (int64_t label : dataset.labels)
    ++left[static_cast<size_t>(label)];
  for (size_t i = 0; i < dataset.pictures.size(); ++i) {
    int64_t label = dataset.labels[i];
    int64_t quota = count / classes + (label < count % classes);
    Dataset &to = left[static_cast<size_t>(label)]-- > quota ? kept : held;
    to.pictures.push_back(std::move(dataset.pictures[i]));
    to.labels.push_back(label);
  }
  if (kept.pictures.empty())
    throw Error("holding out " + std::to_string(count) +
                " pictures leaves none to train on");
  dataset = std::move(kept);
  return held;
}

std::vector<int64_t> shuffledOrder(int64_t size, uint64_t seed) {
  std::vector<int64_t> order(static_cast<size_t>(size));
  std::iota(order.begin(), order.end(), 0);
  numerics::Random random(seed);
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

static void copyPicture(const image::Image &picture, int64_t index,
                        uint8_t *out) {
  std::memcpy(out + static_cast<size_t>(index) * picture.pixels.size(),
              picture.pixels.data(), picture.pixels.size());
}

void loadTrainingBatch(const Dataset &dataset, const int64_t *indices,
                       int64_t count, int64_t size, uint64_t seed,
                       uint8_t *out) {
  constexpr int64_t kBlock = 8;
  forEach((count + kBlock - 1) / kBlock, [&](int64_t block) {
    for (int64_t i = block * kBlock; i < std::min(count, (block + 1) * kBlock);
         ++i) {
      const image::Image &picture =
          dataset.pictures[static_cast<size_t>(indices[i])];
      uint64_t view = numerics::combineSeeds(seed, static_cast<uint64_t>(i));
      copyPicture(image::augment(picture, size, view), i, out);
    }
  });
}

void loadEvaluationBatch(const Dataset &dataset, int64_t first, int64_t count,
                         int64_t size, uint8_t *out) {
  forEach(count, [&](int64_t i) {
    std::string error;
    auto view = image::prepareForEvaluation(
        dataset.pictures[static_cast<size_t>(first + i)], size, error);
    if (!view)
      throw Error("picture " + std::to_string(first + i) + ": " + error);
    copyPicture(*view, i, out);
  });
}

} // namespace oqat::train
