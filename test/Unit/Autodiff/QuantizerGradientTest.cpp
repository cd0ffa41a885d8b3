//===- QuantizerGradientTest.cpp - Edges and ties of the quantizer --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The closed form of learned-step quantization in eighths of a step, so that
// every edge, tie and value in between is exact and integers can tell what the
// kernel must say.
//
//===----------------------------------------------------------------------===//

#include "KernelFixture.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace oqat::test;

namespace {
/// Half to even, of eighths.
int64_t roundEighths(int64_t eighths) {
  int64_t floor = eighths >= 0 ? eighths / 8 : -((-eighths + 7) / 8);
  int64_t rest = eighths - 8 * floor;
  if (rest != 4)
    return rest > 4 ? floor + 1 : floor;
  return floor % 2 == 0 ? floor : floor + 1;
}

/// One value per channel, so that every contribution to the step can be seen.
struct Sweep {
  std::vector<int64_t> eighths;
  int64_t lo, hi;
  KernelInputs in;

  Sweep(int bits, bool isSigned, float step) {
    lo = isSigned ? -(int64_t(1) << (bits - 1)) : 0;
    hi = isSigned ? (int64_t(1) << (bits - 1)) - 1 : (int64_t(1) << bits) - 1;
    for (int64_t u = 8 * lo - 20; u <= 8 * hi + 20; ++u)
      eighths.push_back(u);
    in.shape = {1, 1, static_cast<int64_t>(eighths.size())};
    in.quant = {1 / step, static_cast<float>(lo), static_cast<float>(hi)};
    for (size_t i = 0; i < eighths.size(); ++i) {
      in.x.push_back(static_cast<float>(eighths[i]) / 8 * step);
      in.grad.push_back(static_cast<float>(static_cast<int64_t>(i % 13) - 6) *
                        0.5f);
    }
  }
};

TEST(QuantizerGradientTest, EdgesTiesZeroAndBetween) {
  for (int bits = 2; bits <= 8; ++bits)
    for (bool isSigned : {false, true})
      for (float step : {0.25f, 1.0f, 8.0f}) {
        SCOPED_TRACE("bits " + std::to_string(bits) +
                     (isSigned ? " signed" : " unsigned"));
        Sweep s(bits, isSigned, step);
        std::vector<int8_t> codes = runForwardToCodes("quantize", s.in);
        KernelGradients g = runBackward("quantize", s.in);
        for (size_t i = 0; i < s.eighths.size(); ++i) {
          int64_t u = s.eighths[i], rounded = roundEighths(u);
          bool below = u <= 8 * s.lo, above = u >= 8 * s.hi;
          int64_t code = below ? s.lo : above ? s.hi : rounded;
          float slope = below || above
                            ? static_cast<float>(code)
                            : static_cast<float>(8 * rounded - u) / 8;
          float grad = s.in.grad[i];
          ASSERT_EQ(codes[i], static_cast<int8_t>(code)) << u << " eighths";
          ASSERT_EQ(g.dx[i], below || above ? 0 : grad) << u << " eighths";
          ASSERT_EQ(g.dstep[i], grad * slope) << u << " eighths";
        }
      }
}

TEST(QuantizerGradientTest, ZeroOfAnUnsignedQuantizerGivesNoGradient) {
  KernelInputs in;
  in.shape = {1, 2, 1};
  in.x = {0.0f, -0.0f};
  in.grad = {3, 5};
  in.quant = {4, 0, 15};
  KernelGradients g = runBackward("quantize", in);
  EXPECT_EQ(g.dx[0], 0);
  EXPECT_EQ(g.dx[1], 0);
  EXPECT_EQ(g.dstep[0], 0);
}

TEST(QuantizerGradientTest, SumsAreAddedToWhatIsThere) {
  KernelInputs in;
  in.shape = {2, 3, 1};
  in.x = {100, 100, 100, 100, 100, 100};
  in.grad = {1, 2, 3, 4, 5, 6};
  in.quant = {1, 0, 7};
  EXPECT_EQ(runBackward("quantize", in).dstep[0], 7 * 21);
}

TEST(QuantizerGradientTest, InfinityIsClipped) {
  KernelInputs in;
  in.shape = {1, 1, 2};
  in.x = {INFINITY, -INFINITY};
  in.grad = {1, 1};
  in.quant = {4, 0, 15};
  std::vector<int8_t> codes = runForwardToCodes("quantize", in);
  EXPECT_EQ(codes[0], 15);
  EXPECT_EQ(codes[1], 0);
  KernelGradients g = runBackward("quantize", in);
  EXPECT_EQ(g.dx[0], 0);
  EXPECT_EQ(g.dx[1], 0);
  EXPECT_EQ(g.dstep[0], 15);
  EXPECT_EQ(g.dstep[1], 0);
}
} // namespace
