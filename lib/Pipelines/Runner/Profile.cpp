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
// A layer that reports nothing has no end of its own: it is timed with the next
// one that does.
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
  std::vector<double> ends(samples.size(), -1), spent(samples.size(), 0);
  std::optional<int32_t> unknown;
  Stopwatch watch;
  double begin = 0;
  llvm::Error error =
      artifact.run(image, logits, [&](int32_t index, llvm::ArrayRef<char>) {
        double end = watch.milliseconds();
        if (index < 0 || static_cast<size_t>(index) >= ends.size()) {
          unknown = index;
          return;
        }
        ends[index] = end;
        spent[index] += end - begin;
        begin = watch.milliseconds();
      });
  double total = watch.milliseconds();
  if (error)
    return error;
  if (unknown)
    return makeError("tensor " + llvm::Twine(*unknown) +
                     " is reported, which the manifest doesn't list");
  if (!keep)
    return llvm::Error::success();
  for (size_t i = 0; i < ends.size(); ++i)
    if (ends[i] >= 0)
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
  if (!samples[index].empty())
    row.times = ProfileTimes(samples[index]);
  for (size_t next = index + 1; !row.times && next < samples.size(); ++next)
    if (!samples[next].empty() && row.timedWith.empty())
      row.timedWith = manifest.tensors[next].name;
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
    sum += row.times ? row.times->least : 0;
  }
  rows.push_back(std::move(total));
  uint64_t macs = 0; // with those of the layers that are timed with this one
  for (ProfileRow &row : rows) {
    macs += row.macs;
    if (!row.times)
      continue;
    if (&row == &rows.back())
      macs = row.macs;
    else if (sum > 0)
      row.share = 100 * row.times->least / sum;
    if (row.times->least > 0)
      row.gmacsPerSecond = double(macs) / row.times->least / 1000;
    macs = 0;
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
