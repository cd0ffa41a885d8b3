//===- BuffersTest.cpp - Tests of where a program's buffers lie -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/Buffers.h"
#include "oqat/Numerics/Random.h"

#include <gtest/gtest.h>

using namespace oqat;
using namespace oqat::train;

TEST(Buffers, ShareAPlaceWhenTheyNeverMeet) {
  std::vector<Buffer> buffers = {{640, 0, 1}, {640, 2, 3}, {64, 1, 2}};
  EXPECT_EQ(placeBuffers(buffers), 704);
  EXPECT_EQ(buffers[0].offset, 0);
  EXPECT_EQ(buffers[1].offset, 0);
  EXPECT_EQ(buffers[2].offset, 640);
}

TEST(Buffers, FillGaps) {
  // The second of the small ones fits under the large one's neighbour.
  std::vector<Buffer> buffers = {
      {256, 0, 0}, {192, 0, 9}, {128, 5, 9}, {65, 5, 9}};
  EXPECT_EQ(placeBuffers(buffers), 448);
  EXPECT_EQ(buffers[1].offset, 256);
  EXPECT_EQ(buffers[2].offset, 0);
  EXPECT_EQ(buffers[3].offset, 128);
}

TEST(Buffers, NeverOverlapWhileBothLive) {
  numerics::Random random(3);
  for (int round = 0; round < 50; ++round) {
    std::vector<Buffer> buffers(1 + random.below(40));
    for (Buffer &buffer : buffers) {
      buffer.bytes = static_cast<int64_t>(1 + random.below(1000));
      buffer.first = static_cast<int64_t>(random.below(20));
      buffer.last = buffer.first + static_cast<int64_t>(random.below(8));
    }
    int64_t total = placeBuffers(buffers);
    for (const Buffer &a : buffers) {
      EXPECT_EQ(a.offset % 64, 0);
      EXPECT_LE(a.offset + a.bytes, total);
      for (const Buffer &b : buffers)
        if (&a != &b && a.first <= b.last && b.first <= a.last) {
          EXPECT_TRUE(a.offset + a.bytes <= b.offset ||
                      b.offset + b.bytes <= a.offset);
        }
    }
  }
}
