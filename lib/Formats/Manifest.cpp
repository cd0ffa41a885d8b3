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
  return manifest;
}
} // namespace

std::optional<Manifest> oqat::formats::parseManifest(std::string_view text,
                                                     const std::string &place,
                                                     std::string &error) {
  std::optional<Json> json = parseJson(text, place, error);
  if (!json)
    return std::nullopt;
  try {
    return parseRoot(JsonCursor(*json, ""));
  } catch (const FormatError &e) {
    error = place + ": " + e.message;
    return std::nullopt;
  }
}

std::optional<Manifest> oqat::formats::readManifest(const std::string &path,
                                                    std::string &error) {
  std::optional<std::string> text = readFile(path, kMaxJsonBytes, error);
  return text ? parseManifest(*text, path, error) : std::nullopt;
}
