//===- Profile.cpp - Time of every layer of an artifact -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The object calls back after each layer, so what is measured is the object as
// it is shipped. Every round also runs it without the callback, which shows
// what the callback costs.
//
//===----------------------------------------------------------------------===//

#include "ProfileRow.h"

using namespace mlir::oqat;

namespace {

class Profile {
public:
  explicit Profile(Artifact &artifact)
      : artifact(artifact), manifest(artifact.getManifest()),
        samples(manifest.layers.size()) {}

  llvm::Error measure(uint64_t seed);
  /// One row per layer, in the order of the network, then the total.
  std::vector<ProfileRow> makeRows() const;

  size_t rounds() const { return plain.size(); }
  ProfileTimes plainTimes() const { return ProfileTimes(plain); }

private:
  llvm::Error runReported(llvm::ArrayRef<uint8_t> image, bool keep);
  ProfileRow makeRow(size_t index) const;

  Artifact &artifact;
  const ::oqat::formats::Manifest &manifest;
  /// Microseconds per round: of each layer, of runs with the callback and of
  /// runs without.
  std::vector<std::vector<double>> samples;
  std::vector<double> whole, plain;
};

} // namespace

/// With the callback; its own work is not in any layer's time.
llvm::Error Profile::runReported(llvm::ArrayRef<uint8_t> image, bool keep) {
  std::vector<float> logits;
  std::vector<double> spent(samples.size(), 0);
  size_t next = 0; // every layer once, in their order
  bool isOrdered = true;
  Stopwatch watch;
  double begin = 0;
  llvm::Error error = artifact.runLayers(image, logits, [&](int32_t index) {
    double end = watch.milliseconds();
    isOrdered &= next < spent.size() && static_cast<size_t>(index) == next;
    if (isOrdered)
      spent[next++] = end - begin;
    begin = watch.milliseconds();
  });
  double total = watch.milliseconds();
  if (error)
    return error;
  if (!isOrdered || next != spent.size())
    return makeError(artifact.getSibling("so") + ": after the first " +
                     llvm::Twine(next) +
                     " layers of its manifest, it reports something else than "
                     "the next one");
  if (!keep)
    return llvm::Error::success();
  for (size_t i = 0; i < spent.size(); ++i)
    samples[i].push_back(spent[i] * 1000);
  whole.push_back(total * 1000);
  return llvm::Error::success();
}

llvm::Error Profile::measure(uint64_t seed) {
  if (manifest.layers.empty() ||
      manifest.layers.size() != manifest.tensors.size())
    return makeError(artifact.getSibling("json") +
                     ": expected one tensor per layer, but there are " +
                     llvm::Twine(manifest.tensors.size()) + " tensors and " +
                     llvm::Twine(manifest.layers.size()) + " layers");
  std::vector<uint8_t> image = randomPicture(seed, 0, artifact.getImageBytes());
  std::vector<float> logits;
  if (llvm::Error error = runReported(image, /*keep=*/false))
    return error;
  Stopwatch total;
  while (needsRound(plain.size(), total.milliseconds())) {
    Stopwatch watch;
    if (llvm::Error error = artifact.run(image, logits))
      return error;
    plain.push_back(watch.milliseconds() * 1000);
    if (llvm::Error error = runReported(image, /*keep=*/true))
      return error;
  }
  return llvm::Error::success();
}

/// What a layer moves at least: activations read and written, and packed
/// weights.
static std::optional<uint64_t>
bytesOf(const ::oqat::formats::ManifestLayer &layer,
        const ::oqat::formats::ManifestTensor &tensor) {
  if (!layer.inputBytes)
    return std::nullopt;
  uint64_t bytes = tensor.dtype == "f32" ? 4 : 1;
  for (int64_t extent : tensor.shape)
    bytes *= extent;
  return bytes + *layer.inputBytes + layer.weightBytes;
}

ProfileRow Profile::makeRow(size_t index) const {
  const auto &layer = manifest.layers[index];
  const auto &tensor = manifest.tensors[index];
  ProfileRow row;
  row.name = layer.name;
  row.kind = layer.kind;
  row.tensor = tensor.name;
  row.kernel = layer.kernel;
  row.macs = layer.macs;
  row.bytes = bytesOf(layer, tensor);
  row.times = ProfileTimes(samples[index]);
  return row;
}

std::vector<ProfileRow> Profile::makeRows() const {
  std::vector<ProfileRow> rows;
  ProfileRow total;
  total.name = "total";
  total.times = ProfileTimes(whole);
  total.share = 100;
  total.bytes = 0;
  double sum = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    rows.push_back(makeRow(i));
    const ProfileRow &row = rows.back();
    total.macs += row.macs;
    total.bytes = total.bytes && row.bytes
                      ? std::optional(*total.bytes + *row.bytes)
                      : std::nullopt;
    sum += row.times.least;
  }
  rows.push_back(std::move(total));
  for (ProfileRow &row : rows) {
    if (&row != &rows.back() && sum > 0)
      row.share = 100 * row.times.least / sum;
    if (row.times.least > 0)
      row.gmacsPerSecond = double(row.macs) / row.times.least / 1000;
  }
  return rows;
}

llvm::Error mlir::oqat::runProfile(Artifact &artifact,
                                   const RunOptions &options,
                                   llvm::raw_ostream &out) {
  Profile profile(artifact);
  if (llvm::Error error = profile.measure(options.seed))
    return error;
  printProfile({profile.makeRows(), profile.plainTimes(), profile.rounds()},
               artifact.getManifest(), options, out);
  return llvm::Error::success();
}
