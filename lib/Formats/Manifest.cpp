//===- Manifest.cpp - What a compiled network says about itself -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Manifest.h"
#include "JsonCursor.h"
#include "oqat/Formats/File.h"

using namespace oqat::formats;

namespace {
constexpr int64_t kMaxSize = int64_t(1) << 24;
constexpr int64_t kMaxBytes = int64_t(1) << 50;

ManifestTensor parseTensor(const JsonCursor &json) {
  return {json["index"].integer(0, INT32_MAX), json["name"].string(),
          json["dtype"].string(), json["shape"].shape()};
}

ManifestLayer parseLayer(const JsonCursor &json) {
  ManifestLayer layer;
  layer.name = json["name"].string();
  layer.kind = json["kind"].string();
  layer.kernel = json.stringOr("kernel");
  layer.bitsW = json["bitsW"].integer(0, 64);
  layer.bitsA = json["bitsA"].integer(0, 64);
  layer.macs = json["macs"].integer(0, kMaxBytes);
  layer.weightBytes = json["weightBytes"].integer(0, kMaxBytes);
  if (json.has("inputBytes"))
    layer.inputBytes = json["inputBytes"].integer(0, kMaxBytes);
  if (json.has("accumulator")) {
    JsonCursor accumulator = json["accumulator"];
    layer.accumulator = {accumulator["min"].integer(INT32_MIN, 0),
                         accumulator["max"].integer(0, INT32_MAX),
                         accumulator["bits"].integer(16, 32)};
  }
  return layer;
}

ManifestTarget parseTarget(const JsonCursor &json, size_t layers) {
  ManifestTarget target;
  target.name = json["name"].string();
  if (json.has("emulated"))
    target.emulated = json["emulated"].boolean();
  if (json.has("features"))
    for (const JsonCursor &feature : json["features"].elements())
      target.features.push_back(feature.string());
  target.preparedBytes = json["preparedBytes"].integer(0, kMaxBytes);
  for (const JsonCursor &kernel : json["kernels"].elements())
    target.kernels.push_back(kernel.string());
  if (target.kernels.size() != layers)
    json["kernels"].fail("expected one per layer, " + std::to_string(layers) +
                         ", but got " + std::to_string(target.kernels.size()));
  return target;
}

/// An object of one target says the same of itself as a whole.
void parseTargets(const JsonCursor &json, Manifest &manifest) {
  if (json.has("targets")) {
    for (const JsonCursor &target : json["targets"].elements()) {
      manifest.targets.push_back(parseTarget(target, manifest.layers.size()));
      const std::string &name = manifest.targets.back().name;
      for (size_t i = 0; i + 1 < manifest.targets.size(); ++i)
        if (manifest.targets[i].name == name)
          target["name"].fail("'" + name + "' is another target's, too");
    }
    if (manifest.targets.empty())
      json["targets"].fail("expected at least one");
    return;
  }
  ManifestTarget target;
  target.name = manifest.target;
  target.emulated = manifest.emulated;
  target.preparedBytes = manifest.preparedBytes;
  for (const ManifestLayer &layer : manifest.layers)
    target.kernels.push_back(layer.kernel);
  manifest.targets.push_back(std::move(target));
}

Manifest parseRoot(const JsonCursor &json) {
  json.expectFormat("oqat-manifest", 1);
  Manifest manifest;
  manifest.name = json["name"].string();
  manifest.target = json["target"].string();
  if (json.has("emulated"))
    manifest.emulated = json["emulated"].boolean();
  JsonCursor input = json["input"];
  manifest.height = input["height"].integer(1, kMaxSize);
  manifest.width = input["width"].integer(1, kMaxSize);
  manifest.channels = input["channels"].integer(1, kMaxSize);
  manifest.classes = json["classes"].integer(1, kMaxSize);
  if (json.has("subnet"))
    manifest.subnet = json["subnet"].value().dump();
  for (const JsonCursor &tensor : json["tensors"].elements())
    manifest.tensors.push_back(parseTensor(tensor));
  for (const JsonCursor &layer : json["layers"].elements())
    manifest.layers.push_back(parseLayer(layer));
  JsonCursor bytes = json["weightBytes"];
  manifest.storedWeightBytes = bytes["stored"].integer(0, kMaxBytes);
  manifest.idealWeightBytes = bytes["ideal"].integer(0, kMaxBytes);
  manifest.artifactBytes = json["artifactBytes"].integer(0, kMaxBytes);
  manifest.scratchBytes = json["scratchBytes"].integer(0, kMaxBytes);
  manifest.preparedBytes = json["preparedBytes"].integer(0, kMaxBytes);
  manifest.weightsSha256 = json["weightsSha256"].string();
  parseTargets(json, manifest);
  return manifest;
}
} // namespace

void Manifest::select(size_t index) {
  const ManifestTarget &chosen = targets.at(index);
  target = chosen.name;
  emulated = chosen.emulated;
  for (size_t i = 0; i < layers.size(); ++i)
    layers[i].kernel = chosen.kernels.at(i);
}

std::optional<Manifest> oqat::formats::parseManifest(std::string_view text,
                                                     const std::string &place,
                                                     std::string &error) {
  return readDocument(text, place, error, parseRoot);
}

std::optional<Manifest> oqat::formats::readManifest(const std::string &path,
                                                    std::string &error) {
  std::optional<std::string> text = readFile(path, kMaxJsonBytes, error);
  return text ? parseManifest(*text, path, error) : std::nullopt;
}
