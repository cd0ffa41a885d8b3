//===- Tuning.cpp - What kernels took on a machine ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Tuning.h"
#include "JsonCursor.h"

using namespace oqat::formats;

static constexpr char kFormat[] = "oqat-tuning";
static constexpr int64_t kVersion = 1;

static KernelTime parseKernel(const JsonCursor &cursor) {
  KernelTime time{cursor["name"].string(), cursor["minUs"].number()};
  if (!(time.minUs > 0))
    cursor["minUs"].fail("expected a positive number");
  return time;
}

static Tuning::Layers parseLayers(const JsonCursor &machine) {
  Tuning::Layers layers;
  for (const JsonCursor &layer : machine["layers"].elements()) {
    std::vector<KernelTime> kernels;
    for (const JsonCursor &kernel : layer["kernels"].elements())
      kernels.push_back(parseKernel(kernel));
    if (kernels.empty())
      layer["kernels"].fail("expected at least one kernel");
    if (!layers.emplace(layer["layer"].string(), std::move(kernels)).second)
      layer["layer"].fail("this layer is there twice");
  }
  return layers;
}

static Tuning parseRoot(const JsonCursor &root) {
  root.expectFormat(kFormat, kVersion);
  Tuning tuning;
  for (const JsonCursor &machine : root["machines"].elements())
    if (!tuning.machines
             .emplace(machine["machine"].string(), parseLayers(machine))
             .second)
      machine["machine"].fail("this machine is there twice");
  return tuning;
}

std::optional<Tuning> oqat::formats::parseTuning(std::string_view text,
                                                 const std::string &place,
                                                 std::string &error) {
  return readDocument(text, place, error, parseRoot);
}

std::string oqat::formats::writeTuning(const Tuning &tuning) {
  Json machines = Json::array();
  for (const auto &[name, layers] : tuning.machines) {
    Json list = Json::array();
    for (const auto &[layer, kernels] : layers) {
      Json times = Json::array();
      for (const KernelTime &kernel : kernels)
        times.push_back({{"name", kernel.name}, {"minUs", kernel.minUs}});
      list.push_back({{"layer", layer}, {"kernels", std::move(times)}});
    }
    machines.push_back({{"machine", name}, {"layers", std::move(list)}});
  }
  Json root = {{"format", kFormat},
               {"formatVersion", kVersion},
               {"machines", std::move(machines)}};
  return root.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}
