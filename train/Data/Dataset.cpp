//===- Dataset.cpp - Pictures and their labels ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Data/Dataset.h"
#include "oqat/Formats/File.h"
#include "oqat/Image/ImageFolder.h"
#include "oqat/Image/Pipeline.h"
#include "oqat/Numerics/Random.h"
#include "train/Model/Sha256.h"
#include "train/Model/Support.h"

#include <filesystem>
#include <numeric>

namespace oqat::train {

namespace fs = std::filesystem;

namespace {

/// The bytes of all files, or of so many that there are more than `most`.
int64_t countBytes(const std::vector<std::string> &paths, int64_t most) {
  int64_t bytes = 0;
  for (const std::string &path : paths) {
    std::error_code code;
    uintmax_t size = fs::file_size(path, code);
    bytes += code ? 0 : static_cast<int64_t>(size);
    if (bytes > most)
      break;
  }
  return bytes;
}

/// No value where the picture can't be read.
std::optional<KeptPicture> keep(const std::string &path, std::string &error) {
  auto bytes = formats::readFile(path, image::kMaxPictureBytes, error);
  if (!bytes)
    return std::nullopt;
  auto extent = image::jpegExtent(*bytes, path, error);
  if (!extent)
    return std::nullopt;
  KeptPicture kept;
  if (std::min(extent->height, extent->width) > image::kSmallSide) {
    kept.file = std::move(*bytes);
    return kept;
  }
  auto pixels = image::decodeJpeg(*bytes, path, error);
  if (!pixels)
    return std::nullopt;
  kept.pixels = std::move(*pixels);
  return kept;
}

void keepAll(Dataset &dataset) {
  dataset.kept.resize(dataset.paths.size());
  std::vector<std::string> errors(dataset.paths.size());
  forEach(dataset.size(), [&](int64_t i) {
    size_t at = static_cast<size_t>(i);
    if (auto kept = keep(dataset.paths[at], errors[at]))
      dataset.kept[at] = std::move(*kept);
  });
  // In the order of the names, whatever thread met which first.
  for (size_t i = 0; i < errors.size(); ++i)
    if (!errors[i].empty())
      dataset.unreadable->add(dataset.paths[i], errors[i]);
}

} // namespace

Dataset loadDataset(const std::string &root, const std::string &split,
                    int64_t classes, const DataOptions &options,
                    const std::vector<std::string> &expected) {
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
  dataset.unreadable = std::make_shared<Unreadable>(options.isStrict);
  for (image::LabelledPicture &picture : listing->pictures) {
    dataset.paths.push_back(std::move(picture.path));
    dataset.labels.push_back(picture.label);
  }
  if (countBytes(dataset.paths, options.keptBytes) <= options.keptBytes)
    keepAll(dataset);
  return dataset;
}

std::string Dataset::fingerprint() const {
  Sha256 hash;
  for (size_t i = 0; i < paths.size(); ++i) {
    hash.add(classes[static_cast<size_t>(labels[i])] + "/");
    hash.add(fs::path(paths[i]).filename().string() + "\n");
  }
  return std::to_string(size()) + " pictures, sha256 of their names " +
         hash.hex();
}

std::optional<image::Image> Dataset::trainingView(int64_t index, int64_t size,
                                                  uint64_t seed,
                                                  std::string &error) const {
  size_t at = static_cast<size_t>(index);
  if (isKept() && !kept[at].pixels.pixels.empty())
    return image::augment(kept[at].pixels, size, seed, augmentation);
  if (isKept() && !kept[at].file.empty())
    return image::augmentJpeg(kept[at].file, paths[at], size, seed,
                              augmentation, error);
  auto bytes = formats::readFile(paths[at], image::kMaxPictureBytes, error);
  if (!bytes)
    return std::nullopt;
  return image::augmentJpeg(*bytes, paths[at], size, seed, augmentation, error);
}

std::optional<image::Image> Dataset::evaluationView(int64_t index, int64_t size,
                                                    std::string &error) const {
  size_t at = static_cast<size_t>(index);
  const std::string &path = paths[at];
  std::optional<image::Image> decoded;
  const image::Image *picture = nullptr;
  if (isKept() && !kept[at].pixels.pixels.empty()) {
    picture = &kept[at].pixels;
  } else {
    decoded = isKept() && !kept[at].file.empty()
                  ? image::decodeJpeg(kept[at].file, path, error)
                  : image::readJpeg(path, error);
    if (!decoded)
      return std::nullopt;
    picture = &*decoded;
  }
  auto view = image::prepareForEvaluation(*picture, size, error);
  if (!view)
    error = path + ": " + error;
  return view;
}

Dataset holdOut(Dataset &dataset, int64_t count) {
  Dataset left, held;
  left.classes = held.classes = dataset.classes;
  left.unreadable = held.unreadable = dataset.unreadable;
  left.augmentation = held.augmentation = dataset.augmentation;
  int64_t classes = static_cast<int64_t>(dataset.classes.size());
  std::vector<int64_t> ahead(dataset.classes.size(), 0);
  for (int64_t label : dataset.labels)
    ++ahead[static_cast<size_t>(label)];
  for (size_t i = 0; i < dataset.paths.size(); ++i) {
    int64_t label = dataset.labels[i];
    int64_t quota = count / classes + (label < count % classes);
    Dataset &to = ahead[static_cast<size_t>(label)]-- > quota ? left : held;
    to.paths.push_back(std::move(dataset.paths[i]));
    to.labels.push_back(label);
    if (dataset.isKept())
      to.kept.push_back(std::move(dataset.kept[i]));
  }
  if (left.paths.empty())
    throw Error("holding out " + std::to_string(count) +
                " pictures leaves none to train on");
  dataset = std::move(left);
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

} // namespace oqat::train
