//===- GradientTest.cpp - Every kernel against both references ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace oqat::test;

namespace {
const Shape kShapes[] = {{1, 1, 1}, {2, 5, 16}, {3, 7, 37}, {2, 49, 24}};

TEST(GradientTest, NetworkHasEveryKindOfChain) {
  for (const char *name :
       {"quantize", "rescale", "rescale_relu_quantize", "rescale_relu",
        "rescale_relu6", "rescale_h_swish_quantize",
        "rescale_h_sigmoid_quantize", "rescale_add_quantize", "rescale_add",
        "scale_quantize", "scale", "scale_h_swish_quantize",
        "rescale_relu_add_h_swish_quantize"})
    EXPECT_NE(std::find(kernelNames().begin(), kernelNames().end(), name),
              kernelNames().end())
        << name;
}

TEST(GradientTest, InputsAreFoundOrAFailure) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    KernelInputs in = makeInputs("rescale_relu", {1, 1, 64}, seed, 1e-2);
    for (float a : in.a)
      ASSERT_GE(std::fabs(a), 1.0f / 16);
    for (size_t i = 0; i < in.x.size(); ++i)
      ASSERT_GE(distanceToKink("rescale_relu", in, i), 1e-2);
  }
  EXPECT_NONFATAL_FAILURE(makeInputs("rescale_relu", {1, 1, 1}, 1, 100),
                          "away from a kink");
}

TEST(GradientTest, ForwardHasTheBitsOfNumerics) {
  for (const std::string &kernel : kernelNames())
    for (const Shape &shape : kShapes) {
      SCOPED_TRACE(kernel);
      KernelInputs in = makeInputs(kernel, shape, 1, 0);
      std::vector<float> expected;
      for (size_t i = 0; i < in.x.size(); ++i)
        expected.push_back(forwardInFloat(kernel, in, i));
      if (!hasStage(kernel, "quantize")) {
        expectSameBits(runForward(kernel, in), expected, "y");
        continue;
      }
      std::vector<int8_t> codes = runForwardToCodes(kernel, in);
      for (size_t i = 0; i < codes.size(); ++i)
        ASSERT_EQ(codes[i], static_cast<int8_t>(expected[i])) << i;
    }
}

TEST(GradientTest, BackwardHasTheBitsOfNumericsAndItsOrder) {
  for (const std::string &kernel : kernelNames())
    for (const Shape &shape : kShapes) {
      SCOPED_TRACE(kernel);
      KernelInputs in = makeInputs(kernel, shape, 2, 0);
      KernelGradients got = runBackward(kernel, in);
      KernelGradients expected = backwardInFloat(kernel, in);
      expectSameBits(got.dx, expected.dx, "dx");
      expectSameBits(got.dresidual, expected.dresidual, "dresidual");
      expectSameBits(got.da, expected.da, "da");
      expectSameBits(got.db, expected.db, "db");
      expectSameBits(got.dstep, expected.dstep, "dstep");
      expectSameBits(got.dgate, expected.dgate, "dgate");
    }
}

TEST(GradientTest, BackwardIsTheChainRule) {
  for (const std::string &kernel : kernelNames())
    for (const Shape &shape : kShapes) {
      SCOPED_TRACE(kernel);
      KernelInputs in = makeInputs(kernel, shape, 3, 1e-4);
      KernelGradients got = runBackward(kernel, in);
      DoubleGradients expected = backwardInDouble(kernel, in);
      expectNear(got.dx, expected.dx, "dx");
      expectNear(got.dresidual, expected.dresidual, "dresidual");
      expectNear(got.da, expected.da, "da");
      expectNear(got.db, expected.db, "db");
      expectNear(got.dstep, expected.dstep, "dstep");
      expectNear(got.dgate, expected.dgate, "dgate");
    }
}

TEST(GradientTest, KinksOfActivationsHaveTheGradientOfTheirFlatSide) {
  struct Case {
    const char *kernel;
    float z, expected;
  };
  const float sixth = 0x1.555556p-3f;
  for (Case c :
       {Case{"rescale_relu", 0, 0}, Case{"rescale_relu", -0.0f, 0},
        Case{"rescale_relu", 0x1p-149f, 1}, Case{"rescale_relu6", 0, 0},
        Case{"rescale_relu6", 6, 0}, Case{"rescale_relu6", 3, 1},
        Case{"rescale_h_swish", -3, 0}, Case{"rescale_h_swish", 3, 1},
        Case{"rescale_h_swish", 0, 3 * sixth}, Case{"rescale_h_sigmoid", -3, 0},
        Case{"rescale_h_sigmoid", 3, 0}, Case{"rescale_h_sigmoid", 2, sixth}}) {
    KernelInputs in;
    in.shape = {1, 1, 1};
    in.x = {c.z};
    in.a = {1};
    in.b = {-0.0f};
    in.grad = {1};
    KernelGradients g = runBackward(c.kernel, in);
    EXPECT_EQ(g.dx[0], c.expected) << c.kernel << " at " << c.z;
    EXPECT_EQ(g.da[0], c.expected * c.z) << c.kernel << " at " << c.z;
  }
}

TEST(GradientTest, NaNStaysVisible) {
  for (const std::string &kernel : kernelNames()) {
    SCOPED_TRACE(kernel);
    KernelInputs in = makeInputs(kernel, {1, 1, 32}, 4, 0);
    in.x[17] = NAN;
    if (hasStage(kernel, "quantize")) {
      EXPECT_EQ(runForwardToCodes(kernel, in)[17], 0);
    } else {
      EXPECT_TRUE(std::isnan(runForward(kernel, in)[17]));
    }
    KernelGradients g = runBackward(kernel, in);
    EXPECT_TRUE(g.dstep.empty() || std::isnan(g.dstep[17]));
    EXPECT_TRUE(g.da.empty() || std::isnan(g.da[17]));
  }
}
} // namespace
