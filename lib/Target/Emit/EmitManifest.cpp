//===- EmitManifest.cpp - The JSON beside an artifact ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "oqat/Runtime/Cpu.h"
#include "oqat/Target/Emit/Emit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::oqat;

static void writeTensors(llvm::json::OStream &json,
                         const NetworkDescription &network) {
  for (auto [index, tensor] : llvm::enumerate(network.tensors))
    json.object([&, index = index, &tensor = tensor] {
      json.attribute("index", static_cast<int64_t>(index));
      json.attribute("name", tensor.name);
      json.attribute("dtype", tensor.dtype);
      json.attributeArray("shape", [&] {
        for (int64_t extent : tensor.shape)
          json.value(extent);
      });
    });
}

static void writeLayers(llvm::json::OStream &json,
                        const NetworkDescription &network) {
  for (const LayerDescription &layer : network.layers)
    json.object([&] {
      json.attribute("name", layer.name);
      json.attribute("kind", layer.kind);
      json.attribute("bitsW", layer.bitsW);
      json.attribute("bitsA", layer.bitsA);
      json.attribute("macs", layer.macs);
      json.attribute("inputBytes", layer.inputBytes);
      json.attribute("weightBytes", layer.weightBytes);
      if (network.targets.empty())
        json.attribute("kernel", layer.kernel);
      if (const auto &accumulator = layer.accumulator)
        json.attributeObject("accumulator", [&] {
          json.attribute("min", accumulator->min);
          json.attribute("max", accumulator->max);
          json.attribute("bits", accumulator->bits);
        });
    });
}

static void writeFeatures(llvm::json::OStream &json, uint64_t features) {
  static const char *const names[] = {
#define OQAT_CPU_FEATURE(id, name, leaf, subleaf, reg, bit, xcr0) name,
#include "oqat/Runtime/CpuFeatures.def"
  };
  for (auto [bit, name] : llvm::enumerate(names))
    if (features >> bit & 1)
      json.value(name);
}

/// In the order of <net>_prepare_for.
static void writeTargets(llvm::json::OStream &json,
                         const NetworkDescription &network) {
  for (const TargetDescription &target : network.targets)
    json.object([&] {
      json.attribute("name", target.name);
      if (target.emulated)
        json.attribute("emulated", true);
      json.attributeArray("features",
                          [&] { writeFeatures(json, target.features); });
      json.attribute("preparedBytes", getPreparedSize(target.preparedBytes));
      json.attributeArray("kernels", [&] {
        for (const std::string &kernel : target.kernels)
          json.value(kernel);
      });
    });
}

static void writeInput(llvm::json::OStream &json,
                       const NetworkDescription &network) {
  json.attributeObject("input", [&] {
    json.attribute("height", network.height);
    json.attribute("width", network.width);
    json.attribute("channels", network.channels);
  });
  json.attribute("classes", network.classes);
}

std::string mlir::oqat::emitManifest(const NetworkDescription &network,
                                     const Bytes &sharedObject) {
  Bytes weights = readSection(sharedObject, kWeightSection);
  llvm::SHA256 hash;
  hash.update(StringRef(weights.data(), weights.size()));
  // The packed layers without the alignment between them.
  int64_t ideal = 0;
  for (const LayerDescription &layer : network.layers)
    if (layer.bitsW < 32)
      ideal += layer.weightBytes;
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream, /*IndentSize=*/1);
  json.object([&] {
    json.attribute("format", "oqat-manifest");
    json.attribute("formatVersion", 1);
    json.attribute("name", network.name);
    json.attribute("target", network.target);
    if (network.emulated)
      json.attribute("emulated", true);
    if (!network.targets.empty())
      json.attributeArray("targets", [&] { writeTargets(json, network); });
    writeInput(json, network);
    auto subnet = llvm::json::parse(network.subnet);
    if (subnet)
      json.attribute("subnet", *subnet);
    else
      llvm::consumeError(subnet.takeError());
    json.attributeArray("tensors", [&] { writeTensors(json, network); });
    json.attributeArray("layers", [&] { writeLayers(json, network); });
    json.attributeObject("weightBytes", [&] {
      json.attribute("stored", static_cast<int64_t>(weights.size()));
      json.attribute("ideal", ideal);
    });
    json.attribute("artifactBytes", static_cast<int64_t>(sharedObject.size()));
    json.attribute("scratchBytes", network.scratchBytes);
    json.attribute("preparedBytes", getPreparedSize(network.preparedBytes));
    json.attribute("weightsSha256",
                   llvm::toHex(hash.final(), /*LowerCase=*/true));
  });
  stream << "\n";
  return text;
}
