//===- Batch.cpp - Pictures of a step
//---------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Data/Batch.h"
#include "oqat/Numerics/Random.h"
#include "train/Model/Support.h"

#include <algorithm>
#include <cstring>

namespace oqat::train {

static void copyPicture(const image::Image &picture, int64_t place,
                        uint8_t *out) {
  std::memcpy(out + static_cast<size_t>(place) * picture.pixels.size(),
              picture.pixels.data(), picture.pixels.size());
}

BatchRequest BatchRequest::part(int64_t first, int64_t count) const {
  BatchRequest request = *this;
  auto begin = pictures.begin() + first;
  request.pictures.assign(begin, begin + count);
  request.firstPlace += first;
  return request;
}

Batch makeBatch(const BatchRequest &request) {
  Batch batch;
  batch.views.resize(
      static_cast<size_t>(request.count() * request.size * request.size * 3));
  batch.labels.resize(request.pictures.size());
  return batch;
}

void fillPlace(const Dataset &dataset, const BatchRequest &request,
               int64_t place, Batch &batch) {
  constexpr int64_t kMaxTries = 1000;
  uint64_t seed = numerics::combineSeeds(
      request.seed, static_cast<uint64_t>(request.firstPlace + place));
  size_t at = static_cast<size_t>(place);
  int64_t tries = std::min(kMaxTries, dataset.size());
  for (int64_t i = 0; i < tries; ++i) {
    int64_t index = (request.pictures[at] + i) % dataset.size();
    std::string error;
    auto view = dataset.trainingView(index, request.size, seed, error);
    if (view) {
      copyPicture(*view, place, batch.views.data());
      batch.labels[at] = dataset.labels[static_cast<size_t>(index)];
      return;
    }
    dataset.unreadable->add(dataset.paths[static_cast<size_t>(index)], error);
  }
  const std::string &path =
      dataset.paths[static_cast<size_t>(request.pictures[at])];
  throw Error(path + ": cannot be read, nor can the " +
              std::to_string(tries - 1) + " pictures after it");
}

Batch loadBatch(const Dataset &dataset, const BatchRequest &request) {
  constexpr int64_t kBlock = 8;
  Batch batch = makeBatch(request);
  int64_t count = request.count();
  forEach((count + kBlock - 1) / kBlock, [&](int64_t block) {
    int64_t end = std::min(count, (block + 1) * kBlock);
    for (int64_t i = block * kBlock; i < end; ++i)
      fillPlace(dataset, request, i, batch);
  });
  return batch;
}

std::vector<int64_t> loadEvaluationBatch(const Dataset &dataset, int64_t first,
                                         int64_t count, int64_t size,
                                         uint8_t *out) {
  auto begin = dataset.labels.begin() + first;
  std::vector<int64_t> labels(begin, begin + count);
  forEach(count, [&](int64_t i) {
    std::string error;
    auto view = dataset.evaluationView(first + i, size, error);
    if (!view) {
      dataset.unreadable->add(dataset.paths[static_cast<size_t>(first + i)],
                              error);
      labels[static_cast<size_t>(i)] = -1;
      view = image::Image(size, size);
    }
    copyPicture(*view, i, out);
  });
  return labels;
}

} // namespace oqat::train
