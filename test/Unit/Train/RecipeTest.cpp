//===- RecipeTest.cpp - What recipes say and how phases follow it ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Recipe.h"
#include "train/Algo/Average.h"
#include "train/Algo/Optimizer.h"
#include "train/Algo/PhaseSpace.h"
#include "train/Model/Selection.h"
#include "train/Model/Support.h"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <set>

using namespace oqat;
using namespace oqat::train;

namespace {

Recipe parse(const std::string &settings) {
  return parseRecipe("{\"format\": \"oqat-recipe\", \"formatVersion\": 1, "
                     "\"phases\": [{\"name\": \"a\", " +
                         settings + "}]}",
                     "r");
}

template <typename Function>
std::string errorOf(Function &&function) {
  try {
    function();
  } catch (const Error &error) {
    return error.what();
  }
  return "no error";
}

/// Two slots of the space of OQAT.md section 1; the second has no kernel 7.
formats::Plan makePlan() {
  formats::Plan plan;
  plan.choices = {{"size", "image_size", {}, false, {128, 160, 192, 224}},
                  {"ks_0", "ks", 0, false, {3, 5, 7}},
                  {"ks_1", "ks", 1, false, {3, 5}},
                  {"e_0", "e", 0, false, {3, 4, 6}},
                  {"d_0", "d", 0, false, {2, 3, 4}},
                  {"bits_w", "bits_w", {}, true, {2, 3, 4, 8}}};
  return plan;
}

std::string line(const formats::SubnetConfig &subnet) {
  std::string text = formats::writeSubnet(subnet);
  return text.substr(0, text.find('\n'));
}

std::string spaceError(const std::string &choices) {
  return errorOf([&] {
    phaseSpace(makePlan(), parse("\"choices\": " + choices).phases[0]);
  });
}

} // namespace

TEST(PhaseSpace, SubnetsAreDrawnFromItsChoices) {
  formats::Plan plan = makePlan();
  Phase phase =
      parse("\"choices\": {\"ks\": [7, 5], \"d\": [4], \"e\": [6, 4], "
            "\"image_size\": [160, 128]}")
          .phases[0];
  formats::Plan space = phaseSpace(plan, phase);
  EXPECT_EQ(line(maximalSubnet(space)),
            "{\"image_size\":160,\"ks\":[7,5],\"e\":[6],\"d\":[4]}");
  EXPECT_EQ(line(minimalSubnet(space)),
            "{\"image_size\":128,\"ks\":[5,5],\"e\":[4],\"d\":[4]}");
  EXPECT_EQ(imageSizes(space), (std::vector<int64_t>{128, 160}));
  numerics::Random random(3);
  std::map<std::string, std::set<double>> drawn;
  for (int i = 0; i < 200; ++i)
    for (const auto &[key, value] : randomSubnet(space, random).values)
      for (size_t slot = 0; slot < value.entries.size(); ++slot)
        drawn[key + std::to_string(slot)].insert(value.entries[slot]);
  EXPECT_EQ(drawn, (std::map<std::string, std::set<double>>{
                       {"image_size0", {128, 160}},
                       {"ks0", {5, 7}},
                       {"ks1", {5}},
                       {"e0", {4, 6}},
                       {"d0", {4}}}));
}

TEST(PhaseSpace, WithoutChoicesNothingChanges) {
  formats::Plan plan = makePlan();
  formats::Plan space = phaseSpace(plan, Phase());
  numerics::Random one(8), other(8);
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(formats::writeSubnet(randomSubnet(plan, one)),
              formats::writeSubnet(randomSubnet(space, other)));
}

TEST(PhaseSpace, Errors) {
  EXPECT_EQ(spaceError("{\"kss\": [3]}"),
            "recipe: phase 'a': choices: the space has no choice 'kss'");
  EXPECT_EQ(spaceError("{\"e\": [6, 5]}"),
            "recipe: phase 'a': choices: expected values of 'e' among 3, 4, 6, "
            "but got 5");
  EXPECT_EQ(spaceError("{\"ks\": [7]}"),
            "recipe: phase 'a': choices: expected a value for ks[1] among 3, "
            "5, but got 7");
  EXPECT_EQ(spaceError("{\"bits_w\": [2]}"),
            "recipe: phase 'a': choices: 'bits_w' is chosen per layer: 'bits' "
            "and 'mixedBits' set it");
  EXPECT_EQ(spaceError("{\"ks\": []}"),
            "r: phases[0]: 'choices' must have a list of numbers for 'ks'");
  EXPECT_EQ(spaceError("{\"ks\": [\"7\"]}"),
            "r: phases[0]: 'choices' must list numbers for 'ks'");
  EXPECT_EQ(spaceError("[7]"), "r: phases[0]: 'choices' must be an object");
}

TEST(Recipe, NewSettingsAreChecked) {
  auto error = [](const std::string &settings) {
    return errorOf([&] { parse(settings); });
  };
  EXPECT_EQ(error("\"ema\": 1.5"),
            "r: phases[0]: 'ema' must be from 0.0 to 1.0");
  EXPECT_EQ(error("\"ema\": 1"), "r: phases[0]: 'ema' must be below 1");
  EXPECT_EQ(error("\"decayed\": [\"mean\"]"),
            "r: phases[0]: 'decayed' must list 'weight', 'bias', 'gamma', "
            "'beta', 'step' or 'transform'");
  EXPECT_EQ(error("\"warmup\": 0.1, \"warmupEpochs\": 5"),
            "r: phases[0]: 'warmupEpochs' must not stand beside 'warmup'");
  EXPECT_EQ(error("\"teacher\": \"b\""),
            "recipe: phase 'a' is taught by 'b', which is no earlier phase");
  EXPECT_EQ(error("\"teacher\": \"given\", \"distill\": 0"),
            "r: phases[0]: 'distill' must be above 0 where there is a teacher");
  EXPECT_EQ(error("\"sortChannels\": true"),
            "r: phases[0]: 'sortChannels' needs a phase that starts from "
            "trained ones");
  EXPECT_EQ(error("\"sortChannels\": 1, \"from\": \"weights\""),
            "r: phases[0]: 'sortChannels' must be true or false");
  EXPECT_EQ(error("\"gradients\": \"float16\""),
            "r: phases[0]: 'gradients' must be 'float32' or 'bfloat16', but is "
            "'float16'");
  EXPECT_EQ(error("\"gradients\": 16"),
            "r: phases[0]: 'gradients' must be a string");
}

