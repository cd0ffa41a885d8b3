//===- TrainTests.cpp - Parts of the trainer ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Loss.h"
#include "train/Algo/Optimizer.h"
#include "train/Algo/Oqat.h"
#include "train/Kernels/Kernels.h"
#include "train/Model/Sha256.h"
#include "train/Model/Support.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace oqat;
using namespace oqat::train;

TEST(Sha256, PublishedVectors) {
  EXPECT_EQ(sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb924"
                           "27ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223"
                              "b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256Hex(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67"
            "f1809a48a497200e046d39ccc7112cd0");
}

TEST(Schedule, RisesThenFallsToNothing) {
  Phase phase;
  phase.warmup = 0.1;
  EXPECT_NEAR(scheduleFactor(phase, 0, 100), 1.0 / 11, 1e-12);
  EXPECT_NEAR(scheduleFactor(phase, 9, 100), 10.0 / 11, 1e-12);
  EXPECT_NEAR(scheduleFactor(phase, 10, 100), 1, 1e-12);
  EXPECT_NEAR(scheduleFactor(phase, 55, 100), 0.5, 1e-12);
  EXPECT_LT(scheduleFactor(phase, 99, 100), 1e-3);
}

TEST(Loss, GradientIsThatOfTheLoss) {
  std::vector<float> logits{1, -2, 0.5f, 3, 0, -1}, grad(6), unused(6);
  Targets targets = labelTargets({2, 0}, 3, 0.1);
  crossEntropy(logits.data(), targets, 2, 3, 1, grad.data());
  for (size_t i = 0; i < logits.size(); ++i) {
    std::vector<float> up = logits, down = logits;
    up[i] += 0.01f;
    down[i] -= 0.01f;
    double slope =
        (crossEntropy(up.data(), targets, 2, 3, 1, unused.data()) -
         crossEntropy(down.data(), targets, 2, 3, 1, unused.data())) /
        0.02;
    EXPECT_NEAR(grad[i], slope, 1e-4);
  }
}

TEST(Loss, FirstOfEqualsWins) {
  const float logits[] = {1, 1, 0, 0, 2, 2};
  const int64_t labels[] = {0, 2};
  EXPECT_EQ(countCorrect(logits, labels, 2, 3), 1);
}

TEST(Recipe, RefusesWhatItCannotDo) {
  auto parse = [](const std::string &phase) {
    return parseRecipe("{\"format\": \"oqat-recipe\", \"formatVersion\": 1, "
                       "\"phases\": [" +
                           phase + "]}",
                       "r");
  };
  EXPECT_EQ(parse("{\"name\": \"a\", \"bits\": 2}").phases[0].bits, 2);
  Recipe recipe = parse("{\"name\": \"a\", \"from\": \"weights\"}, "
                        "{\"name\": \"b\"}, "
                        "{\"name\": \"c\", \"from\": \"a\"}");
  EXPECT_EQ(recipe.source(0), Recipe::kWeights);
  EXPECT_EQ(recipe.source(1), Recipe::kScratch);
  EXPECT_EQ(recipe.source(2), 0);
  for (const char *bad :
       {"{\"name\": \"a/b\"}", "{\"name\": \"weights\"}",
        "{\"name\": \"a\", \"bits\": 9}", "{\"name\": \"a\", \"from\": \"b\"}",
        "{\"name\": \"a\", \"epochs\": -1}",
        "{\"name\": \"a\", \"batch\": 2.5}",
        "{\"name\": \"a\", \"mixedBits\": []}",
        "{\"name\": \"a\", \"mixedBits\": [2, 9]}",
        "{\"name\": \"a\", \"mixedBits\": [2.5]}",
        "{\"name\": \"a\", \"bits\": 32, \"mixedBits\": [2]}",
        "{\"name\": \"a\", \"bits\": 4}, {\"name\": \"a\"}",
        "{\"name\": \"a\", \"subnetsPerStep\": {\"max\": 0, \"min\": 0, "
        "\"random\": 0}}"})
    EXPECT_THROW(parse(bad), Error) << bad;
}

TEST(Threads, EveryIndexOnceAndTheFirstError) {
  setThreads(3);
  std::vector<int> seen(1000);
  forEach(1000, [&](int64_t i) { ++seen[static_cast<size_t>(i)]; });
  EXPECT_EQ(seen, std::vector<int>(1000, 1));
  for (int round = 0; round < 20; ++round)
    try {
      forEach(100, [](int64_t i) {
        if (i >= 40)
          throw Error(std::to_string(i));
      });
      ADD_FAILURE();
    } catch (const Error &error) {
      EXPECT_STREQ(error.what(), "40");
    }
  setThreads(1);
}

