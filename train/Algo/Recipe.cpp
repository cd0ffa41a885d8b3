//===- Recipe.cpp - What to train, in which order -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Recipe.h"
#include "oqat/Formats/File.h"
#include "train/Algo/ObjectReader.h"
#include "train/Model/Selection.h"

#include <algorithm>

namespace oqat::train {

using formats::Json;

static std::vector<int> readBits(ObjectReader &reader, const char *key) {
  std::vector<int> bits;
  const Json *list = reader.find(key);
  if (!list)
    return bits;
  if (!list->is_array() || list->empty())
    reader.fail(key, "must be a list of bits");
  for (const Json &entry : *list) {
    if (!entry.is_number_integer() || entry < 1 || entry > 8)
      reader.fail(key, "must list integers from 1 to 8");
    bits.push_back(entry.get<int>());
  }
  return bits;
}

/// Lists of numbers by the keys of a subnet.
static std::map<std::string, std::vector<double>>
readChoices(ObjectReader &reader, const char *key) {
  std::map<std::string, std::vector<double>> choices;
  const Json *object = reader.find(key);
  if (!object)
    return choices;
  if (!object->is_object())
    reader.fail(key, "must be an object");
  for (const auto &[choice, list] : object->items()) {
    if (!list.is_array() || list.empty())
      reader.fail(key, "must have a list of numbers for '" + choice + "'");
    for (const Json &entry : list) {
      if (!entry.is_number())
        reader.fail(key, "must list numbers for '" + choice + "'");
      choices[choice].push_back(entry.get<double>());
    }
  }
  return choices;
}

static void readDecayed(ObjectReader &reader, const char *key,
                        std::vector<std::string> &kinds) {
  const Json *list = reader.find(key);
  if (!list)
    return;
  static const std::set<std::string> known = {"weight", "bias", "gamma",
                                              "beta",   "step", "transform"};
  if (!list->is_array())
    reader.fail(key, "must be a list of kinds of parameters");
  kinds.clear();
  for (const Json &entry : *list) {
    if (!entry.is_string() || !known.count(entry.get<std::string>()))
      reader.fail(key, "must list 'weight', 'bias', 'gamma', 'beta', 'step' "
                       "or 'transform'");
    kinds.push_back(entry.get<std::string>());
  }
}

/// Warm-up as epochs of its own comes before the others, in place of a part of
/// them.
static void readWarmup(ObjectReader &reader, Phase &phase) {
  reader.number("warmup", phase.warmup, 0, 1);
  reader.number("warmupFrom", phase.warmupFrom, 0, 1);
  if (!reader.find("warmupEpochs"))
    return;
  if (reader.find("warmup"))
    reader.fail("warmupEpochs", "must not stand beside 'warmup'");
  double before = 0;
  reader.number("warmupEpochs", before, 0, 1e6);
  double all = phase.epochs + before;
  phase.warmup = all > 0 ? before / all : 0;
  phase.epochs = all;
}

/// The type of gradients' factors, by its name in PyTorch.
static void readGradients(ObjectReader &reader, Phase &phase) {
  std::string type = "float32";
  reader.text("gradients", type);
  if (type != "float32" && type != "bfloat16")
    reader.fail("gradients",
                "must be 'float32' or 'bfloat16', but is '" + type + "'");
  phase.bfloat16Gradients = type == "bfloat16";
}

/// A list of two numbers, the first not above the second.
static void readRange(ObjectReader &reader, const char *key, double &low,
                      double &high, double least, double most) {
  const Json *list = reader.find(key);
  if (!list)
    return;
  bool isRange = list->is_array() && list->size() == 2 &&
                 (*list)[0].is_number() && (*list)[1].is_number();
  if (isRange) {
    low = (*list)[0].get<double>();
    high = (*list)[1].get<double>();
  }
  if (!isRange || !(low >= least && low <= high && high <= most))
    reader.fail(key, "must be a range [low, high] within " +
                         Json({least, most}).dump());
}

static image::Augmentation readAugmentation(const Json &json,
                                            const std::string &place) {
  image::Augmentation a;
  ObjectReader reader(json, place);
  readRange(reader, "scale", a.minScale, a.maxScale, 1e-4, 1);
  readRange(reader, "ratio", a.minRatio, a.maxRatio, 0.01, 100);
  reader.number("flip", a.flip, 0, 1);
  reader.number("brightness", a.brightness, 0, 10);
  reader.number("contrast", a.contrast, 0, 10);
  reader.number("saturation", a.saturation, 0, 10);
  reader.finish();
  return a;
}

static void checkPhase(const ObjectReader &reader, const Phase &phase) {
  bool isName = !phase.name.empty() &&
                phase.name.find_first_not_of(
                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                    "0123456789_-") == std::string::npos;
  if (!isName)
    reader.fail("name", "must be letters, digits, '-' or '_'");
  for (const char *source : {"scratch", "previous", "weights"})
    if (phase.name == source)
      reader.fail("name", "must not be what a phase starts from");
  if (phase.bits > 8 && phase.bits != kFloatBits)
    reader.fail("bits", "must be 1 to 8, or 32 for float");
  if (phase.bits == kFloatBits && !phase.mixedBits.empty())
    reader.fail("mixedBits", "needs a phase of at most 8 bits");
  if (phase.sortChannels && phase.from == "scratch")
    reader.fail("sortChannels", "needs a phase that starts from trained ones");
  if (phase.teacher != "largest" && phase.distill == 0)
    reader.fail("distill", "must be above 0 where there is a teacher");
  if (phase.ema == 1)
    reader.fail("ema", "must be below 1");
  if (phase.maximal + phase.minimal + phase.random == 0)
    reader.fail("subnetsPerStep", "must ask for a subnet");
}

static Phase readPhase(const Json &json, const std::string &place) {
  Phase phase;
  ObjectReader reader(json, place);
  reader.text("name", phase.name);
  reader.text("from", phase.from);
  reader.integer("bits", phase.bits, 1, kFloatBits);
  phase.mixedBits = readBits(reader, "mixedBits");
  reader.flag("sortChannels", phase.sortChannels);
  phase.choices = readChoices(reader, "choices");
  reader.number("epochs", phase.epochs, 0, 1e6);
  reader.integer("batch", phase.batch, 2, 65536);
  reader.number("lr", phase.lr, 0, 100);
  reader.number("stepLr", phase.stepLr, 0, 100);
  reader.number("weightDecay", phase.weightDecay, 0, 1);
  readDecayed(reader, "decayed", phase.decayed);
  reader.number("momentum", phase.momentum, 0, 1);
  readWarmup(reader, phase);
  reader.number("labelSmoothing", phase.labelSmoothing, 0, 1);
  reader.number("distill", phase.distill, 0, 1);
  reader.text("teacher", phase.teacher);
  reader.number("largestWeight", phase.largestWeight, 0, 100);
  reader.number("othersWeight", phase.othersWeight, 0, 100);
  reader.number("ema", phase.ema, 0, 1);
  readGradients(reader, phase);
  reader.number("fullSizeChance", phase.fullSizeChance, 0, 1);
  if (const Json *subnets = reader.find("subnetsPerStep")) {
    ObjectReader counts(*subnets, place + ": subnetsPerStep");
    counts.integer("max", phase.maximal, 0, 1);
    counts.integer("min", phase.minimal, 0, 1);
    counts.integer("random", phase.random, 0, 64);
    counts.finish();
  }
  reader.finish();
  checkPhase(reader, phase);
  return phase;
}

Recipe parseRecipe(const std::string &text, const std::string &place) {
  std::string error;
  auto json = formats::parseJson(text, place, error);
  if (!json)
    throw Error(error);
  Recipe recipe;
  recipe.text = json->dump();
  ObjectReader reader(*json, place);
  std::string format;
  int64_t version = 0;
  reader.text("format", format);
  reader.integer("formatVersion", version, 0, 1000);
  if (format != "oqat-recipe" || version != 1)
    throw Error(place + ": is not an oqat-recipe of version 1");
  reader.integer("seed", recipe.seed, 0, int64_t(1) << 52);
  reader.integer("holdOut", recipe.holdOut, 0, int64_t(1) << 40);
  reader.number("checkpointSeconds", recipe.checkpointSeconds, 0, 1e9);
  reader.integer("checkpointSteps", recipe.checkpointSteps, 0,
                 int64_t(1) << 40);
  reader.integer("keepCheckpoints", recipe.keepCheckpoints, 1, 1 << 20);
  if (const Json *augmentation = reader.find("augmentation"))
    recipe.augmentation =
        readAugmentation(*augmentation, place + ": augmentation");
  std::string comment;
  reader.text("comment", comment);
  const Json *phases = reader.find("phases");
  if (!phases || !phases->is_array() || phases->empty())
    throw Error(place + ": needs a list of phases");
  for (const Json &phase : *phases)
    recipe.phases.push_back(
        readPhase(phase, place + ": phases[" +
                             std::to_string(recipe.phases.size()) + "]"));
  reader.finish();
  for (size_t i = 0; i < recipe.phases.size(); ++i) {
    recipe.source(i);
    recipe.teacher(i);
  }
  return recipe;
}

Recipe readRecipe(const std::string &path) {
  std::string error;
  auto text = formats::readFile(path, formats::kMaxJsonBytes, error);
  if (!text)
    throw Error(error);
  return parseRecipe(*text, path);
}

int64_t Recipe::source(size_t index) const {
  const Phase &phase = phases[index];
  for (size_t i = 0; i < index; ++i)
    if (phases[i].name == phase.name)
      throw Error("recipe: two phases are named '" + phase.name + "'");
  if (phase.from == "scratch")
    return kScratch;
  if (phase.from == "weights")
    return kWeights;
  size_t found = index;
  for (size_t i = 0; i < index; ++i)
    if (phases[i].name == phase.from ||
        (phase.from == "previous" && i + 1 == index))
      found = i;
  if (found == index)
    throw Error("recipe: phase '" + phase.name + "' starts from '" +
                phase.from + "', which is no earlier phase");
  int have = phases[found].bits;
  if (have < phase.bits)
    throw Error("recipe: phase '" + phase.name + "' has more bits than '" +
                phases[found].name + "', from which it starts");
  return static_cast<int64_t>(found);
}

int64_t Recipe::teacher(size_t index) const {
  const Phase &phase = phases[index];
  if (phase.teacher == "largest")
    return kLargest;
  if (phase.teacher == "given")
    return kGiven;
  for (size_t i = 0; i < index; ++i)
    if (phases[i].name == phase.teacher)
      return static_cast<int64_t>(i);
  throw Error("recipe: phase '" + phase.name + "' is taught by '" +
              phase.teacher + "', which is no earlier phase");
}

} // namespace oqat::train