TEST(Recipe, GradientsAreFloat32UnlessAskedFor) {
  EXPECT_FALSE(parse("\"bits\": 4").phases[0].bfloat16Gradients);
  EXPECT_FALSE(parse("\"gradients\": \"float32\"").phases[0].bfloat16Gradients);
  EXPECT_TRUE(parse("\"gradients\": \"bfloat16\"").phases[0].bfloat16Gradients);
}

TEST(Recipe, FilesOfTheSourceTree) {
  std::set<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(OQAT_RECIPES)) {
    EXPECT_FALSE(readRecipe(entry.path()).phases.empty()) << entry.path();
    names.insert(entry.path().filename());
  }
  for (const char *name :
       {"oqat-imagenet.json", "oqat-cifar10.json", "quickstart.json"})
    EXPECT_TRUE(names.count(name)) << name;
}

/// The stages of Once-for-All, as OQAT.md section 5 has them.
TEST(Recipe, ImageNetFollowsTheSchedule) {
  Recipe recipe = readRecipe(OQAT_RECIPES "/oqat-imagenet.json");
  formats::Plan plan = makePlan();
  plan.choices[2].values = {3, 5, 7};
  std::vector<std::string> smallest;
  for (const Phase &phase : recipe.phases) {
    formats::SubnetConfig subnet = minimalSubnet(phaseSpace(plan, phase));
    subnet.values.erase("image_size");
    smallest.push_back(line(subnet));
    EXPECT_EQ(phase.decayed, (std::vector<std::string>{"weight", "transform"}));
    EXPECT_EQ(phase.momentum, 0.9);
    EXPECT_EQ(phase.labelSmoothing, 0.1);
  }
  std::string none = "{\"ks\":[3,3],\"e\":[3],\"d\":[2]}";
  EXPECT_EQ(smallest,
            (std::vector<std::string>{"{\"ks\":[7,7],\"e\":[6],\"d\":[4]}",
                                      "{\"ks\":[3,3],\"e\":[6],\"d\":[4]}",
                                      "{\"ks\":[3,3],\"e\":[6],\"d\":[3]}",
                                      "{\"ks\":[3,3],\"e\":[6],\"d\":[2]}",
                                      "{\"ks\":[3,3],\"e\":[4],\"d\":[2]}",
                                      none, none, none, none}));
}

TEST(Schedule, WarmUpOfItsOwn) {
  Phase phase =
      parse("\"epochs\": 120, \"warmupEpochs\": 5, \"warmupFrom\": 0.25")
          .phases[0];
  EXPECT_EQ(phase.epochs, 125);
  EXPECT_NEAR(scheduleFactor(phase, 0, 1250), 0.25 + 0.75 / 51, 1e-12);
  EXPECT_NEAR(scheduleFactor(phase, 49, 1250), 0.25 + 0.75 * 50 / 51, 1e-12);
  EXPECT_NEAR(scheduleFactor(phase, 50, 1250), 1, 1e-12);
  EXPECT_NEAR(scheduleFactor(phase, 650, 1250), 0.5, 1e-12);
}

TEST(Optimizer, DecayIsForTheKindsThatWantIt) {
  formats::Plan plan;
  for (const char *kind :
       {"weight", "bias", "gamma", "beta", "step", "transform"})
    plan.parameters.push_back({kind, kind, {1, 1}});
  for (bool isDefault : {true, false}) {
    Parameters parameters(plan, 0);
    for (Parameter &p : parameters.all())
      p.value.fill_(1.0f);
    Phase phase;
    phase.lr = phase.stepLr = phase.weightDecay = 0.5;
    phase.momentum = 0;
    if (!isDefault)
      phase.decayed = {"weight", "transform"};
    updateParameters(parameters, phase, 1);
    for (const Parameter &p : parameters.all()) {
      bool isDecayed =
          p.kind == "weight" || (p.kind == "transform" && !isDefault);
      EXPECT_EQ(p.data()[0], isDecayed ? 0.75f : 1.0f) << p.kind;
    }
  }
}

TEST(Average, OfAllEntriesInF32) {
  formats::Plan plan;
  plan.parameters = {{"w", "weight", {3}}, {"v", "variance", {2}}};
  Parameters parameters(plan, 1);
  Parameters average = parameters.copyOfValues();
  std::vector<float> want(average["w"].data(), average["w"].data() + 3);
  for (int step = 0; step < 5; ++step) {
    for (int i = 0; i < 3; ++i) {
      parameters["w"].data()[i] *= 1.3f;
      // Products and sums of floats are exact or rounded once in double.
      float difference = parameters["w"].data()[i] - want[size_t(i)];
      float part =
          static_cast<float>(static_cast<double>(static_cast<float>(1 - 0.9)) *
                             static_cast<double>(difference));
      want[size_t(i)] += part;
    }
    updateAverage(average, parameters, 0.9);
    EXPECT_EQ(std::vector<float>(average["w"].data(), average["w"].data() + 3),
              want);
    EXPECT_EQ(average["v"].data()[1], 1.0f);
  }
}