/// Both matrix products on integers, where they have no rounding to differ by;
/// parts of tiles included.
TEST(Kernels, MatrixProducts) {
  numerics::Random random(5);
  for (int64_t rows : {1, 2, 5, 13, 27})
    for (int64_t depth : {1, 7, 40})
      for (int64_t outputs : {1, 8, 10, 16, 24, 33}) {
        int64_t padded = padChannels(outputs);
        std::vector<float> x(static_cast<size_t>(rows * depth)),
            w(static_cast<size_t>(depth * padded)),
            want(static_cast<size_t>(rows * outputs), 0.0f);
        for (float &value : x)
          value = static_cast<float>(random.below(16));
        for (int64_t k = 0; k < depth; ++k)
          for (int64_t n = 0; n < outputs; ++n) {
            float weight = static_cast<float>(random.below(15)) - 7;
            w[static_cast<size_t>(k * padded + n)] = weight;
            for (int64_t row = 0; row < rows; ++row)
              want[static_cast<size_t>(row * outputs + n)] +=
                  x[static_cast<size_t>(row * depth + k)] * weight;
          }
        std::vector<float> out(want.size());
        kernels().product(x.data(), rows, depth, w.data(), outputs, out.data());
        EXPECT_EQ(out, want) << rows << " " << depth << " " << outputs;
        std::fill(out.begin(), out.end(), 0.0f);
        kernels().floatDot(x.data(), rows, depth, w.data(), nullptr, outputs,
                           out.data());
        EXPECT_EQ(out, want) << rows << " " << depth << " " << outputs;
      }
}

/// Depthwise against four loops, every stride and kernel, with a part of a
/// vector of channels.
TEST(Kernels, DepthwiseAndItsGradients) {
  numerics::Random random(4);
  for (int64_t kernel : {1, 3, 5, 7, 9})
    for (int64_t stride : {1, 2})
      for (int64_t channels : {8, 16, 21, 40}) {
        DepthwiseShape s{7, 6, channels, 0, 0, kernel, stride};
        s.outHeight = (s.height - 1) / stride + 1;
        s.outWidth = (s.width - 1) / stride + 1;
        int64_t cp = padChannels(channels), taps = kernel * kernel;
        auto numbers = [&](int64_t count) {
          std::vector<float> v(static_cast<size_t>(count));
          for (float &x : v)
            x = static_cast<float>(random.below(9)) - 4;
          return v;
        };
        auto x = numbers(s.height * s.width * channels);
        auto w = numbers(taps * cp),
             g = numbers(s.outHeight * s.outWidth * channels);
        std::vector<float> out(g.size()), dw(w.size()), wantOut(g.size()),
            wantDw(w.size());
        std::vector<float> padded(static_cast<size_t>(s.paddedSize())),
            dx(padded.size()), wantDx(padded.size());
        std::vector<float> back(x.size());
        kernels().padImage(x.data(), s, padded.data());
        kernels().unpadImage(padded.data(), s, back.data());
        EXPECT_EQ(back, x);
        kernels().depthwise(padded.data(), w.data(), s, out.data());
        kernels().depthwiseWeightGrad(padded.data(), g.data(), s, dw.data());
        kernels().depthwiseInputGrad(g.data(), w.data(), s, dx.data());
        for (int64_t oy = 0; oy < s.outHeight; ++oy)
          for (int64_t ox = 0; ox < s.outWidth; ++ox)
            for (int64_t t = 0; t < taps; ++t)
              for (int64_t c = 0; c < channels; ++c) {
                size_t o =
                    static_cast<size_t>((oy * s.outWidth + ox) * channels + c);
                size_t i = static_cast<size_t>(s.paddedIndex(
                    oy * stride + t / kernel, ox * stride + t % kernel, c));
                size_t k = static_cast<size_t>(t * cp + c);
                wantOut[o] += padded[i] * w[k];
                wantDw[k] += padded[i] * g[o];
                wantDx[i] += g[o] * w[k];
              }
        EXPECT_EQ(out, wantOut) << kernel << " " << stride << " " << channels;
        EXPECT_EQ(dw, wantDw);
        // Channel padding of the weights is not read by what is checked.
        for (int64_t y = 0; y < s.paddedHeight(); ++y)
          for (int64_t x = 0; x < s.paddedWidth(); ++x)
            for (int64_t c = 0; c < channels; ++c) {
              size_t i = static_cast<size_t>(s.paddedIndex(y, x, c));
              EXPECT_EQ(dx[i], wantDx[i]);
            }
      }
}
