//===- PlanKernelsTest.cpp - Which variant of a kernel runs ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/PlanKernels.h"

#include <gtest/gtest.h>

using namespace oqat::train;

namespace {

// What ran last: "f" or "b", with "s" where it streams.
std::string ran;

void forward(Activations *, Vector *, Vector *, Matrix *, Activations *,
             Vector *, Activations *, Codes *) {
  ran = "f";
}
void forwardStream(Activations *, Vector *, Vector *, Matrix *, Activations *,
                   Vector *, Activations *, Codes *) {
  ran = "fs";
}
void backward(Activations *, Vector *, Vector *, Matrix *, Activations *,
              Vector *, Activations *, Activations *, Activations *, Vector *,
              Vector *, Vector *, Matrix *) {
  ran = "b";
}
void backwardStream(Activations *, Vector *, Vector *, Matrix *, Activations *,
                    Vector *, Activations *, Activations *, Activations *,
                    Vector *, Vector *, Vector *, Matrix *) {
  ran = "bs";
}

float someFloat;
int8_t someCode;

std::string runForward(const ChainKernel &kernel, int64_t floats, int64_t codes,
                       int64_t untilRead = 0) {
  ChainOperands in;
  in.x = Activations(&someFloat, {1, 1000, 1000});
  Activations y;
  Codes c;
  if (floats)
    y = Activations(&someFloat, {1, 1, floats});
  if (codes)
    c = Codes(&someCode, {1, 1, codes});
  kernel.forward(in, y, c, untilRead);
  return ran;
}

std::string runBackward(const ChainKernel &kernel, int64_t dx,
                        int64_t dresidual, int64_t untilRead = 0) {
  ChainGradients g;
  g.grad = Activations(&someFloat, {1, 1000, 1000});
  g.dx = Activations(&someFloat, {1, dx, 1});
  // As a chain without one passes it.
  if (dresidual)
    g.dresidual = Activations(&someFloat, {1, 1, dresidual});
  kernel.backward({}, g, untilRead);
  return ran;
}

TEST(PlanKernelsTest, StreamsWhatIsMoreThanCachesKeep) {
  ChainKernel kernel({forward, forwardStream}, {backward, backwardStream}, 400);
  EXPECT_EQ(runForward(kernel, 100, 0), "f");
  EXPECT_EQ(runForward(kernel, 101, 0), "fs");
  EXPECT_EQ(runForward(kernel, 0, 400), "f");
  EXPECT_EQ(runForward(kernel, 0, 401), "fs");
  EXPECT_EQ(runBackward(kernel, 100, 0), "b");
  EXPECT_EQ(runBackward(kernel, 101, 0), "bs");
  EXPECT_EQ(runBackward(kernel, 50, 50), "b");
  EXPECT_EQ(runBackward(kernel, 50, 51), "bs");
}

TEST(PlanKernelsTest, StreamsAPartOfMoreThanCachesKeep) {
  ChainKernel kernel({forward, forwardStream}, {backward, backwardStream}, 400);
  EXPECT_EQ(runForward(kernel, 0, 4, 400), "f");
  EXPECT_EQ(runForward(kernel, 0, 4, 401), "fs");
  EXPECT_EQ(runBackward(kernel, 1, 0, 400), "b");
  EXPECT_EQ(runBackward(kernel, 1, 0, 401), "bs");
}

TEST(PlanKernelsTest, RunsTheKernelItselfWhereThereIsNoVariant) {
  ChainKernel kernel({forward}, {backward}, 400);
  EXPECT_EQ(runForward(kernel, 1000, 0), "f");
  EXPECT_EQ(runBackward(kernel, 1000, 0), "b");
}

TEST(PlanKernelsTest, CachesHaveASize) {
  // More than any first level, also where the machine doesn't say.
  EXPECT_GE(keptBytes(), 64 * 1024);
}

} // namespace
