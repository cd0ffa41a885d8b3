//===- Manifest.h - What a compiled network says about itself -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_FORMATS_MANIFEST_H
#define OQAT_FORMATS_MANIFEST_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oqat::formats {

/// A tensor that the object reports through its callback.
struct ManifestTensor {
  int64_t index = 0;
  std::string name, dtype;
  std::vector<int64_t> shape;
};

/// What the accumulators of a layer are proven to stay within, and the width
/// that they need.
struct ManifestAccumulator {
  int64_t min = 0, max = 0, bits = 0;
};

struct ManifestLayer {
  std::string name, kind, kernel;
  int64_t bitsW = 0, bitsA = 0, macs = 0, weightBytes = 0;
  /// Of the activations that it reads; older manifests don't say.
  std::optional<int64_t> inputBytes;
  /// Of an integer layer.
  std::optional<ManifestAccumulator> accumulator;
};

/// What the object has for one CPU.
struct ManifestTarget {
  std::string name;
  /// Its intrinsics are emulated: any CPU of its family runs it.
  bool emulated = false;
  /// What the CPU must have; an object of one target doesn't say.
  std::vector<std::string> features;
  int64_t preparedBytes = 0;
  /// The kernel of every layer.
  std::vector<std::string> kernels;
};

/// The file beside the object, `<net>.json`.
struct Manifest {
  /// `target` lists them where there are several; then layers have no kernel
  /// until select().
  std::string name, target;
  /// The intrinsics of every target are emulated.
  bool emulated = false;
  /// At least one, in the order of <net>_prepare_for.
  std::vector<ManifestTarget> targets;
  int64_t height = 0, width = 0, channels = 0, classes = 0;
  /// The subnet as JSON text.
  std::string subnet;
  std::vector<ManifestTensor> tensors;
  std::vector<ManifestLayer> layers;
  int64_t storedWeightBytes = 0, idealWeightBytes = 0;
  int64_t artifactBytes = 0, scratchBytes = 0, preparedBytes = 0;
  std::string weightsSha256;

  /// Makes `target`, `emulated` and the kernels those of one target.
  void select(size_t index);
};

std::optional<Manifest> parseManifest(std::string_view text,
                                      const std::string &place,
                                      std::string &error);

std::optional<Manifest> readManifest(const std::string &path,
                                     std::string &error);

} // namespace oqat::formats

#endif // OQAT_FORMATS_MANIFEST_H
