//===- PackingTest.cpp - Weight codes at their own bit-width --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Numerics/Packing.h"
#include "oqat/Numerics/Quantize.h"
#include "oqat/Numerics/Random.h"

#include <gtest/gtest.h>

using namespace oqat::numerics;

namespace {
TEST(Packing, FirstCodeIsLowest) {
  int8_t codes[] = {-1, 1, 0, -2, 1};
  std::vector<uint8_t> bytes = packCodes(codes, 5, 2);
  ASSERT_EQ(bytes.size(), 2u);
  EXPECT_EQ(bytes[0], 0b10000111);
  EXPECT_EQ(bytes[1], 0b00000001);
}

TEST(Packing, CodesCrossBytes) {
  int8_t codes[] = {3, -4, -1};
  std::vector<uint8_t> bytes = packCodes(codes, 3, 3);
  ASSERT_EQ(bytes.size(), 2u);
  EXPECT_EQ(bytes[0], 0b11100011);
  EXPECT_EQ(bytes[1], 0b00000001);
}

TEST(Packing, RoundTripOfEveryCodeAtEveryWidth) {
  for (int bits = 1; bits <= 8; ++bits) {
    CodeRange range = codeRange(bits, true);
    std::vector<int8_t> codes;
    for (int round = 0; round < 3; ++round)
      for (int code = range.lo; code <= range.hi; ++code)
        codes.push_back(static_cast<int8_t>(round == 1 ? -1 - code : code));
    auto count = static_cast<int64_t>(codes.size());
    std::vector<uint8_t> bytes = packCodes(codes.data(), count, bits);
    EXPECT_EQ(static_cast<int64_t>(bytes.size()), packedBytes(count, bits));
    for (int64_t i = 0; i < count; ++i)
      EXPECT_EQ(unpackCode(bytes.data(), i, bits), codes[i])
          << bits << " bits, code " << i;
  }
}

// Eight codes at a time, then those that are left.
TEST(Packing, AllAtOnceAsOneByOne) {
  Random random(20261127);
  for (int bits = 1; bits <= 8; ++bits)
    for (int64_t count : {0, 1, 7, 8, 9, 16, 23, 200}) {
      std::vector<uint8_t> bytes(static_cast<size_t>(packedBytes(count, bits)));
      for (uint8_t &byte : bytes)
        byte = static_cast<uint8_t>(random.below(256));
      std::vector<int8_t> codes(static_cast<size_t>(count) + 1, 77);
      std::vector<int16_t> wide(static_cast<size_t>(count) + 1, 777);
      unpackCodes(bytes.data(), count, bits, codes.data());
      unpackCodes(bytes.data(), count, bits, wide.data());
      for (int64_t i = 0; i < count; ++i) {
        EXPECT_EQ(codes[i], unpackCode(bytes.data(), i, bits));
        EXPECT_EQ(wide[i], unpackCode(bytes.data(), i, bits));
      }
      EXPECT_EQ(codes.back(), 77);
      EXPECT_EQ(wide.back(), 777);
      if (count * bits % 8 == 0) {
        EXPECT_EQ(packCodes(codes.data(), count, bits), bytes);
      }
    }
}

TEST(Packing, NothingOfNothing) {
  EXPECT_EQ(packedBytes(0, 3), 0);
  EXPECT_TRUE(packCodes(nullptr, 0, 3).empty());
}
} // namespace
