//===- SharedParametersTest.cpp - What subnets of a step share ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Gpu/SharedParameters.h"

#include <gtest/gtest.h>

using namespace oqat;
using namespace oqat::train;

namespace {
/// No test launches anything.
class NoKernels : public Launcher {
  void launch(const std::string &, const numerics::GpuGrid &,
              const std::vector<uint64_t> &) override {
    FAIL();
  }
};

class SharedParametersTest : public testing::Test {
protected:
  SharedParametersTest()
      : gpu(at::Device(at::kCPU), kernels), parameters(plan(), /*seed=*/3) {}

  static formats::Plan plan() {
    formats::Plan result;
    auto add = [&](const char *name, const char *kind,
                   std::vector<int64_t> shape) {
      result.parameters.emplace_back();
      result.parameters.back().name = name;
      result.parameters.back().kind = kind;
      result.parameters.back().shape = std::move(shape);
    };
    add("w", "weight", {3, 1, 1, 5});
    add("mean", "mean", {3});
    add("gamma", "gamma", {3});
    return result;
  }
  /// Says whether the device takes values again.
  bool takesThem() {
    at::Tensor there = gpu.shared().value(parameters["gamma"]);
    there.fill_(77);
    gpu.shared().begin(parameters);
    return there.ne(77).all().item<bool>();
  }

  NoKernels kernels;
  Gpu gpu;
  Parameters parameters;
};

TEST_F(SharedParametersTest, BeginTakesWhatChanged) {
  SharedParameters &shared = gpu.share(parameters);
  shared.begin(parameters);
  for (const char *name : {"w", "gamma"}) {
    EXPECT_TRUE(shared.value(parameters[name]).equal(parameters[name].value));
    // Kernels load vectors.
    EXPECT_EQ((addressOf(shared.value(parameters[name])) -
               addressOf(shared.value(parameters["w"]))) %
                  64,
              0u);
  }
  shared.end();
  EXPECT_FALSE(takesThem());
  parameters["w"].data()[14] += 1;
  EXPECT_TRUE(takesThem());
  EXPECT_TRUE(shared.value(parameters["w"]).equal(parameters["w"].value));
}

TEST_F(SharedParametersTest, GradientsComeBackOnce) {
  SharedParameters &shared = gpu.share(parameters);
  for (int step = 0; step < 2; ++step) {
    parameters.zeroGradients();
    parameters["w"].grad.fill_(0.5f); // of the host's own
    shared.begin(parameters);
    EXPECT_TRUE(shared.isOpen(parameters));
    for (int subnet = 1; subnet <= 2; ++subnet)
      shared.grad(parameters["w"]).narrow(0, 0, subnet).add_(subnet);
    shared.end();
    EXPECT_FALSE(shared.isOpen(parameters));
    shared.end();
    const float *grad = parameters["w"].gradData();
    for (int64_t i = 0; i < 15; ++i)
      EXPECT_EQ(grad[i], i < 5 ? 3.5f : i < 10 ? 2.5f : 0.5f) << i;
  }
}

TEST_F(SharedParametersTest, OtherParametersOfThePlanTakeThePlace) {
  Parameters others(plan(), /*seed=*/4);
  SharedParameters &shared = gpu.share(parameters);
  shared.begin(parameters);
  shared.abandon();
  EXPECT_EQ(&gpu.share(others), &shared);
  EXPECT_FALSE(shared.isOpen(others));
  shared.begin(others);
  EXPECT_TRUE(shared.value(others["w"]).equal(others["w"].value));
  shared.grad(others["gamma"]).fill_(1);
  shared.end();
  EXPECT_EQ(others["gamma"].gradData()[2], 1);
  EXPECT_EQ(parameters["gamma"].gradData()[2], 0);
}
} // namespace
